"""Dates as people write them, in folded text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_MONTH = (
    r"(?P<{}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?P<{}>(?:1[5-9]|20)\d\d|'?\d\d(?![\d:.]))"
_ORDINAL = r"(?:st|nd|rd|th)?"
_DATE = re.compile(
    r"(?<![\d/.-])(?:"
    r"(?P<d1>\d{1,2})\s?(?P<sep>[/.-])\s?(?P<m1>\d{1,2})\s?(?P=sep)\s?(?P<y1>\d{4}|\d\d)(?![\d/])"
    r"|(?P<y2>\d{4})(?P<sep2>[/.-])(?P<m2>\d{1,2})(?P=sep2)(?P<d2>\d{1,2})(?!\d)"
    rf"|(?P<d3>\d{{1,2}}){_ORDINAL}(?:\s+of)?[\s-]+{_MONTH.format('m3')}\b\.?"
    rf"(?:,?[\s-]+{_YEAR.format('y3')})?"
    rf"|\b{_MONTH.format('m4')}\b\.?\s+(?P<d4>\d{{1,2}}){_ORDINAL}(?![\d:.]\d|\d)"
    rf"(?:,?\s+{_YEAR.format('y4')})?"
    r")",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A day as written; the year is 0 where none is."""

    place: tuple[int, int]
    """Folded characters [start, end)."""
    day: int
    month: int
    year: int


def find_dates(text: str) -> Iterator[WrittenDate]:
    """Dates with a day and a month, in reading order: 14/03/2016, 2016-03-14, 3rd May 2017."""
    for match in _DATE.finditer(text):
        parts = match.groupdict()
        form = next(number for number in "1234" if parts[f"d{number}"])
        day, month = int(parts[f"d{form}"]), _month(parts[f"m{form}"])
        year = _year(parts[f"y{form}"])
        if month > 12 and day <= 12:
            day, month = month, day
        if 1 <= day <= 31 and 1 <= month <= 12:
            yield WrittenDate(match.span(), day, month, year)


def _month(written: str) -> int:
    if written.isdigit():
        return int(written)
    start = written.lower()[:3]
    return next(number for number, name in enumerate(MONTHS, 1) if name.startswith(start))


def _year(written: str | None) -> int:
    if not written:
        return 0
    year = int(written.lstrip("'"))
    return year if year > 99 else 2000 + year
