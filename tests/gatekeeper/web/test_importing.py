"""The office imports an export: columns, preview, confirmation, and what may go wrong."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from openpyxl import Workbook
from sqlmodel import func, select

from gatekeeper.register_import import import_register
from gatekeeper_consent.answers import Answer, Decision, Scope, Use
from gatekeeper_consent.contents import ConsentRow
from gatekeeper_consent.folder import write_folder
from gatekeeper_consent.guardians import guardians_of
from gatekeeper_consent.models import (
    ColumnMapping,
    Consent,
    ImportDraft,
    Pupil,
    RollImport,
)
from gatekeeper_consent.register import answer, contents_of, withdraw
from gatekeeper_queue.erasing import finish_erasures
from gatekeeper_queue.models import AuditEvent, Post, Submission

HEADINGS = "UPN,Surname,Forename,Reg Group,Year Group"
ROLL = ("p1,Wainscott,Poppy,2B,2", "p2,Marsh,Zoë,2B,2", "p3,Lane,Emeka,5K,5")
WITH_CONSENT = f"{HEADINGS},Photo consent website"
NO_CHANGE = tuple(f"{row},{said}" for row, said in zip(ROLL, ("Yes", "", "No"), strict=True))
LOSES = ("p1,Wainscott,Poppy,2B,2,No", *NO_CHANGE[1:])


def sheet(*rows: str, headings: str = HEADINGS) -> bytes:
    return "\n".join((headings, *rows)).encode()


class Office:
    """The office at its desk, with short ways to each step."""

    def __init__(self, town: Any, user: str = "office") -> None:
        self.town = town
        self.client = town.client(user)

    def send(self, *files: tuple[str, bytes]) -> Any:
        return self.client.fill_in("/import", files=[("files", file) for file in files])

    def columns(self, where: str, **changes: str) -> Any:
        """Accept the guess, with changes."""
        page = self.client.get(where).text
        chosen = {}
        for block in re.findall(r"<select .*?</select>", page, re.DOTALL):
            found = re.search(
                r'name="([^"]+)".*?<option value="([^"]+)" selected', block, re.DOTALL
            )
            if found:
                chosen[found[1]] = unescape(found[2])
        return self.client.fill_in(where, {**chosen, "name": "SIMS roll", **changes})

    def preview(self, data: bytes, name: str = "export.csv", **changes: str) -> tuple[str, str]:
        """The address of the preview and its page."""
        where = self.send((name, data)).headers["location"]
        if where.endswith("/columns"):
            where = self.columns(where, **changes).headers["location"]
        return where, self.client.get(where).text

    def confirm(self, where: str, page: str, **more: str) -> Any:
        seen = re.search(r'name="seen" value="([^"]+)"', page)
        assert seen, page
        return self.client.fill_in(where, {"seen": seen[1], **more})


@pytest.fixture
def office(town: Any) -> Office:
    return Office(town)


def website(town: Any, pupil_id: str) -> Answer:
    with town.school.database.read() as session:
        return answer(session, pupil_id, Use.WEBSITE, Scope.GROUP, town.school.today())


def number(town: Any, table: Any) -> int:
    with town.school.database.read() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_from_the_file_to_the_register(office, town):
    town.submission("live", "approved")
    town.post("up", "live", "live", ["p1"], live_at=town.time.now)
    town.submission("waits", "flagged")
    where, page = office.preview(sheet(*LOSES, headings=WITH_CONSENT))
    for says in (
        "1 post comes down",
        "1 child loses permission: Website",
        "Poppy Wainscott, 2B",
        "1 waiting submission is checked again",
        "Of the permissions only these are in the file: Website",
    ):
        assert says in page
    assert website(town, "p1") is Answer.YES  # nothing has happened yet
    assert town.get(Post, "up").state == "live"
    done = office.confirm(where, page)
    assert done.status_code == 303
    said = office.client.get(done.headers["location"]).text
    assert "1 child lost a permission" in said
    assert "1 post comes down now" in said
    assert website(town, "p1") is Answer.NO
    assert town.get(Post, "up").state == "removing"
    assert number(town, ImportDraft) == 0
    assert number(town, RollImport) == 1


def dump(town: Any) -> list[str]:
    """Every row of the database."""
    connection = town.school.database.engine.raw_connection()
    try:
        return list(connection.driver_connection.iterdump())
    finally:
        connection.close()


def test_a_preview_changes_nothing_at_all(office, town):
    town.submission("live", "approved")
    town.post("up", "live", "live", ["p1"], live_at=town.time.now)
    town.submission("waits", "flagged")
    where, _ = office.preview(sheet(*LOSES, headings=WITH_CONSENT))
    before = dump(town)
    page = office.client.get(where).text
    assert "1 post comes down" in page
    assert dump(town) == before


def test_contacts_who_are_not_in_the_file_keep_their_say(office, town):
    headings = f"{HEADINGS},Contact 1 Name,Contact 1 Email"
    rows = (f"{ROLL[0]},Sam Lane,sam@x.example", f"{ROLL[1]},,", f"{ROLL[2]},,")
    where, page = office.preview(sheet(*rows, headings=headings))
    assert "1 contact new" in page
    assert "1 contact here of whom the file knows nothing" in page
    assert "Poppy Wainscott, 2B: Jo Wainscott" in page
    office.confirm(where, page)
    with town.school.database.read() as session:
        said = {guardian.name for guardian, _ in guardians_of(session, "p1")}
    assert said == {"Jo Wainscott", "Sam Lane"}


def test_columns_are_asked_for_once(office, town):
    first = office.send(("autumn.csv", sheet(*ROLL))).headers["location"]
    assert first.endswith("/columns")
    page = office.client.get(first).text
    for says in ("What the columns are", "Reg Group", "Wainscott · Marsh · Lane", "check each"):
        assert says in page
    assert office.columns(first).status_code == 303
    again = office.send(("spring.csv", sheet(*ROLL))).headers["location"]
    assert not again.endswith("/columns")
    assert number(town, ColumnMapping) == 1
    assert "SIMS roll" in office.client.get("/import").text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"pupil_id": ""}, "number"),
        ({"class": "Surname"}, "chosen for"),
        ({"name": " "}, "a name"),
        ({"year": "Height"}, "no column"),
    ],
)
def test_columns_that_cannot_be_are_asked_again(office, changes, says):
    where = office.send(("export.csv", sheet(*ROLL))).headers["location"]
    answer = office.columns(where, **changes)
    assert answer.status_code == 422
    assert says in unescape(answer.text)


def test_xlsx_goes_the_same_way(office, town):
    book = Workbook()
    for row in (HEADINGS, *ROLL, "p4,Quill,Ivy,1A,1"):
        book.active.append(row.split(","))
    data = io.BytesIO()
    book.save(data)
    where, page = office.preview(data.getvalue(), "export.xlsx")
    assert "1 child new" in page
    office.confirm(where, page)
    assert town.get(Pupil, "p4").last_name == "Quill"


def test_a_roll_without_permissions_leaves_them_alone(office, town):
    where, page = office.preview(sheet(*ROLL))
    assert "no columns for permissions" in page
    assert "The register says all this already" in page
    before = number(town, Consent)
    office.confirm(where, page)
    assert number(town, Consent) == before
    assert website(town, "p1") is Answer.YES


def test_names_that_change_are_shown_side_by_side(office):
    _, page = office.preview(sheet("p1,Hare,Poppy,3B,3", *ROLL[1:]))
    assert "Poppy Wainscott, 2B, Year 2 → Poppy Hare, 3B, Year 3" in page


def test_losing_half_of_the_roll_needs_a_tick_with_the_number(office, town):
    where, page = office.preview(sheet(ROLL[0]))
    assert "Yes, remove 2 of 3 children on the roll" in page
    refused = office.confirm(where, page)
    assert refused.status_code == 409
    assert "Tick the box" in refused.text
    assert town.get(Pupil, "p2").left_on is None
    assert office.confirm(where, page, confirm_removals="1").status_code == 303
    assert town.get(Pupil, "p2").left_on is not None


def test_a_register_that_changed_meanwhile_is_looked_at_again(office, town):
    where, page = office.preview(sheet(*NO_CHANGE, headings=WITH_CONSENT))
    with town.school.database.write() as session:
        withdraw(
            session, "p1", [Use.WEBSITE], given_by="mother", on=town.school.today(),
            recorded_by="office", now=town.time.now, record=lambda *_: None,
        )  # fmt: skip
    answer = office.confirm(where, page)
    assert answer.status_code == 409
    assert "Look at it again" in answer.text
    assert "a refusal stays" in answer.text  # and the new preview is there at once
    assert number(town, RollImport) == 0
    assert office.confirm(where, answer.text).status_code == 303
    assert website(town, "p1") is Answer.NO


def test_a_post_that_went_live_meanwhile_is_shown_before_it_comes_down(office, town):
    where, page = office.preview(sheet(*LOSES, headings=WITH_CONSENT))
    town.submission("live", "approved")
    town.post("up", "live", "live", ["p1"], live_at=town.time.now)
    answer = office.confirm(where, page)
    assert answer.status_code == 409
    assert "1 post comes down" in answer.text
    assert town.get(Post, "up").state == "live"


def test_wrong_rows_are_named_and_can_be_left_out(office, town):
    rows = ("p1,Wainscott,Poppy,2B,2,Maybe", *NO_CHANGE[1:])
    where, page = office.preview(sheet(*rows, headings=WITH_CONSENT))
    assert "1 mistake in the file" in page
    assert "Row 2, “Photo consent website”" in page
    assert 'name="seen"' not in page  # there is nothing to confirm yet
    left_out = office.client.get(f"{where}?leave_out=1").text
    assert "1 child loses permission: Website" in left_out
    assert office.confirm(where, left_out).status_code == 409  # without saying so
    assert office.confirm(where, left_out, leave_out="1", confirm_removals="1").status_code == 303
    assert website(town, "p1") is Answer.UNKNOWN
    assert town.get(Pupil, "p1").left_on is None


FOLDER_ROLL = (
    b"pupil_id,first_name,middle_names,last_name,preferred_name,class,year\n"
    b"p1,Poppy,,Wainscott,,2B,2\np2,Zo\xc3\xab,,Marsh,,2B,2\np3,Emeka,,Lane,,5K,5\n"
)
FOLDER_CONSENTS = (
    b"pupil_id,use,scope,decision,given_by,given_on,expires_on,withdrawn_on\n"
    b"p1,website,group,yes,mother,2025-09-01,,\np2,website,group,yes,father,2025-09-02,,\n"
)
FOLDER_STAFF = b"staff_id,title,first_name,last_name\ns1,Mr,Graham,Ashdown\n"


def test_the_files_of_a_register_folder_together(office, town):
    files = (("roll.csv", FOLDER_ROLL), ("consents.csv", FOLDER_CONSENTS),
             ("staff.csv", FOLDER_STAFF))  # fmt: skip
    where = office.send(*files).headers["location"]
    page = office.client.get(where).text
    assert "There is no biometric.csv among the files" in page
    assert "1 child gets permission: Website" in page
    assert "1 child loses permission: Twitter/X" in page
    office.confirm(where, page)
    assert website(town, "p2") is Answer.YES


def test_a_register_folder_with_a_file_that_cannot_be_used(office):
    where = office.send(("roll.csv", FOLDER_ROLL), ("consents.csv", b"nonsense")).headers[
        "location"
    ]
    page = office.client.get(where).text
    assert "a file cannot be used" in page
    assert "Leave these rows out" not in page
    assert 'name="seen"' not in page


def test_roll_csv_alone_is_an_export_of_the_roll(office):
    where = office.send(("roll.csv", FOLDER_ROLL)).headers["location"]
    assert where.endswith("/columns")


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ((), "Choose a file first"),
        ((("a.csv", b""),), "empty"),
        ((("a.csv", sheet()),), "no row below"),
        ((("a.csv", b"x" * 20_000_001),), "over 20 MB"),
        ((("a.csv", sheet(*ROLL)), ("b.csv", sheet(*ROLL))), "one export at a time"),
        ((("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99)),), "old format"),
    ],
)
def test_files_that_cannot_be_taken(office, town, files, says):
    answer = office.send(*files) if files else office.client.fill_in("/import")
    assert answer.status_code == 422
    assert says in answer.text
    assert number(town, ImportDraft) == 0


def test_sixty_megabytes_are_refused_in_words(office):
    answer = office.send(("big.csv", b"x" * 60_000_000))
    assert answer.status_code == 422
    assert "over 20 MB" in answer.text


def test_an_upload_is_its_owners_alone(office, town):
    where, page = office.preview(sheet(*ROLL))
    town.person("office2", "office")
    other = Office(town, "office2")
    for address in (where, f"{where}/columns"):
        assert other.client.get(address).headers["location"] == "/import?gone=1"
    assert other.confirm(where, page).headers["location"] == "/import?gone=1"
    other.client.fill_in(f"{where}/drop")
    assert number(town, ImportDraft) == 1
    office.client.fill_in(f"{where}/drop")
    assert number(town, ImportDraft) == 0
    assert (
        "not there any more" in office.client.get(office.client.get(where).headers["location"]).text
    )


def test_the_result_is_shown_to_who_imported_and_for_imports_alone(office, town):
    where, page = office.preview(sheet(*ROLL))
    done = office.confirm(where, page).headers["location"]
    assert office.client.get(done).status_code == 200
    town.person("office2", "office")
    assert town.client("office2").get(done).status_code == 404
    assert office.client.get("/import/done/1").status_code == 404
    assert office.client.get("/import/done/99999").status_code == 404


def test_a_day_later_the_same_preview_still_holds(office, town):
    where, page = office.preview(sheet(*ROLL))
    town.time.now += timedelta(hours=20)
    assert office.confirm(where, page).status_code == 303


def test_the_next_upload_deletes_what_nobody_confirmed(office, town):
    office.preview(sheet(*ROLL))
    town.time.now += timedelta(days=town.school.periods.drafts, hours=1)
    fresh = Office(town)
    fresh.preview(sheet(*ROLL))
    assert number(town, ImportDraft) == 1


@pytest.mark.parametrize(
    "row",
    ["0p2,Marsh,Zoë,2B,2", "P2,Marsh,Zoe,2B,2", "A77,MARSH,zoë,2B,2"],
)
def test_a_child_under_another_number_is_pointed_out(office, row):
    _, page = office.preview(sheet(ROLL[0], row, ROLL[2]))
    assert "1 new child looks like one who leaves, under another number" in page


def test_a_new_child_and_a_leaver_are_two_children(office):
    _, page = office.preview(sheet(ROLL[0], "p22,Marsh,Ann,2B,2", ROLL[2]))
    assert "1 child left" in page
    assert "under another number" not in page


def test_a_roll_that_is_kept_by_hand_is_confirmed(office, town):
    town.submission("waits", "flagged")
    assert "After 100 days" in office.client.get("/import").text
    assert office.client.fill_in("/import/up-to-date").status_code == 303
    assert number(town, RollImport) == 1
    assert town.get(Submission, "waits").state == "waiting"
    assert "last brought up to date Mon 24 Nov" in office.client.get("/import").text


def test_another_childs_number_is_named_before_anything_follows(office, town):
    """A column that was sorted alone gives every child the answers of another."""
    contacts = "UPN,Surname,Forename,Contact 1 Name,Contact 1 Email"
    rows = ("p1,Lane,Emeka,Ms Lane,lane@example.org", "p2,Marsh,Zoë,,", "p3,Lane,Emeka,,")
    where, page = office.preview(sheet(*rows, headings=contacts))
    assert "1 mistake in the file" in page
    assert "The number p1:</strong> It belongs here to a child of quite another name" in page
    assert 'name="seen"' not in page
    page = office.client.get(f"{where}?leave_out=1").text
    assert "The number p1" in page
    office.confirm(where, page, leave_out="1")
    with town.school.database.read() as session:
        assert session.get(Pupil, "p1").first_name == "Poppy"
        assert [guardian.name for guardian, _ in guardians_of(session, "p1")] == ["Jo Wainscott"]


def test_columns_that_are_not_in_the_file_are_told(office):
    _, page = office.preview(sheet("p1,Wainscott,Poppy", headings="UPN,Surname,Forename"))
    assert "these have no column, and stay: middle names, first name in use, class, year" in page


def test_what_is_taken_out_comes_back_as_the_same(office, town):
    answered = office.client.fill_in("/import/take-out")
    assert answered.headers["content-disposition"].startswith('attachment; filename="register-2')
    with zipfile.ZipFile(io.BytesIO(answered.content)) as archive:
        files = [(name, archive.read(name)) for name in archive.namelist()]
    assert {name for name, _ in files} == {"roll.csv", "staff.csv", "consents.csv", "biometric.csv"}
    with town.school.database.read() as session:
        (event,) = session.exec(select(AuditEvent).where(AuditEvent.kind == "register.exported"))
    assert event.actor == "office"
    where = office.send(*files).headers["location"]
    assert "The register says all this already" in office.client.get(where).text


def test_the_same_mistake_in_several_rows_is_told_once(office):
    rows = [f"a{number},Low,Al,5K,5,perhaps" for number in range(12)]
    _, page = office.preview(sheet(*rows[:3], *NO_CHANGE, headings=WITH_CONSENT))
    assert "3 mistakes in the file" in page
    assert page.count("“perhaps” is neither yes nor no") == 1
    assert "<strong>Rows 2, 3 and 4, “Photo consent website”:</strong>" in page
    _, page = office.preview(sheet(*rows, headings=WITH_CONSENT))
    assert "<strong>Rows 2, 3, 4, 5, 6, 7, 8, 9 and 4 more, “Photo" in page


def test_a_folder_imported_on_the_server_takes_down_what_names_a_child_too(town, tmp_path):
    """Where no face was matched, the caption tells."""
    town.submission("live", "approved", caption="Poppy Wainscott won the cup.")
    town.post("up", "live", "live", [], live_at=town.time.now)
    with town.school.database.read() as session:
        contents = contents_of(session)
    no = ConsentRow("p1", Use.WEBSITE, Scope.GROUP, Decision.NO, "mother")
    others = tuple(row for row in contents.consents if row.key != no.key)
    write_folder(tmp_path / "register", replace(contents, consents=(*others, no)))
    imported = import_register(town.school, tmp_path / "register", actor="gatekeeper")
    assert imported.taken_down == ("up",)
    assert town.get(Post, "up").state == "removing"


@pytest.mark.parametrize("number", ["p3", "P3"])
def test_an_erased_child_in_the_next_export_stays_out_with_their_contacts(office, town, number):
    assert office.client.fill_in("/register/p3/erase", {"name": "Emeka Lane"}).status_code == 303
    assert finish_erasures(town.school) == 1
    rows = (
        "p1,Wainscott,Poppy,2B,2,Jo Wainscott,parent@school.test",
        "p2,Marsh,Zoë,2B,2,Kit Marsh,kit@home.test",
        f"{number},Lane,Emeka,5K,5,Ada Lane,ada@home.test",
    )
    headings = f"{HEADINGS},Contact 1 Name,Contact 1 Email"
    done = office.confirm(*office.preview(sheet(*rows, headings=headings)))
    assert done.status_code == 303
    assert len(town_guardians(town, "p2")) == 1
    told = "\n".join(dump(town))
    for gone in ("Emeka", "Ada Lane", "ada@home.test"):
        assert gone not in told


def town_guardians(town: Any, pupil_id: str) -> list[Any]:
    with town.school.database.read() as session:
        return guardians_of(session, pupil_id)
