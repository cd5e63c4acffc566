"""When the clock lets a post out, on one account: hours, days, fixed times and spacing.

Everything here is computed, nothing is looked up: moments in, moments out. Hours are those of the
school's wall clock. A fixed time in the hour that the clocks skip has no slot that day; one in the
hour that comes twice counts once, the first time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gatekeeper_queue.school_days import WEEKEND, SchoolDays
from gatekeeper_queue.terms import start_of

_DAY = timedelta(days=1)
_FURTHEST = 500
"""Days that are looked through for the next opening; settings that need more are refused."""


@dataclass(frozen=True)
class Reason:
    """One thing that moved a post to a later time."""

    kind: str
    """`asked`, `event`, `closed`, `hours`, `times`, `spacing`, `now`, `moved` or `room`."""
    name: str = ""
    """Of a holiday."""
    until: str = ""
    """The day or the moment when it is over, in ISO form."""


@dataclass(frozen=True)
class Slot:
    """When a post goes out, and why not before; no reason: it is the next free time."""

    moment: datetime
    """Aware UTC."""
    why: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Timetable:
    """When posts may go out on one account. Times of day are minutes after midnight."""

    opens: int = 7 * 60
    closes: int = 20 * 60
    quiet: tuple[tuple[int, int], ...] = ()
    """Within these hours nothing is sent from the first minute up to the second."""
    times: tuple[int, ...] = ()
    """The only minutes at which a post is planned; none: any."""
    weekdays: frozenset[int] = frozenset(range(7))
    """The only days of the week; 0 is Monday."""
    spacing: timedelta = timedelta(minutes=15)
    """Between two posts."""
    on_closed_days: bool = False
    """Also on days on which the school is closed."""

    def for_haste(self) -> Timetable:
        """Within the same hours and at the same distance, but on any day and at any minute."""
        return replace(self, times=(), weekdays=frozenset(range(7)), on_closed_days=True)

    def is_open(self, moment: datetime, zone: ZoneInfo, days: SchoolDays) -> bool:
        """May anything be sent at this moment?"""
        local = moment.astimezone(zone)
        return self._is_day(local.date(), days) and self.is_hour(60 * local.hour + local.minute)

    def is_slot(self, moment: datetime, zone: ZoneInfo, days: SchoolDays) -> bool:
        """May a post be planned for this moment?"""
        if not self.is_open(moment, zone, days):
            return False
        local = moment.astimezone(zone)
        minute = 60 * local.hour + local.minute
        on_time = minute in self.times and not local.fold and not local.second + local.microsecond
        return on_time or not self.times

    def is_hour(self, minute: int) -> bool:
        """Does anything go out at this minute of the day?"""
        if not self.opens <= minute < self.closes:
            return False
        return not any(start <= minute < end for start, end in self.quiet)

    def next_free(
        self, earliest: datetime, taken: Iterable[datetime], zone: ZoneInfo, days: SchoolDays
    ) -> Slot:
        """The first slot at or after `earliest` that keeps its distance from those `taken`."""
        taken, why = sorted(taken), []
        moment = earliest.astimezone(UTC)
        while True:
            slot = self._next_slot(moment, zone, days)
            if slot > moment:
                why.append(self._why(moment, slot, zone, days))
            near = [other for other in taken if abs(other - slot) < self.spacing]
            if not near:
                return Slot(slot, tuple(_without_repeats(why)))
            # Up to there everything is too near to the last of them.
            moment = near[-1] + self.spacing
            why.append(Reason("spacing"))

    def _next_slot(self, moment: datetime, zone: ZoneInfo, days: SchoolDays) -> datetime:
        if self.is_slot(moment, zone, days):
            return moment
        first = moment.astimezone(zone).date()
        for number in range(_FURTHEST):
            day = first + number * _DAY
            if not self._is_day(day, days):
                continue
            for start in self._starts(day, zone):
                if start > moment and self.is_slot(start, zone, days):
                    return start
        raise ValueError(f"no time is free within {_FURTHEST} days; the settings allow none")

    def _starts(self, day: date, zone: ZoneInfo) -> Iterator[datetime]:
        """Every moment of the day at which slots can begin, in order (UTC)."""
        midnight, after = start_of(day, zone), start_of(day + _DAY, zone)
        if after - midnight != _DAY:
            # The clocks change. That happens on whole minutes, so each of them is tried.
            minutes = (after - midnight) // timedelta(minutes=1)
            yield from (midnight + timedelta(minutes=number) for number in range(minutes))
            return
        opening = self.times or (self.opens, *(end for _, end in self.quiet))
        for minute in sorted(minute for minute in opening if minute < 24 * 60):
            yield datetime.combine(day, time(*divmod(minute, 60)), zone).astimezone(UTC)

    def _is_day(self, day: date, days: SchoolDays) -> bool:
        if day.weekday() not in self.weekdays:
            return False
        return self.on_closed_days or not days.why_closed(day)

    def _why(self, moment: datetime, slot: datetime, zone: ZoneInfo, days: SchoolDays) -> Reason:
        """What lay between the moment and the slot: closed days if there are any."""
        first, last = moment.astimezone(zone).date(), slot.astimezone(zone).date()
        if not self.on_closed_days:
            passed = [first + number * _DAY for number in range((last - first).days)]
            names = [name for day in passed if (name := days.why_closed(day))]
            if names:
                named = next((name for name in names if name != WEEKEND), WEEKEND)
                return Reason("closed", named, days.reopens(passed[-1]).isoformat())
        return Reason("times" if self.times or len(self.weekdays) < 7 else "hours")


def _without_repeats(why: Iterable[Reason]) -> Iterable[Reason]:
    """The last closure counts: what comes before it is over by then. Each kind once."""
    return {reason.kind: reason for reason in why}.values()
