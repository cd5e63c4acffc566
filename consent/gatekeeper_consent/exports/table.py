"""An exported file to one table: a row of headings, and the records below it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from gatekeeper_consent.contents import RowWarning
from gatekeeper_consent.exports.fields import is_known
from gatekeeper_consent.exports.workbook import (
    MOST_COLUMNS,
    MOST_ROWS,
    Sheet,
    Unreadable,
    is_workbook,
    read_workbook,
)
from gatekeeper_consent.sheet import LARGEST_FILE, Log, numbered_rows, text_of, tidy

Grid = list[tuple[int, list[str]]]
"""(row number in the spreadsheet, cells) of each row that is not blank."""

_START = 100_000
"""Characters in which the headings are looked for."""
_HEADER_WITHIN = 25
"""Titles and dates stand above the headings, but not more rows of them than this."""
_EMPTY = "The file is empty. Export it again."
_SAVE_AS = "Open it in the spreadsheet program and save it as .xlsx or as “CSV UTF-8”."


@dataclass(frozen=True)
class Record:
    """One row: its number in the spreadsheet, and its tidied cells, one a heading."""

    line: int
    cells: tuple[str, ...]
    overlong: bool = False
    """It has more cells than there are headings, so none of them is sure to be in its place."""


@dataclass(frozen=True)
class Table:
    """What an export holds."""

    file: str
    headings: tuple[str, ...]
    """As the file has them, each once."""
    records: tuple[Record, ...]
    warnings: tuple[RowWarning, ...] = ()


def read_table(file: str, data: bytes) -> Table:
    """The one table in a CSV or XLSX file. Raises `Unreadable`, saying what to do."""
    if len(data) > LARGEST_FILE:
        raise Unreadable("The file is over 20 MB. Export only the columns that are needed.")
    if not data.strip():
        raise Unreadable(_EMPTY)
    log = Log()
    grid = _sheet_grid(file, data, log) if is_workbook(data) else _csv_grid(file, data, log)
    header = _header(grid)
    headings = _headings(grid, header)
    records = tuple(
        _record(line, cells, len(headings))
        for line, cells in grid[header + 1 :]
        if cells != grid[header][1]  # reports repeat the headings on each page
    )
    if not records:
        raise Unreadable("There is no row below the headings. Export it again.")
    return Table(file, headings, records, tuple(log.warnings))


def _sheet_grid(file: str, data: bytes, log: Log) -> Grid:
    sheets = read_workbook(data)
    if not sheets:
        raise Unreadable("There is nothing in the file. Export it again.")
    sheet = _chosen(sheets)
    first_record = sheet.rows[_header(sheet.rows)][0] + 1
    merged = [area for area, last in sheet.merged if last >= first_record]
    if merged:
        raise Unreadable(
            f"Cells are merged ({merged[0]} on the sheet “{sheet.name}”), so some rows have no "
            "value of their own. Unmerge them, fill in every row, save the file, try again."
        )
    if len(sheets) > 1:
        log.warn(file, 0, "", f"The file has several sheets; only “{sheet.name}” was read.")
    return sheet.rows


def _chosen(sheets: Sequence[Sheet]) -> Sheet:
    """The only sheet, or the only one that looks like a roll."""
    if len(sheets) == 1:
        return sheets[0]
    likely = [sheet for sheet in sheets if max(_known_cells(sheet.rows)) >= 2]
    if len(likely) == 1:
        return likely[0]
    names = ", ".join(f"“{sheet.name}”" for sheet in likely or sheets)
    raise Unreadable(
        f"The file has several sheets ({names}). Save the one with all the pupils as a file of "
        "its own."
    )


def _csv_grid(file: str, data: bytes, log: Log) -> Grid:
    _refuse_other_kinds(data)
    text = text_of(file, data, log)
    if text is not None and not text.strip():
        raise Unreadable(_EMPTY)
    grid = None if text is None else numbered_rows(file, text, _delimiter(text), log)
    if grid is None:
        raise Unreadable(log.errors[0].message)
    if len(grid) > MOST_ROWS:
        raise Unreadable(f"The file has more than {MOST_ROWS:,} rows. Is it a roll?")
    return grid


_OTHER_KINDS = (
    (b"%PDF", "a PDF"),
    (b"<", "a web page, whatever its name ends in"),
    (b"{\\rtf", "a text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)


def _refuse_other_kinds(data: bytes) -> None:
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:8]
    for magic, kind in _OTHER_KINDS:
        if start.startswith(magic):
            raise Unreadable(f"This is {kind}, not a table that can be read. {_SAVE_AS}")


def _delimiter(text: str) -> str:
    """Whichever of the usual ones parts the most headings that are known; where none are, the
    one that stands most in the first rows."""
    start = text[:_START].splitlines()[:_HEADER_WITHIN]

    def fits(by: str) -> tuple[int, int]:
        known = max(sum(map(is_known, line.replace('"', "").split(by))) for line in start)
        return known, "\n".join(start).count(by)

    return max(",;\t|", key=fits)


def _known_cells(grid: Grid) -> list[int]:
    """How many headings each of the first rows holds that say what their column is."""
    return [sum(map(is_known, cells)) for _, cells in grid[:_HEADER_WITHIN]]


def _header(grid: Grid) -> int:
    """Index of the row of headings: the first with the most that are known, or else the first
    that is as wide as a table."""
    known = _known_cells(grid)
    if max(known, default=0) >= 2:
        return known.index(max(known))
    for index, (_, cells) in enumerate(grid[:_HEADER_WITHIN]):
        filled = [cell.strip() for cell in cells if cell.strip()]
        if len(filled) >= 3 and len(set(filled)) == len(filled):
            return index
    raise Unreadable(
        "No row of headings was found. One row must name the columns, for instance: UPN, "
        "Forename, Surname, Reg Group, Year Group."
    )


def _headings(grid: Grid, header: int) -> tuple[str, ...]:
    """Each heading once. Where several are alike, the row above tells them apart ("Contact 1"
    over "Name" and "E-mail"), or else a number."""
    names = [tidy(cell) for cell in grid[header][1]]
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise Unreadable(f"There are more than {MOST_COLUMNS} columns. Export only those needed.")
    above = _groups(grid[header - 1][1], len(names)) if header else [""] * len(names)
    often = Counter(names)
    found: list[str] = []
    for number, (name, group) in enumerate(zip(names, above, strict=True), 1):
        full = f"{group} {name}" if often[name] > 1 and group else name
        full = full or f"Column {number}"
        copies = sum(1 for other in found if other == full or other.startswith(f"{full} ("))
        found.append(f"{full} ({copies + 1})" if full in found else full)
    return tuple(found)


def _groups(cells: Sequence[str], width: int) -> list[str]:
    """A row of group names, each carried to the right; a lone title is no group."""
    filled = [tidy(cell) for cell in cells]
    if sum(map(bool, filled)) < 2:
        return [""] * width
    groups, last = [], ""
    for cell in (*filled, *[""] * width)[:width]:
        last = cell or last
        groups.append(last)
    return groups


def _record(line: int, cells: Sequence[str], width: int) -> Record:
    tidied = tuple(tidy(cell) for cell in (*cells[:width], *[""] * (width - len(cells))))
    return Record(line, tidied, overlong=any(map(str.strip, cells[width:])))
