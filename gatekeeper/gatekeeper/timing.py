"""The settings of the school's calendar and of its slots, and what is made of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from gatekeeper_queue.school import SlotRule, Slots
from gatekeeper_queue.school_days import SchoolDays
from gatekeeper_queue.terms import Span
from gatekeeper_queue.timetable import Timetable

if TYPE_CHECKING:
    from gatekeeper.settings import Settings

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Part = Literal["england", "wales", "scotland", "northern-ireland", "none"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
)  # fmt: skip
_CODES = {
    "england": "ENG", "wales": "WLS", "scotland": "SCT", "northern-ireland": "NIR", "none": ""
}  # fmt: skip
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")
LONGEST_CLOSURE = timedelta(days=100)
"""No holiday is longer; where the dates make one, a term is missing."""


def _minutes(text: str) -> int:
    """Minutes after midnight. Raises `ValueError` in words."""
    if not _TIME.fullmatch(text.strip()):
        raise ValueError(f"'{text}' is no time of day; write it as 08:30")
    hours, minutes = text.strip().split(":")
    return 60 * int(hours) + int(minutes)


def _checked_time(text: str) -> str:
    _minutes(text)
    return text


def _checked_hours(text: str) -> str:
    start, end = _hours(text)
    if start >= end:
        raise ValueError(f"'{text}' must end after it begins; write the time past midnight apart")
    return text


def _hours(text: str) -> tuple[int, int]:
    start, dash, end = text.partition("-")
    if not dash:
        raise ValueError(f"'{text}' is no time span; write it as 08:30-09:15")
    return _minutes(start), _minutes(end)


TimeOfDay = Annotated[str, AfterValidator(_checked_time)]
Hours = Annotated[str, AfterValidator(_checked_hours)]


class DaysRow(BaseModel):
    """A term or a holiday, from its first day to its last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> DaysRow:
        if self.last < self.first:
            raise ValueError(f"it ends on {self.last}, before it begins on {self.first}")
        return self

    @property
    def span(self) -> Span:
        return Span(self.first, self.last, self.name)


class SlotRow(BaseModel):
    """When posts go out on one channel or account; what is left out is as for the school."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Literal["website", "parents", "twitter"]
    account: str = ""
    times: tuple[TimeOfDay, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    spacing_minutes: int | None = Field(default=None, ge=0, le=24 * 60)
    post_on_closed_days: bool | None = None


def school_days(settings: Settings) -> SchoolDays:
    """The school's calendar. Raises `ValueError` in words where the dates cannot be right."""
    terms = sorted((row.span for row in settings.terms), key=lambda span: span.first)
    for before, after in pairwise(terms):
        if after.first <= before.last:
            raise ValueError(
                f"the term that begins on {after.first} begins before the one before it ends"
            )
    days = SchoolDays(
        weekdays=_weekdays(settings.school_weekdays),
        terms=tuple(_named(span) for span in terms),
        holidays=tuple(row.span for row in settings.holidays),
        inset_days=frozenset(settings.inset_days),
        bank_holidays=_CODES[settings.bank_holidays],
    )
    closed = days.longest_closure()
    if closed and closed.last - closed.first > LONGEST_CLOSURE:
        raise ValueError(f"there is no school day from {closed.first} to {closed.last}")
    return days


def slots_of(settings: Settings) -> Slots:
    """When posts go out. Raises `ValueError` in words where a rule leaves no time at all."""
    school = Timetable(
        opens=60 * settings.slot_opens,
        closes=60 * settings.slot_closes,
        quiet=tuple(sorted(_hours(text) for text in settings.quiet_hours)),
        spacing=timedelta(minutes=settings.slot_spacing_minutes),
        on_closed_days=settings.post_on_closed_days,
    )
    rules = tuple(_rule(row, school) for row in settings.slots)
    week = _weekdays(settings.school_weekdays)
    _require_time("the school", school, week)
    for rule in rules:
        _require_time(rule.account or rule.channel, rule.timetable, week)
    return Slots(school, rules, settings.approval_days, settings.late_hours)


def _rule(row: SlotRow, school: Timetable) -> SlotRule:
    changed = replace(
        school,
        times=tuple(sorted(_minutes(text) for text in row.times)),
        weekdays=_weekdays(row.weekdays or WEEKDAYS),
    )
    if row.spacing_minutes is not None:
        changed = replace(changed, spacing=timedelta(minutes=row.spacing_minutes))
    if changed.times:  # a fixed time is for one post, however near each other posts may be
        changed = replace(changed, spacing=max(changed.spacing, timedelta(minutes=1)))
    if row.post_on_closed_days is not None:
        changed = replace(changed, on_closed_days=row.post_on_closed_days)
    return SlotRule(row.channel, changed, row.account.strip().lstrip("@"))


def _require_time(where: str, timetable: Timetable, school_week: frozenset[int]) -> None:
    outside = [minute for minute in timetable.times if not timetable.is_hour(minute)]
    if outside:
        hour, minute = divmod(outside[0], 60)
        raise ValueError(
            f"the time {hour:02}:{minute:02} of {where} is outside the hours in which posts go out"
        )
    if not any(timetable.is_hour(minute) for minute in range(24 * 60)):
        raise ValueError(f"the hours of {where} leave no time in which a post can go out")
    if not timetable.on_closed_days and not timetable.weekdays & school_week:
        raise ValueError(f"the weekdays of {where} are days on which the school is closed")


def _weekdays(names: Sequence[Weekday]) -> frozenset[int]:
    return frozenset(WEEKDAYS.index(name) for name in names)


def _named(span: Span) -> Span:
    first = span.first
    return replace(span, name=span.name or f"Term from {first.day} {first:%B %Y}")
