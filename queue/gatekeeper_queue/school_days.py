"""On which days the school is there: terms, holidays, inset days and bank holidays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from gatekeeper_queue.terms import Span, term_of, usual_end

WEEKEND = "weekend"
HOLIDAYS = "the school holidays"
INSET = "inset day"
_EVERY_DAY = frozenset(range(7))
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class SchoolDays:
    """The school's calendar. Without any of it, every day is a school day."""

    weekdays: frozenset[int] = _EVERY_DAY
    """0 is Monday."""
    terms: tuple[Span, ...] = ()
    """In order. Days before the first are taken as school days; after the last, the school is
    closed until another term usually begins."""
    holidays: tuple[Span, ...] = ()
    """Half-terms and whatever else is free within a term."""
    inset_days: frozenset[date] = frozenset()
    bank_holidays: str = ""
    """Part of the UK as the library `holidays` calls it: ENG, WLS, SCT or NIR; empty: none."""

    def __post_init__(self) -> None:
        if not self.weekdays:
            raise ValueError("the school is open on no day of the week")

    def why_closed(self, day: date) -> str:
        """What keeps the school closed on this day, in words; empty on a school day."""
        named = next((one.name or HOLIDAYS for one in self.holidays if day in one), "")
        if named:
            return named
        if self.bank_holidays and (name := _bank_holidays(self.bank_holidays, day.year).get(day)):
            return name
        if day in self.inset_days:
            return INSET
        if self._is_between_terms(day):
            return HOLIDAYS
        return "" if day.weekday() in self.weekdays else WEEKEND

    def reopens(self, day: date) -> date:
        """The first school day on or after this one."""
        while self.why_closed(day):
            day += _DAY
        return day

    def term_of(self, day: date) -> Span:
        """The term in which the day lies, with the holiday after it."""
        return term_of(day, self.terms)

    def term_before(self, term: Span) -> Span:
        return self.term_of(term.first - _DAY)

    @property
    def last_known(self) -> date | None:
        """The last day of the last term in the settings; None where they name no term."""
        return self.terms[-1].last if self.terms else None

    def longest_closure(self) -> Span | None:
        """The longest run of days without a school day around the dates of this calendar."""
        dates = [day for one in (*self.terms, *self.holidays) for day in (one.first, one.last)]
        dates += self.inset_days
        if not dates:
            return None
        closed = (
            day for day in _days(min(dates), max(dates) + 366 * _DAY) if self.why_closed(day)
        )  # fmt: skip
        return max(_runs(closed), key=lambda run: run.last - run.first, default=None)

    def _is_between_terms(self, day: date) -> bool:
        if not self.terms or day < self.terms[0].first:
            return False
        if day > self.terms[-1].last:
            return day <= usual_end(self.terms[-1].last)
        return not any(day in term for term in self.terms)


@lru_cache(maxsize=64)
def _bank_holidays(part: str, year: int) -> dict[date, str]:
    from holidays import country_holidays

    return dict(country_holidays("GB", subdiv=part, years=year))


def _days(first: date, last: date) -> Iterable[date]:
    return (first + number * _DAY for number in range((last - first).days + 1))


def _runs(days: Iterable[date]) -> list[Span]:
    """Days that follow on each other, as spans."""
    runs: list[Span] = []
    for day in days:
        if runs and runs[-1].last + _DAY == day:
            runs[-1] = Span(runs[-1].first, day)
        else:
            runs.append(Span(day, day))
    return runs
