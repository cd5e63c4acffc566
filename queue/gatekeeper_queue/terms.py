"""The terms of the school year: those in the settings, and where they end, a guess that is near
enough: Easter moves, these do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_BEGINS = ((9, "Autumn"), (4, "Summer"), (1, "Spring"))
"""Month of the first day, latest first."""
_SAME = timedelta(days=45)
"""A guessed beginning that is so near to a known one is the same term."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Some days, the first and the last among them."""

    first: date
    last: date
    name: str = ""

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The first moment at the school, and the first that no longer belongs (both UTC)."""
        return start_of(self.first, zone), start_of(self.last + _DAY, zone)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day at the school, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def term_of(day: date, known: Sequence[Span] = ()) -> Span:
    """The term in which the day lies, with the holiday after it.

    Terms in `known` begin on their first day. Elsewhere autumn begins on 1 September, spring on
    1 January, summer on 1 April.
    """
    around = [_usual(date(day.year + year, month, 1)) for year in (-1, 0, 1) for month in (1, 4, 9)]
    usual = [
        one for one in around if all(abs(term.first - one.first) > _SAME for term in known)
    ]  # fmt: skip
    begins = sorted((one.first, one.name) for one in (*usual, *known))
    first, name = max(begin for begin in begins if begin[0] <= day)
    after = min(begin[0] for begin in begins if begin[0] > day)
    return Span(first, after - _DAY, name)


def usual_end(day: date) -> date:
    """The last day before another term usually begins."""
    return _usual(day).last


def term_before(term: Span, known: Sequence[Span] = ()) -> Span:
    return term_of(term.first - _DAY, known)


def _usual(day: date) -> Span:
    month, season = next(found for found in _BEGINS if day.month >= found[0])
    first = date(day.year, month, 1)
    after = date(day.year + 1, 1, 1) if month == 9 else date(day.year, {1: 4, 4: 9}[month], 1)
    return Span(first, after - _DAY, f"{season} term {first.year}")
