"""Records of an export to the register's terms; every mistake with its row and column."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper_consent.answers import Decision, Scope, Use
from gatekeeper_consent.contents import EVERYTHING
from gatekeeper_consent.exports.mapping import check, guess
from gatekeeper_consent.exports.reading import THE_FAMILY, Export, read_export
from gatekeeper_consent.exports.table import read_table
from gatekeeper_consent.folder import read_folder, write_folder
from gatekeeper_consent.register import contents_of, import_folder

TODAY = date(2026, 3, 10)
WEBSITE = "Photo consent website"
HEADINGS = ("UPN", "Forename", "Surname", "Reg Group", "Year Group")
ZOE = ("A1", "Zoë", "Hare", "5K", "Year 5")
BEN = ("A2", "Ben", "Osei", "4H", "4")


def read(*rows: tuple[str, ...], headings: tuple[str, ...] = HEADINGS) -> Export:
    text = "\n".join("\t".join(row) for row in (headings, *rows))
    table = read_table("export.txt", text.encode())
    return read_export(table, check(guess(table), table.headings), today=TODAY)


def roll(export: Export) -> dict[str, tuple[str, str]]:
    return {row.pupil_id: (row.class_name, row.year) for row in export.contents.roll}


def test_a_roll_without_more_speaks_of_nothing_else():
    export = read(ZOE, BEN)
    assert roll(export) == {"A1": ("5K", "5"), "A2": ("4H", "4")}
    covers = export.contents.covers
    assert (covers.consents, covers.staff, covers.biometric) == (frozenset(), False, False)
    assert export.contents.errors == export.contents.warnings == ()


@pytest.mark.parametrize(
    ("year", "plain"),
    [
        ("5", "5"), ("Year 5", "5"), ("Year  05", "5"), ("Yr 11", "11"), ("Y3", "3"),
        ("NC Year 2", "2"), ("R", "R"), ("Reception", "Reception"), ("Nursery 2", "Nursery 2"),
    ],
)  # fmt: skip
def test_years_are_plain(year, plain):
    assert roll(read((*ZOE[:4], year)))["A1"] == ("5K", plain)


@pytest.mark.parametrize(
    ("legal", "used", "expected"),
    [
        (("Benjamin", "Osei"), ("Ben", "Osei"), ("Benjamin", "", "Osei", "Ben")),
        (("Benjamin", "Osei"), ("", ""), ("Benjamin", "", "Osei", "")),
        (("Benjamin", "Osei"), ("Benjamin", "Osei"), ("Benjamin", "", "Osei", "")),
        (("Benjamin", "Osei"), ("Ben", "Mensah"), ("Benjamin", "Osei", "Mensah", "Ben")),
        (("", ""), ("Ben", "Mensah"), ("Ben", "", "Mensah", "")),
    ],
)
def test_names_by_law_and_in_use(legal, used, expected):
    """The surname that is not in use still gives a child away: captions are searched for it."""
    headings = ("UPN", "Legal Forename", "Legal Surname", "Preferred Forename", "Surname")
    (row,) = read(("A1", *legal, *used), headings=headings).contents.roll
    assert (row.first_name, row.middle_names, row.last_name, row.preferred_name) == expected


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (("Forename", "Surname"), {"first_name", "last_name"}),
        (("Known as", "Preferred surname"), {"preferred_name", "last_name"}),
        (
            ("Forename", "Middle names", "Reg Group", "Year"),
            {"first_name", "middle_names", "class_name", "year"},
        ),
    ],
)  # fmt: skip
def test_it_speaks_only_of_what_it_has_columns_for(headings, fields):
    export = read(("A1", *["Zoë"] * len(headings)), headings=("UPN", *headings))
    assert export.contents.covers.roll == fields | {"pupil_id"}


def test_a_first_name_in_use_alone_is_both():
    """Which of the two it is for a child who is known, the register says."""
    (row,) = read(("A1", "Zo", "Hare"), headings=("UPN", "Known as", "Surname")).contents.roll
    assert (row.first_name, row.preferred_name) == ("Zo", "Zo")


@pytest.mark.parametrize(
    ("cell", "decision"),
    [
        ("Yes", Decision.YES), ("Y", Decision.YES), ("TRUE", Decision.YES), ("1", Decision.YES),
        ("Consent given", Decision.YES), ("Granted", Decision.YES),
        ("No", Decision.NO), ("n", Decision.NO), ("False", Decision.NO), ("0", Decision.NO),
        ("Refused", Decision.NO), ("consent withheld", Decision.NO),
        ("Withdrawn", Decision.NO), ("Consent not given", Decision.NO),
        ("", None), ("Unknown", None), ("Not asked", None), ("-", None), ("N/A", None),
        ("Pending", None),
    ],
)  # fmt: skip
def test_answers(cell, decision):
    export = read((*ZOE, cell), headings=(*HEADINGS, WEBSITE))
    assert export.contents.errors == ()
    assert [row.decision for row in export.contents.consents] == ([decision] if decision else [])
    assert export.contents.covers.consents == {(Use.WEBSITE, Scope.GROUP)}


@pytest.mark.parametrize("cell", ["Maybe", "x", "yes?", "no photos online", "2", "✓", "not"])
def test_what_is_neither_yes_nor_no_is_a_mistake(cell):
    (error,) = read((*ZOE, cell), headings=(*HEADINGS, WEBSITE)).contents.errors
    assert (error.line, error.column) == (2, WEBSITE)
    assert "Write Yes or No" in error.message


def test_who_gave_it_and_when():
    headings = (*HEADINGS, WEBSITE, "Consent given by", "Consent date")
    export = read((*ZOE, "yes", "mother", "03/09/2025 00:00:00"), (*BEN, "yes", "", ""),
                  headings=headings)  # fmt: skip
    first, second = export.contents.consents
    assert (first.given_by, first.given_on) == ("mother", date(2025, 9, 3))
    assert (second.given_by, second.given_on) == (THE_FAMILY, None)


MISTAKES = [
    (("", "Zoë", "Hare", "5K", "5"), "UPN", "id is missing"),
    (("A/1", "Zoë", "Hare", "5K", "5"), "UPN", "An id has"),
    (("A1", "", "", "5K", "5"), "Forename", "no name"),
    (("A1", "Zo\ufffd", "Hare", "5K", "5"), "Forename", "lost"),
    (("A1", "ZoÃ«", "Hare", "5K", "5"), "Forename", "lost"),
    (("A1", "#N/A", "Hare", "5K", "5"), "Forename", "formula"),
    (("A1", "Zoë", "#FORMULA", "5K", "5"), "Surname", "formula"),
    (("A1", "x" * 201, "Hare", "5K", "5"), "Forename", "over 200"),
    (("A1", "Zoë", "Hare", "5K", "5", "more"), "", "more cells"),
]


@pytest.mark.parametrize(("row", "column", "says"), MISTAKES)
def test_a_mistake_is_named_once_with_row_and_column(row, column, says):
    export = read(BEN, row)
    (error,) = export.contents.errors
    assert (error.line, error.column) == (3, column)
    assert says in error.message
    assert set(roll(export)) == {"A2"}


@pytest.mark.parametrize("row", [row for row, _, _ in MISTAKES if row[0] == "A1"])
def test_who_has_a_wrong_row_is_unclear_and_has_not_left(row):
    assert read(BEN, row).contents.unclear == {"A1"}


@pytest.mark.parametrize("day", ["31/02/2025", "2025-02-31", "soon", "3/9/25"])
def test_a_day_that_does_not_exist(day):
    headings = (*HEADINGS, WEBSITE, "Consent date")
    (error,) = read((*ZOE, "yes", day), headings=headings).contents.errors
    assert (error.line, error.column) == (2, "Consent date")


def test_a_pupil_in_two_classes_is_one_pupil():
    export = read(ZOE, BEN, (*ZOE[:3], "Choir", ""), ZOE)
    assert roll(export) == {"A1": ("5K; Choir", "5"), "A2": ("4H", "4")}
    assert [(w.line, w.message) for w in export.contents.warnings] == [
        (2, "The rows 4 and 5 are the same child. The 2 classes are joined.")
    ]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (("yes", "yes"), [Decision.YES]),
        (("yes", "no"), [Decision.NO]),
        (("", "no"), [Decision.NO]),
        (("yes", ""), []),
    ],
)
def test_of_several_rows_the_strictest_answer_counts(answers, expected):
    rows = [(*ZOE, answer) for answer in answers]
    export = read(*rows, headings=(*HEADINGS, WEBSITE))
    assert [row.decision for row in export.contents.consents] == expected
    assert ("strictest" in export.contents.warnings[0].message) is (answers[0] != answers[1])


def test_the_same_number_with_different_names_is_nobody():
    export = read(ZOE, ("A1", "Zoë", "Lane", "5K", "5"), BEN)
    assert [error.line for error in export.contents.errors] == [2, 3]
    assert (set(roll(export)), export.contents.unclear) == ({"A2"}, {"A1"})


def test_numbers_that_differ_in_case_are_the_same():
    assert len(read(ZOE, ("a1", *ZOE[1:])).contents.roll) == 1


def test_the_same_name_twice_is_told_and_both_are_kept():
    export = read(ZOE, ("A9", "ZOË", "Hare", "4H", "4"))
    assert len(export.contents.roll) == 2
    assert "Row 3 is another child" in export.contents.warnings[0].message


def test_the_last_line_of_a_report_is_no_pupil():
    export = read(ZOE, ("", "Total: 214", "", "", ""))
    assert (set(roll(export)), export.contents.errors) == ({"A1"}, ())
    assert export.contents.warnings[0].line == 3


def test_a_lone_number_is_a_mistake_and_no_note():
    assert read(ZOE, ("A2", "", "", "", "")).contents.unclear == {"A2"}


@pytest.mark.parametrize(
    ("day", "there"),
    [("", True), ("11/03/2026", True), ("10/03/2026", False), ("2025-07-31", False)],
)
def test_who_has_left_is_not_on_the_roll(day, there):
    export = read((*ZOE, day), (*BEN, ""), headings=(*HEADINGS, "Leaving date"))
    assert ("A1" in roll(export)) is there


CONTACTS = ("Contact 1 Name", "Contact 1 Email", "Contact 1 Relationship",
            "Contact 1 Parental Responsibility", "Contact 2 Name")  # fmt: skip


def test_contacts_with_parental_responsibility():
    export = read(
        (*ZOE, "Ms Ann Hare", "ANN@x.example", "mother", "Yes", "Jo Hare"),
        (*BEN, "Gran Osei", "", "grandmother", "No", ""),
        headings=(*HEADINGS, *CONTACTS),
    )
    found = [(row.pupil_id, row.name, row.email, row.relation) for row in export.guardians]
    assert found == [("A1", "Ms Ann Hare", "ann@x.example", "mother"), ("A1", "Jo Hare", "", "")]


def test_an_address_that_cannot_be_one_is_left_out():
    export = read((*ZOE, "Ann", "ann at home", "", "Y", ""), headings=(*HEADINGS, *CONTACTS))
    assert [row.email for row in export.guardians] == [""]
    assert export.contents.warnings[0].column == "Contact 1 Email"


# --- there and back --------------------------------------------------------------------------

_LETTERS = st.text("abcdeéëßOäł'- ", min_size=1, max_size=12)
_NAMES = _LETTERS.map(lambda text: " ".join(text.split())).filter(bool)
_CLASSES = st.sampled_from(["", "4H", "5K", "=A1", "-", "5K; Choir"])
_ANSWERS = st.sampled_from(["Yes", "No", ""])
_PUPIL = st.tuples(_NAMES, _NAMES, _CLASSES, st.sampled_from(["", "4", "R"]), _ANSWERS, _ANSWERS)


@settings(max_examples=25, deadline=None, suppress_health_check=[*HealthCheck])
@given(children=st.lists(_PUPIL, min_size=1, max_size=5))
def test_an_imported_export_comes_back_as_the_same_folder(school, children):
    """Import an export, export the folder, import that, export again: nothing changes."""
    headings = (*HEADINGS, WEBSITE, "Photos Twitter permission")
    rows = [(f"A{number}", *child) for number, child in enumerate(children)]
    export = read(*rows, headings=headings)
    assert export.contents.errors == ()
    with school.session.begin_nested() as undo:
        import_folder(school.session, export.contents, confirm_removals=True, **school.entry)
        first = contents_of(school.session)
        folder = school.folders / f"out-{len(list(school.folders.iterdir()))}"
        write_folder(folder, first)
        again = read_folder(folder, today=school.now.date())
        assert again.errors == ()
        report = import_folder(school.session, again, **school.entry)
        assert {name: value for name, value in vars(report).items() if value} == {}
        assert contents_of(school.session) == first
        assert import_folder(school.session, export.contents, **school.entry).consents_recorded == 0
        assert contents_of(school.session) == first
        undo.rollback()


def test_covers_of_a_folder_is_everything(school):
    assert replace(school.read()).covers == EVERYTHING
