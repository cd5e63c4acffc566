"""The cells of one row to values; every mistake is logged, none stops the reading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar

from gatekeeper_consent.decoding import SAVE_AS_UTF8, lost_letters
from gatekeeper_consent.sheet import Log, Row

_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})")
_BRITISH = re.compile(r"(?P<day>\d{1,2})(?P<by>[/.])(?P<month>\d{1,2})(?P=by)(?P<year>\d{4})")
_NAMED = re.compile(r"(?P<day>\d{1,2})[ -](?P<month>[a-z]+)\.?[ -](?P<year>\d{4})", re.IGNORECASE)
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_YEARS = range(1990, 2100)
_LONGEST = 200
"""Characters in one cell; longer ones are a broken file."""

# An id names a folder under faces/, on every operating system.
_ID = re.compile(r"\w(?:[\w .@+-]{0,62}\w)?")

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_YES = ("yes", "true")
_NO = ("no", "false", "")

Choice = TypeVar("Choice", bound=StrEnum)


def parse_day(text: str) -> date | None:
    """2025-09-03, or with the day first as British offices write: 03/09/2025, 3.9.2025,
    3 Sep 2025; else None. A year of two digits could be a day.
    """
    found = _ISO.fullmatch(text) or _BRITISH.fullmatch(text) or _NAMED.fullmatch(text)
    if found is None:
        return None
    year, month, day = int(found["year"]), _month(found["month"]), int(found["day"])
    try:
        return date(year, month, day) if year in _YEARS else None
    except ValueError:
        return None


def _month(text: str) -> int:
    """9 for "09", "Sep", "Sept" and "September"; 0 where it is none."""
    if text.isdecimal():
        return int(text)
    name = text.casefold()
    fitting = [number for number, month in enumerate(_MONTHS, 1) if month.startswith(name)]
    return fitting[0] if len(name) >= 3 and fitting else 0


class Cells:
    """Reads one row's cells; `good` turns False at the first mistake."""

    def __init__(self, file: str, row: Row, log: Log) -> None:
        self.line = row.line
        self.good = True
        self._file = file
        self._cells = row.cells
        self._log = log

    def error(self, column: str, message: str) -> None:
        self.good = False
        self._log.error(self._file, self.line, column, message)

    def text(self, column: str) -> str:
        """Any text; one that is too long or holds control characters is a mistake."""
        value = self._cells[column]
        if len(value) > _LONGEST:
            self.error(column, f"The text is over {_LONGEST} characters long. Shorten it.")
        elif _UNSEEN.search(value):
            self.error(column, "The text holds characters that cannot be seen. Type it again.")
        return value

    def name(self, column: str) -> str:
        """A text in which no letter may have been lost on the way."""
        value = self.text(column)
        if lost_letters(value):
            message = "Letters of this name were lost when the file was saved. Correct it."
            self.error(column, f"{message} {SAVE_AS_UTF8}")
        return value

    def identifier(self, column: str) -> str:
        value = self.text(column)
        if not value:
            self.error(column, "The id is missing. Fill it in, or delete the row.")
        elif not _ID.fullmatch(value):
            self.error(
                column,
                "An id has at most 64 letters, digits and the signs . - _ @ + within it. "
                "Change it here and in the other files.",
            )
        return value

    def day(self, column: str) -> date | None:
        """A date, or None where the cell is empty."""
        value = self.text(column)
        if not value:
            return None
        found = parse_day(value)
        if found is None:
            self.error(
                column,
                f"“{value[:20]}” is not a date that can be read. Write it as 2025-09-03 "
                "(year-month-day) or 03/09/2025 (day/month/year).",
            )
        return found

    def choice(self, column: str, kinds: Sequence[Choice]) -> Choice | None:
        """One of the values; None, and a mistake, for anything else."""
        value = self.text(column).casefold()
        for kind in kinds:
            if kind.value == value:
                return kind
        allowed = ", ".join(kind.value for kind in kinds)
        found = f"“{value[:20]}” is not known here." if value else "The cell is empty."
        self.error(column, f"{found} Write one of: {allowed}.")
        return None

    def flag(self, column: str) -> bool:
        """Yes or no; empty is no. A mistake reads as yes, the safe side of a refusal."""
        value = self.text(column).casefold()
        if value not in _YES + _NO:
            self.error(column, f"“{value[:20]}” is neither yes nor no. Write one of them.")
        return value not in _NO

    def in_order(self, earlier: tuple[str, date | None], later: tuple[str, date | None]) -> None:
        """A mistake when the second day lies before the first."""
        (first_column, first), (column, second) = earlier, later
        if first is not None and second is not None and second < first:
            self.error(column, f"This day is before {first_column}. Correct one of the two.")
