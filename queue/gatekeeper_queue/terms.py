"""The terms of an English school year, near enough for a report: Easter moves, these do not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_BEGINS = ((9, "Autumn"), (4, "Summer"), (1, "Spring"))
"""Month of the first day, latest first."""


@dataclass(frozen=True)
class Span:
    """Some days, the first and the last among them."""

    first: date
    last: date
    name: str = ""

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The first moment at the school, and the first that no longer belongs (both UTC)."""
        after = self.last + timedelta(days=1)
        return tuple(
            datetime.combine(day, time(), zone).astimezone(UTC) for day in (self.first, after)
        )  # type: ignore[return-value]


def term_of(day: date) -> Span:
    """The term in which the day lies: autumn from 1 September, spring from 1 January, summer
    from 1 April."""
    month, season = next(found for found in _BEGINS if day.month >= found[0])
    first = date(day.year, month, 1)
    after = date(day.year + 1, 1, 1) if month == 9 else date(day.year, {1: 4, 4: 9}[month], 1)
    return Span(first, after - timedelta(days=1), f"{season} term {first.year}")


def term_before(term: Span) -> Span:
    return term_of(term.first - timedelta(days=1))
