"""An XLSX file to the texts of its cells, without trusting what it says of itself."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import repeat
from typing import Any

MOST_ROWS = 20_000
MOST_COLUMNS = 200
"""A school of 5,000 with several rows a child has less of both."""
NO_RESULT = "#FORMULA"
"""Stands where a formula's result is not in the file."""

_LAST_ROW = 1_048_576
"""Excel's own limit. A file that names a later one would have us count to it."""
_UNPACKED = 100_000_000
"""Bytes; 5,000 pupils with 30 columns unpack to about 10 MB."""
_TAGS = 4_000_000
"""20,000 rows with 30 columns have 3 million; each takes memory while it is read."""
_MEMBERS = 2_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_PROLOGUE = 65_536
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+:[A-Z]+(\d+))"')
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")

_DAMAGED = "The file is damaged or no Excel file. Open it in Excel, save it as .xlsx, try again."


class Unreadable(Exception):
    """The file cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Sheet:
    """One visible sheet."""

    name: str
    rows: list[tuple[int, list[str]]]
    """(row number, cells) of each row that is not blank."""
    merged: tuple[tuple[str, int], ...] = ()
    """Each merged area ("B5:B9") with the number of its last row."""


def is_workbook(data: bytes) -> bool:
    """Is it one of Excel's own formats, of today or of 1997?"""
    return data.startswith((b"PK\x03\x04", _OLE))


def read_workbook(data: bytes) -> list[Sheet]:
    """Every visible sheet that holds anything. Raises `Unreadable`.

    Dates become ISO dates, whole numbers lose the ".0" that Excel stores them with. Of a formula
    the stored result is taken; it is never computed here.
    """
    _refuse_old_and_locked(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_bombs(archive)
            return [sheet for sheet in _sheets(data, archive) if sheet.rows]
    except Unreadable:
        raise
    except Exception as error:  # a file from outside can break the parser in any way
        raise Unreadable(_DAMAGED) from error


def _refuse_old_and_locked(data: bytes) -> None:
    if not data.startswith(_OLE):
        return
    if _ENCRYPTED in data:
        raise Unreadable(
            "The file is locked with a password. Open it in Excel, take the password off "
            "(File, Info, Protect Workbook), save it, and upload it again."
        )
    raise Unreadable(
        "This is Excel's old format (.xls). Open it in Excel and save it as .xlsx or as "
        "“CSV UTF-8”."
    )


def _refuse_bombs(archive: zipfile.ZipFile) -> None:
    """What is packed cannot unpack to more than it declares, so the declared sizes decide."""
    members = archive.infolist()
    if sum(member.file_size for member in members) > _UNPACKED or len(members) > _MEMBERS:
        raise Unreadable(
            "The file unpacks to more than 100 MB. Copy the columns that are needed into a new "
            "file and save that."
        )
    if sum(_tags(archive, member) for member in members) > _TAGS:
        raise Unreadable(
            "The file has too many cells, most of them empty. Copy the rows that are needed into "
            "a new file and save that."
        )
    names = {member.filename for member in members}
    if "xl/workbook.xml" not in names:
        kind = "an OpenDocument file" if "content.xml" in names else "a ZIP archive"
        raise Unreadable(f"This is {kind}, not an Excel file. Save the table as .xlsx or as CSV.")
    for member in members:
        with archive.open(member) as part:
            if member.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in part.read(_PROLOGUE):
                raise Unreadable(_DAMAGED)  # no spreadsheet program writes one


def _tags(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """How many tags a part has at most, counted without reading it as a whole."""
    with archive.open(member) as part:
        return sum(chunk.count(b"<") for chunk in iter(lambda: part.read(_PROLOGUE), b""))


def _sheets(data: bytes, archive: zipfile.ZipFile) -> Iterator[Sheet]:
    values, formulas = _opened(data, results=True), None
    for number, sheet in enumerate(values.worksheets):
        if sheet.sheet_state != "visible":
            continue
        raw = archive.read(sheet._worksheet_path)
        typed: Iterator[tuple[Any, ...]] = repeat(())
        if _FORMULA.search(raw):
            formulas = formulas or _opened(data, results=False)
            typed = _rows(formulas.worksheets[number])
        merged = tuple((m[1].decode(), int(m[2])) for m in _MERGED.finditer(raw))
        yield Sheet(sheet.title, _texts(sheet.title, _rows(sheet), typed), merged)


def _opened(data: bytes, *, results: bool) -> Any:
    from openpyxl import load_workbook  # takes a while to import, and few need it

    return load_workbook(io.BytesIO(data), read_only=True, data_only=results, keep_links=False)


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # other programs write wrong ones
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows(
        max_row=_LAST_ROW, max_col=MOST_COLUMNS + 1, values_only=True
    )
    return rows


def _texts(
    name: str, rows: Iterator[tuple[Any, ...]], typed: Iterator[tuple[Any, ...]]
) -> list[tuple[int, list[str]]]:
    found: list[tuple[int, list[str]]] = []
    for line, (row, formulas) in enumerate(zip(rows, typed, strict=False), 1):
        if row.count(None) == len(row) and formulas.count(None) == len(formulas):
            continue  # a stray format far down makes a million of these
        cells = [_text(value) for value in row]
        for column, formula in enumerate(formulas):
            if formula is not None and row[column] is None:
                cells[column] = NO_RESULT
        if not any(cells):
            continue
        if len(found) == MOST_ROWS:
            raise Unreadable(f"The sheet “{name}” has more than {MOST_ROWS:,} rows. Is it a roll?")
        if any(cells[MOST_COLUMNS:]):
            raise Unreadable(
                f"The sheet “{name}” has more than {MOST_COLUMNS} columns. Export only the columns "
                "that are needed."
            )
        found.append((line, cells[:MOST_COLUMNS]))
    return found


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
