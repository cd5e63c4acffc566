"""On which day what a sentence announces is over, as far as it says so (G06)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from gatekeeper_detectors.text.dates import MONTHS, WEEKDAYS, WrittenDate, find_dates

_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_DAYS, _MONTHS = "|".join(WEEKDAYS), "|".join(MONTHS)
_NEVER_OVER = re.compile(
    rf"\b(?:every|each|weekly|daily|(?:{_DAYS})s|this term|next term|this year|next year|"
    r"for (?:a|an|one|two|three|four|five|six|seven|ten|the|\d+) (?:\w+ )?"
    r"(?:days?|nights?|weeks?|fortnight|weekends?|terms?)|until|till)\b"
    r"|\d{1,2}(?:st|nd|rd|th)? ?[-–] ?\d{1,2}(?:st|nd|rd|th)? (?=[a-z])",
    re.IGNORECASE,
)
"""It comes again and again, or takes longer than the day that is named."""
_WORDS = re.compile(
    rf"\b(?P<next>next )?(?P<weekday>{_DAYS})\b|\b(?P<tomorrow>tomorrow)\b"
    r"|\b(?P<today>today|tonight|this (?:morning|afternoon|evening))\b"
    r"|\b(?P<week>(?:this|next) week(?:end)?|weekend)\b"
    rf"|\b(?P<month>(?:this|next) month)\b|\b(?:in|next|this) (?P<named>{_MONTHS})\b",
    re.IGNORECASE,
)


def last_day(sentence: str, today: date) -> date | None:
    """The last day that the sentence names, read as late as it can be meant.

    None where it names none, or where what it tells goes on after the day that it names.
    `sentence` is folded text.
    """
    if _NEVER_OVER.search(sentence):
        return None
    written = list(find_dates(sentence))
    found = [_dated(one, today) for one in written]
    for match in _WORDS.finditer(sentence):
        if not any(start <= match.start() < end for start, end in (one.place for one in written)):
            found.extend(_worded(match, today))
    return max((day for day in found if day is not None), default=None)


def _dated(written: WrittenDate, today: date) -> date | None:
    """The date itself; without a year the next such day."""
    years = (written.year,) if written.year else (today.year, today.year + 1)
    for year in years:
        last = monthrange(year, written.month)[1]
        day = date(year, written.month, min(written.day, last))
        if written.year or day >= today:
            return day
    return None


def _worded(match: re.Match[str], today: date) -> Iterator[date]:
    sunday = today + (6 - today.weekday()) * _DAY
    if match["tomorrow"]:
        yield today + _DAY
    elif match["today"]:
        yield today
    elif match["weekday"]:
        ahead = (WEEKDAYS.index(match["weekday"].lower()) - today.weekday()) % 7
        yield today + ahead * _DAY
        if match["next"]:  # of the next week, some say; the next one, others
            yield sunday + (1 + WEEKDAYS.index(match["weekday"].lower())) * _DAY
    elif match["week"]:
        yield sunday + (_WEEK if match["week"].lower().startswith("next") else timedelta())
    elif match["month"]:
        first = today.replace(day=1)
        yield _month_end(first if match["month"].lower().startswith("this") else _after(first))
    else:
        month = MONTHS.index(match["named"].lower()) + 1
        yield _month_end(date(today.year + (month < today.month), month, 1))


def _after(first: date) -> date:
    return _month_end(first) + _DAY


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
