import csv
import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper_consent.answers import Decision, Scope, Use
from gatekeeper_consent.contents import ConsentRow, FolderContents, RollRow
from gatekeeper_consent.folder import read_folder, write_folder

TODAY = date(2026, 3, 10)
ROLL_HEADER = "pupil_id,first_name,middle_names,last_name,preferred_name,class,year\n"
CONSENT_HEADER = "pupil_id,use,scope,decision,given_by,given_on,expires_on,withdrawn_on\n"
BIOMETRIC_HEADER = "pupil_id,given_by,given_on,child_refused,withdrawn_on\n"


def places(errors):
    return [(error.file, error.line, error.column) for error in errors]


def test_the_usual_folder(school):
    contents = school.read()
    assert contents.errors == contents.warnings == ()
    assert contents.roll[0] == RollRow("p1", "Zoë", "Anna", "O'Hare", "", "4H", "4")
    assert len(contents.consents) == 5
    assert [row.person_id for row in contents.biometric] == ["p1", "p2", "s1"]


def test_the_sample_school():
    sample = Path(__file__).parents[2] / "config" / "sample-school"
    contents = read_folder(sample, today=TODAY)
    assert contents.errors == ()
    assert contents.roll
    assert contents.consents
    assert contents.faces


UNUSUAL = (
    "\n ;;\n YEAR ; Class;Preferred Name;last-name;MIDDLE_NAMES;first_name;Pupil ID\n"
    "\n4;4H;;Osei;; Ben  Kofi ;p2;\n"
)


@pytest.mark.parametrize(
    "text",
    [
        UNUSUAL,
        UNUSUAL.replace("\n", "\r\n"),
        UNUSUAL.replace("\n", "\r"),
        UNUSUAL.replace(";", ","),
        UNUSUAL.replace(";", "\t").encode("utf-16"),
    ],
)
def test_spreadsheets_write_the_same_in_many_ways(school, text):
    contents = school.read(roll=text, consents=None, biometric=None, staff=None)
    assert contents.errors == contents.warnings == ()
    assert contents.roll == (RollRow("p2", "Ben Kofi", "", "Osei", "", "4H", "4"),)


def test_latin_1_is_read_with_a_warning_that_says_where(school):
    roll = ROLL_HEADER + "p1,Zoë,,Hare,,4H,4\np2,Ben,,Osei,,4H,4\n"
    contents = school.read(roll=roll.encode("latin-1"), consents=None, biometric=None)
    assert contents.errors == ()
    assert contents.roll[0].first_name == "Zoë"
    (warning,) = contents.warnings
    assert warning.line == 2
    assert "in row 2." in warning.message
    assert "CSV UTF-8" in warning.message
    assert "Zoë" not in warning.message


def test_text_that_would_be_garbled_is_refused(school):
    roll = ROLL_HEADER + "p1,Zoë,,Hare,,4H,4\n"
    contents = school.read(roll=roll.encode("mac_roman"))
    (error,) = contents.errors
    assert error.whole_file
    assert contents.roll == contents.consents == ()


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("p9,website,group,yes,mother,2025-09-03,,", "pupil_id"),
        ("P1,website,group,yes,mother,2025-09-03,,", "pupil_id"),
        (",website,group,yes,mother,2025-09-03,,", "pupil_id"),
        ("p1,newspaper,group,yes,mother,2025-09-03,,", "use"),
        ("p1,website,crowd,yes,mother,2025-09-03,,", "scope"),
        ("p1,website,group,perhaps,mother,2025-09-03,,", "decision"),
        ("p1,website,group,,mother,2025-09-03,,", "decision"),
        ("p1,website,group,cleared,,,,", "decision"),
        ("p1,website,group,yes,,2025-09-03,,", "given_by"),
        ("p1,website,group,yes,mother,,,", "given_on"),
        ("p1,website,group,yes,mother,03-09-2025,,", "given_on"),
        ("p1,website,group,yes,mother,12/31/2025,,", "given_on"),
        ("p1,website,group,yes,mother,2025-09-03,2025-09-02,", "expires_on"),
        ("p1,website,group,yes,mother,2025-09-03,,2025-09-02", "withdrawn_on"),
        ("p1,website,group,yes,mother,2025-09-03,,soon", "withdrawn_on"),
        ("p1,website,group,yes,mother, and father,2025-09-03,,", "given_on"),
        ("p1,website,group,yes,mother, and father,2025-09-03,,2025-10-01", ""),
        (f"p1,website,group,yes,{'m' * 201},2025-09-03,,", "given_by"),
    ],
)
def test_a_wrong_consents_row(school, line, column):
    good = "p2,website,group,yes,father,2025-09-04,,\n"
    contents = school.read(consents=f"{CONSENT_HEADER}\n{good}{line}\n", staff=None, biometric=None)
    assert places(contents.errors) == [("consents.csv", 4, column)]
    assert not contents.errors[0].whole_file
    assert [row.pupil_id for row in contents.consents] == ["p2"]


@pytest.mark.parametrize(
    "line",
    [
        "p1,WebSite,Group,Yes,mother,3/9/2025,,",
        "p1,website,group,no,,,,",
        "p1,website,group,yes,mother,2025-09-03,2025-09-04,2025-09-03",
        "p1,website,group,yes,mother,2025-09-03",
        'p1,website,group,yes,"mother, and\nfather",2025-09-03,,',
    ],
)
def test_a_good_consents_row(school, line):
    contents = school.read(consents=f"{CONSENT_HEADER}{line}\n")
    assert contents.errors == ()
    assert len(contents.consents) == 1


def test_duplicates_are_errors_and_none_of_them_counts(school):
    contents = school.read(
        roll=ROLL_HEADER + "p1,Zoë,,Hare,,4H,4\np2,Ben,,Osei,,4H,4\nP1,Al,,Low,,4H,4\n",
        consents=CONSENT_HEADER
        + "p2,website,group,yes,father,2025-09-04,,\n"
        + "p1,website,group,yes,mother,2025-09-04,,\n"
        + "p2,website,group,no,father,2025-09-05,,\n"
        + "p2,website,individual,no,father,2025-09-05,,\n",
        biometric=None,
    )
    assert places(contents.errors) == [("consents.csv", 4, "pupil_id"), ("roll.csv", 4, "pupil_id")]
    assert "Row 2" in contents.errors[1].message
    assert [row.pupil_id for row in contents.roll] == ["p2"]
    assert contents.unclear == {"p1", "P1"}
    assert [row.scope for row in contents.consents] == [Scope.INDIVIDUAL]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("p4,,,,,4H,4", "first_name"),
        ("../p4,Al,,Low,,4H,4", "pupil_id"),
        ("p4/x,Al,,Low,,4H,4", "pupil_id"),
        ("..,Al,,Low,,4H,4", "pupil_id"),
        ("p4.,Al,,Low,,4H,4", "pupil_id"),
        ("p4,Zo?,,Low,,4H,4", "first_name"),
        ("p4,ZoÃ«,,Low,,4H,4", "first_name"),
        ("p4,Al,,Lo\x07w,,4H,4", "last_name"),
        ("s1,Al,,Low,,4H,4", None),
    ],
)
def test_a_wrong_roll_row(school, line, column):
    contents = school.read(
        roll=f"{ROLL_HEADER}p1,Zoë,,Hare,,,\n{line}\n", consents=None, biometric=None
    )
    expected = ("staff.csv", 2, "staff_id") if column is None else ("roll.csv", 3, column)
    assert places(contents.errors) == [expected]
    assert [row.pupil_id for row in contents.roll] == ["p1"]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("p9,mother,2025-09-03,no,", "pupil_id"),
        ("p1,,2025-09-03,no,", "given_by"),
        ("p1,mother,,no,", "given_on"),
        ("p1,mother,2025-09-03,maybe,", "child_refused"),
        ("p1,mother,2025-09-03,no,2025-09-01", "withdrawn_on"),
    ],
)
def test_a_wrong_biometric_row(school, line, column):
    contents = school.read(biometric=f"{BIOMETRIC_HEADER}{line}\n")
    assert places(contents.errors) == [("biometric.csv", 2, column)]
    assert contents.biometric == ()


@pytest.mark.parametrize(
    ("files", "file", "column"),
    [
        ({"roll": None}, "roll.csv", ""),
        ({"roll": ""}, "roll.csv", ""),
        ({"roll": ROLL_HEADER}, "roll.csv", ""),
        ({"roll": ROLL_HEADER.replace(",class", "") + "p1,Zoë,,Hare,,4\n"}, "roll.csv", "class"),
        ({"roll": ROLL_HEADER.replace("year", "class") + "p1,Zoë,,H,,4,4"}, "roll.csv", "class"),
        ({"roll": ROLL_HEADER + 'p1,"Zoë,,Hare,,4H,4\n'}, "roll.csv", ""),
        ({"consents": CONSENT_HEADER.replace(",withdrawn_on", "")}, "consents.csv", "withdrawn_on"),
    ],
)
def test_a_file_that_cannot_be_used(school, files, file, column):
    contents = school.read(**files)
    wrong = [error for error in contents.errors if error.whole_file]
    assert (file, column) in [(error.file, error.column) for error in wrong]
    # An unreadable roll does not make every other row wrong as well.
    assert {error.file for error in contents.errors} == {file}
    assert contents.consents == ()


def test_every_error_is_found_in_one_pass(school):
    contents = school.read(
        roll=ROLL_HEADER + "p1,Zoë,,Hare,,4H,4\n,Al,,Low,,4H,4\np3,,,,,4H,4\n",
        consents=CONSENT_HEADER + "p9,website,team,yes,,2025-99-03,,\n",
        biometric=BIOMETRIC_HEADER + "p1,,2025-09-03,,\n",
        staff="staff_id,title\n",
    )
    assert places(contents.errors) == [
        ("biometric.csv", 2, "given_by"),
        ("consents.csv", 2, "scope"),
        ("consents.csv", 2, "given_on"),
        ("consents.csv", 2, "given_by"),
        ("roll.csv", 3, "pupil_id"),
        ("roll.csv", 4, "first_name"),
        ("staff.csv", 1, "first_name"),
        ("staff.csv", 1, "last_name"),
    ]
    assert str(contents.errors[0]).startswith("biometric.csv, row 2, given_by: ")


def test_no_answers_at_all_is_nobody_consented(school):
    contents = school.read(consents=None, biometric=None, staff=None)
    assert contents.errors == contents.warnings == ()
    assert contents.consents == contents.biometric == contents.staff == ()


def test_a_missing_folder(tmp_path):
    (error,) = read_folder(tmp_path / "nowhere", today=TODAY).errors
    assert error.whole_file


def test_what_is_not_read_is_warned_about(school):
    (school.folders / "folder-0").mkdir()
    (school.folders / "folder-0" / "consents (1).csv").write_text("x")
    roll = ROLL_HEADER.replace("\n", ",shoe size\n") + "p1,Zoë,,Hare,,4H,4,33\n"
    (school.folders / "folder-0" / "roll.csv").write_text(roll, encoding="utf-8")
    contents = read_folder(school.folders / "folder-0", today=TODAY)
    assert contents.errors == ()
    assert places(contents.warnings) == [("consents (1).csv", 0, ""), ("roll.csv", 1, "shoe_size")]


def test_an_id_that_lost_its_zeros_is_suggested(school):
    contents = school.read(
        roll=ROLL_HEADER + "0012,Zoë,,Hare,,4H,4\n",
        consents=CONSENT_HEADER + "12,website,group,no,,,,\n",
        biometric=None,
    )
    assert "Is it “0012”?" in contents.errors[0].message


def test_faces(school):
    folder = school.folders / "folder-0"
    for name in ("p1/a.jpg", "p1/b.JPEG", "p1/c.png", "p1/.hidden", "p2/a.jpg", "p3/a.jpg",
                 "p9/a.jpg", "s1/a.jpg", "loose.jpg", "Thumbs.db"):  # fmt: skip
        path = folder / "faces" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    # `read` writes into the next free folder, so write the files here.
    from_usual = school.read()
    for file in (school.folders / "folder-1").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    contents = read_folder(folder, today=TODAY)
    assert contents.roll == from_usual.roll
    assert [(face.person_id, face.path.name) for face in contents.faces] == [
        ("p1", "a.jpg"),
        ("p1", "b.JPEG"),
        ("s1", "a.jpg"),
    ]
    assert places(contents.errors) == [("faces/p9", 0, "")]
    assert [warning.file for warning in contents.warnings] == [
        "faces/loose.jpg",
        "faces/p1/c.png",
        "faces/p2",
        "faces/p3",
    ]


names = st.text(
    st.characters(
        codec="utf-8", categories=["L", "M", "Nd", "P", "S", "Zs"], exclude_characters="?\ufffd"
    ),
    min_size=1,
    max_size=30,
)
days = st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(names, names), min_size=1, max_size=5), st.data())
def test_what_is_written_reads_the_same(tmp_path_factory, people, data):
    """Whatever one reading makes of the cells, writing and reading again keeps it."""
    roll = tuple(
        RollRow(f"p{number}", first, "", last, "", "4H", "4")
        for number, (first, last) in enumerate(people)
    )
    consents = tuple(
        ConsentRow(row.pupil_id, use, Scope.GROUP, Decision.NO, row.last_name, data.draw(days))
        for row in roll
        for use in data.draw(st.sets(st.sampled_from(Use)))
    )
    once = tmp_path_factory.mktemp("register") / "once"
    write_folder(once, FolderContents(roll=roll, consents=consents))
    first = read_folder(once, today=TODAY)
    write_folder(once / "again", first)
    second = read_folder(once / "again", today=TODAY)
    assert (second.roll, second.consents, second.unclear) == (
        first.roll,
        first.consents,
        frozenset(),
    )
    cells = [
        cell
        for path in (once / "again").glob("*.csv")
        for row in csv.reader(io.StringIO(path.read_text("utf-8-sig")))
        for cell in row
    ]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("name", ["=1+1", "+44", "-x", "@SUM(A1)", "'=1+1", "''=1", "'Tis", "＝1"])
def test_formulas_are_disarmed_and_come_back(tmp_path, name):
    row = RollRow("p1", name, "", "Hare", "", "4H", "4")
    write_folder(tmp_path / "out", FolderContents(roll=(row,)))
    text = (tmp_path / "out" / "roll.csv").read_text("utf-8-sig")
    assert "p1,'" in text
    assert read_folder(tmp_path / "out", today=TODAY).roll == (row,)


def test_an_export_never_mixes_with_older_files(tmp_path):
    (tmp_path / "old.txt").write_text("x")
    with pytest.raises(FileExistsError):
        write_folder(tmp_path, FolderContents())
