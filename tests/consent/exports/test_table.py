"""Files as management systems and people make them, to one table or a clear refusal."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from gatekeeper_consent.exports import workbook
from gatekeeper_consent.exports.table import read_table
from gatekeeper_consent.exports.workbook import NO_RESULT, Unreadable

HEADINGS = ("UPN", "Forename", "Surname", "Reg Group")
ROW = ("A1", "Zoë", "O'Hare", "5K")


def xlsx(*rows: tuple[object, ...], more=lambda book: None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    more(book)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def csv(*rows: tuple[str, ...], by: str = ",") -> bytes:
    return "\n".join(by.join(row) for row in rows).encode()


def cells(data: bytes) -> list[tuple[str, ...]]:
    table = read_table("export", data)
    assert table.headings == HEADINGS
    return [record.cells for record in table.records]


@pytest.mark.parametrize("by", [",", ";", "\t", "|"])
def test_any_usual_delimiter(by):
    assert cells(csv(HEADINGS, ROW, by=by)) == [ROW]


def test_commas_in_addresses_do_not_make_it_a_file_with_commas():
    headings = (*HEADINGS, "Address")
    address = "1, High Street, Oakfield, Oxfordshire, OX1, United Kingdom, Earth"
    table = read_table("x", csv(headings, (*ROW, address), (*ROW, address), by=";"))
    assert table.headings == headings


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings_of_spreadsheet_programs(encoding):
    text = csv(HEADINGS, ROW).decode()
    assert cells(text.encode(encoding)) == [ROW]


def test_an_encoding_that_would_garble_names_is_refused():
    with pytest.raises(Unreadable, match="CSV UTF-8"):
        read_table("x.csv", csv(HEADINGS, ROW).decode().encode("mac-roman"))


TITLES = (("Oakfield Primary, pupil list",), ("Printed 12/11/2025, 9:15",), ())


@pytest.mark.parametrize("make", [csv, xlsx])
def test_titles_above_the_headings(make):
    data = make(*TITLES, HEADINGS, ROW)
    table = read_table("x", data)
    assert (table.headings, table.records[0].line) == (HEADINGS, 5)


def test_headings_that_a_report_repeats_on_each_page():
    assert cells(csv(HEADINGS, ROW, HEADINGS, ("A2", *ROW[1:]))) == [ROW, ("A2", *ROW[1:])]


@pytest.mark.parametrize("make", [csv, xlsx])
def test_group_names_above_tell_like_headings_apart(make):
    groups = ("Pupil", "", "", "", "Contact 1", "", "Contact 2", "")
    heads = (*HEADINGS, "Name", "E-mail", "Name", "E-mail")
    table = read_table("x", make(groups, heads, (*ROW, "a", "b", "c", "d")))
    assert table.headings[4:] == (
        "Contact 1 Name",
        "Contact 1 E-mail",
        "Contact 2 Name",
        "Contact 2 E-mail",
    )


def test_like_headings_without_groups_are_numbered():
    table = read_table("x", csv((*HEADINGS, "Name", "Name", ""), (*ROW, "a", "b", "c")))
    assert table.headings[4:] == ("Name", "Name (2)")


def test_headings_that_nobody_knows_are_found_by_their_width():
    table = read_table("x", csv(("Liste",), ("Nr", "Nom", "Classe"), ("1", "Zoë", "5K")))
    assert table.headings == ("Nr", "Nom", "Classe")


def test_a_row_with_more_cells_than_headings_is_marked():
    table = read_table("x", csv(HEADINGS, (*ROW, "Jr"), ROW))
    assert [record.overlong for record in table.records] == [True, False]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4512, "4512"),
        (4512.0, "4512"),
        (1.5, "1.5"),
        ("0045", "0045"),
        (datetime.fromisoformat("2025-09-03"), "2025-09-03"),
        (date(2025, 9, 3), "2025-09-03"),
        (datetime.fromisoformat("2025-09-03 10:15"), "2025-09-03 10:15:00"),
        (True, "Yes"),
        (False, "No"),
        ("  Zoë\n Anna ", "Zoë Anna"),
        (123456789012345, "123456789012345"),
    ],
)
def test_what_excel_stores_as_people_read_it(value, text):
    table = read_table("x.xlsx", xlsx(HEADINGS, ("A1", "Zoë", "Hare", value)))
    assert table.records[0].cells[3] == text


def test_a_formula_without_a_result_is_marked_and_nothing_else():
    data = xlsx(HEADINGS, ("A1", "=B1", "Hare", None), ("A2", "Al", "Low", None))
    first, second = read_table("x.xlsx", data).records
    assert first.cells == ("A1", NO_RESULT, "Hare", "")
    assert second.cells == ("A2", "Al", "Low", "")


def test_the_stored_result_of_a_formula_counts():
    data = repacked(xlsx(HEADINGS, ("A1", "=B1", "Hare", None)), b"<v></v>", b"<v>7</v>")
    data = repacked(data, b"<v />", b"<v>7</v>")
    assert read_table("x.xlsx", data).records[0].cells[1] == "7"


def repacked(data: bytes, old: bytes, new: bytes, part: str = "xl/worksheets/sheet1.xml") -> bytes:
    """The same workbook with something replaced in one part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            target.writestr(name, text.replace(old, new) if name == part else text)
    return out.getvalue()


def test_merged_titles_do_no_harm_and_merged_rows_are_refused():
    def title(book):
        book.active.merge_cells("A1:D1")

    def rows(book):
        book.active.merge_cells("D3:D4")

    data = (("Pupil list",), HEADINGS, ROW, ("A2", "Al", "Low", None))
    assert len(cells(xlsx(*data, more=title))) == 2
    with pytest.raises(Unreadable, match="D3:D4"):
        read_table("x.xlsx", xlsx(*data, more=rows))


def test_of_several_sheets_the_only_roll_is_read():
    def notes(book):
        book.create_sheet("Notes", 0).append(("made by the office",))

    table = read_table("x.xlsx", xlsx(HEADINGS, ROW, more=notes))
    assert table.headings == HEADINGS
    assert "Sheet" in table.warnings[0].message


def test_two_rolls_in_one_file_are_refused():
    def second(book):
        book.create_sheet("Last year").append(HEADINGS)

    with pytest.raises(Unreadable, match="Last year"):
        read_table("x.xlsx", xlsx(HEADINGS, ROW, more=second))


def test_hidden_and_empty_sheets_do_not_count():
    def hidden(book):
        sheet = book.create_sheet("Old")
        sheet.append(HEADINGS)
        sheet.sheet_state = "hidden"
        book.create_sheet("Empty")

    assert cells(xlsx(HEADINGS, ROW, more=hidden)) == [ROW]


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", data)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
BOMB = zipped(xl__workbook=b"<workbook/>", xl__worksheets__sheet1=bytes(101_000_000))
DOCTYPE = repacked(xlsx(HEADINGS, ROW), b"<worksheet", b'<!DOCTYPE w [<!ENTITY a "b">]><worksheet')


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xef\xbb\xbf\r\n", "empty"),
        (b"\xff\xfe", "empty"),
        (csv(HEADINGS), "no row below"),
        (xlsx(HEADINGS), "no row below"),
        (xlsx(), "nothing in the file"),
        (b"just a sentence", "No row of headings"),
        (bytes(20_000_001), "over 20 MB"),
        (OLE, "old format"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"<html><table><tr><td>UPN</td></tr></table></html>", "web page"),
        (b"\xef\xbb\xbf <?xml version='1.0'?><Workbook/>", "web page"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"PK\x03\x04 and nothing more", "damaged"),
        (xlsx(HEADINGS, ROW)[:-200], "damaged"),
        (zipped(content=b"<office/>"), "OpenDocument"),
        (zipped(word__document=b"<w/>"), "ZIP archive"),
        (BOMB, "100 MB"),
        (DOCTYPE, "damaged"),
        (b'UPN,Forename,Surname\nA1,"Zo\xc3\xab,Hare\n', "quotation mark"),
        (csv(HEADINGS, *[ROW] * 20_001), "20,000 rows"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(data, says):
    with pytest.raises(Unreadable, match=says):
        read_table("x", data)


def test_a_row_number_that_no_program_writes_is_not_counted_up_to():
    data = xlsx(HEADINGS, ROW, ("A2", "Al", "Low", None))
    far = repacked(data, b'<row r="3">', b'<row r="1999999999">')
    far = repacked(far, b'r="A3"', b'r="A1999999999"')
    assert [record.line for record in read_table("x.xlsx", far).records] == [2]


def test_too_many_rows_or_columns_in_a_workbook(monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    with pytest.raises(Unreadable, match="rows"):
        read_table("x.xlsx", xlsx(HEADINGS, ROW, ROW))
    with pytest.raises(Unreadable, match="columns"):
        read_table("x.xlsx", xlsx((*HEADINGS, *map(str, range(200))), ROW))


def with_sheet(sheet: str) -> bytes:
    """A workbook with another first sheet."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx(HEADINGS, ROW))) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            is_sheet = name == "xl/worksheets/sheet1.xml"
            new.writestr(name, sheet if is_sheet else old.read(name))
    return made.getvalue()


SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            lambda: with_sheet(f"<worksheet {SPACE}><sheetData>{'<row/>' * 4_000_001}"),
            "too many cells",
        ),
        (lambda: csv(HEADINGS) + b"\na" * 300_000, "too many rows"),
        (lambda: csv(HEADINGS) + b"\n" + b"," * 3_000_000, "too many rows or columns"),
        (lambda: b"," * 3_000_000, "too many rows or columns"),
    ],
)
def test_what_would_fill_the_memory_is_refused_at_once(data, says):
    with pytest.raises(Unreadable, match=says):
        read_table("export", data())


def test_a_stray_row_far_down_costs_nothing():
    text = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in HEADINGS)
    row = text.replace("UPN", "A1").replace("Forename", "Zoë")
    data = with_sheet(
        f"<worksheet {SPACE}><sheetData><row r='1'>{text}</row><row r='2'>{row}</row>"
        "<row r='1048576'/></sheetData></worksheet>"
    )
    assert cells(data) == [("A1", "Zoë", "Surname", "Reg Group")]
