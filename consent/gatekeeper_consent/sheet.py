"""One CSV file to rows with the numbers that a spreadsheet shows beside them."""

from __future__ import annotations

import csv
import io
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gatekeeper_consent.contents import RowError, RowWarning
from gatekeeper_consent.decoding import SAVE_AS_UTF8, Undecodable, decode

LARGEST_FILE = 20_000_000
"""Bytes; 5,000 pupils with eight answers each need about 2 MB."""

MOST_ROWS = 200_000
"""A register of 5,000 has 40,000 rows of answers."""
MOST_CELLS = 1_000
"""In one row."""
_START = 100_000
"""Characters in which the headings are looked for."""

_FORMULA = re.compile(r"'*[=+\-@\t\r＝＋－＠]")
"""A spreadsheet takes a cell that begins so for a formula, unless an apostrophe stands
before it (OWASP, "CSV injection"). Apostrophes count, so that export and import are inverse."""


@dataclass
class Log:
    """Collects everything that is wrong or worth knowing, in one pass."""

    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowWarning] = field(default_factory=list)

    def error(self, file: str, line: int, column: str, message: str) -> None:
        self.errors.append(RowError(file, line, column, message))

    def unusable(self, file: str, line: int, column: str, message: str) -> None:
        """An error that makes the whole file unusable."""
        self.errors.append(RowError(file, line, column, message, whole_file=True))

    def warn(self, file: str, line: int, column: str, message: str) -> None:
        self.warnings.append(RowWarning(file, line, column, message))


@dataclass(frozen=True)
class Row:
    """One row: its number in the spreadsheet, and its tidied cells by column."""

    line: int
    cells: dict[str, str]


def read_bytes(path: Path) -> bytes | None:
    """What the file holds, at most a byte more than is taken; None when it cannot be opened."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError:
        return None


def read_sheet(name: str, data: bytes | None, columns: Sequence[str], log: Log) -> list[Row] | None:
    """The rows of the file below its header, blank ones left out; None when unusable.

    `data` is None for a file that could not be opened (`read_bytes`).
    """
    text = _text_of(name, data, log)
    if text is None:
        return None
    numbered = numbered_rows(name, text, _delimiter(text), log)
    return None if numbered is None else _rows(name, numbered, columns, log)


def numbered_rows(
    file: str, text: str, delimiter: str, log: Log
) -> list[tuple[int, list[str]]] | None:
    """(row number in the spreadsheet, cells) of each row that is not blank; None when unusable.

    Read row by row, so that a file of nothing but line ends does not fill the memory.
    """
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        for line, cells in enumerate(table, 1):
            if len(cells) > MOST_CELLS or len(rows) > MOST_ROWS:
                log.unusable(file, line, "", "The file has too many rows or columns. Is it a roll?")
                return None
            if any(map(str.strip, cells)):
                rows.append((line, cells))
    except csv.Error:
        log.unusable(file, 0, "", f"A quotation mark is opened and never closed. {SAVE_AS_UTF8}")
        return None
    return rows


def _text_of(name: str, data: bytes | None, log: Log) -> str | None:
    if data is None:
        log.unusable(name, 0, "", "The file cannot be opened. Close it elsewhere, try again.")
        return None
    if len(data) > LARGEST_FILE:
        log.unusable(name, 0, "", "The file is over 20 MB. Is it the right file?")
        return None
    return text_of(name, data, log)


def text_of(name: str, data: bytes, log: Log) -> str | None:
    """The text of a CSV file; None, and an error, when its letters cannot be read safely."""
    try:
        decoded = decode(data)
    except Undecodable as problem:
        log.unusable(name, 0, "", str(problem))
        return None
    if decoded.guessed:
        _warn_of_guess(name, decoded.text, log)
    return decoded.text


def _warn_of_guess(file: str, text: str, log: Log) -> None:
    lines = [number for number, line in enumerate(text.splitlines(), 1) if not line.isascii()]
    shown = ", ".join(map(str, lines[:10])) + (" and more" if len(lines) > 10 else "")
    log.warn(
        file,
        lines[0],
        "",
        "The file does not say how its accents are stored; it was read as Latin-1. "
        f"Check the accented letters in {'row' if len(lines) == 1 else 'the rows'} {shown}. "
        f"To be sure: {SAVE_AS_UTF8[0].lower()}{SAVE_AS_UTF8[1:]}",
    )


def _delimiter(text: str) -> str:
    """Comma, semicolon or tab (Excel's “Unicode text”): whichever the header has most of."""
    header = next((line for line in text[:_START].splitlines() if line.strip()), "")
    return max(",;\t", key=header.count)


def _rows(
    file: str, numbered: list[tuple[int, list[str]]], columns: Sequence[str], log: Log
) -> list[Row] | None:
    if not numbered:
        log.unusable(file, 0, "", f"The file is empty. Its first row must be: {','.join(columns)}")
        return None
    line, header = numbered[0]
    names = [_column_name(cell) for cell in header]
    if not _header_is_good(file, line, names, columns, log):
        return None
    return list(_body(file, numbered[1:], names, log))


def _column_name(cell: str) -> str:
    return "_".join(cell.strip().casefold().replace("-", " ").replace("_", " ").split())


def _header_is_good(
    file: str, line: int, names: list[str], columns: Sequence[str], log: Log
) -> bool:
    for name in names:
        if name and name not in columns:
            log.warn(file, line, name, "This column is not known and was not read.")
    wrong = [name for name in columns if names.count(name) != 1]
    for name in wrong:
        problem = "appears twice" if name in names else "is missing"
        mend = "Keep one of them." if name in names else "Add it to the first row."
        log.unusable(file, line, name, f"The column “{name}” {problem}. {mend}")
    return not wrong


def _body(
    file: str, numbered: list[tuple[int, list[str]]], names: list[str], log: Log
) -> Iterator[Row]:
    for line, values in numbered:
        if any(map(str.strip, values[len(names) :])):
            log.error(
                file,
                line,
                "",
                "The row has more cells than the header. Put a text that has a comma in it "
                "in quotation marks.",
            )
        else:
            padded = values + [""] * (len(names) - len(values))
            yield Row(line, {name: tidy(cell) for name, cell in zip(names, padded, strict=False)})


def tidy(cell: str) -> str:
    """Composed letters, single spaces, and without the apostrophe that disarms a formula."""
    text = " ".join(unicodedata.normalize("NFC", cell).split())
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text


def sheet_bytes(columns: Sequence[str], rows: Iterator[Sequence[str]]) -> bytes:
    """A CSV file: UTF-8 with a mark (so that spreadsheets see it), no cell being a formula."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([_disarmed(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def write_private(path: Path, data: bytes) -> None:
    """Write a file that nobody else on the machine reads."""
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(data)


def _disarmed(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell
