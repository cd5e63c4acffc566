"""Importing the register, what is held about a child, erasing, and the outbox: as on the pages."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlmodel import select

from gatekeeper_consent import register
from gatekeeper_consent.answers import Answer, Scope, Use
from gatekeeper_consent.models import Erasure, ImportDraft, Pupil, RollImport
from gatekeeper_queue.erasing import finish_erasures
from gatekeeper_queue.models import AuditEvent, Post
from gatekeeper_queue.record_models import Notice

HEADINGS = "UPN,Surname,Forename,Reg Group,Year Group,Photo consent website"
SAME = ("p1,Wainscott,Poppy,2B,2,Yes", "p2,Marsh,Zoë,2B,2,", "p3,Lane,Emeka,5K,5,No")
LOSES = ("p1,Wainscott,Poppy,2B,2,No", *SAME[1:])
OTHERS = ("teacher", "coordinator", "head", "governor", "technician", "parent")


def sheet(*lines: str) -> bytes:
    return "\n".join((HEADINGS, *lines)).encode()


def rows(town, kind):
    with town.school.database.read() as session:
        return session.exec(select(kind)).all()


def events(town, kind):
    return [one for one in rows(town, AuditEvent) if one.kind == kind]


def send(one, *lines: str, name: str = "export.csv"):
    return one.post("imports", files=[("files", (name, sheet(*lines)))])


def prepared(one, *lines: str) -> str:
    """The address of an upload whose columns are known."""
    sent = send(one, *lines).json()
    path = f"imports/{sent['id']}"
    if not sent["columns_known"]:
        guessed = one.get(f"{path}/columns").json()
        said = {"name": "SIMS roll", "columns": guessed["columns"]}
        assert one.put(f"{path}/columns", json=said).status_code == 200
    return path


def website(town, pupil_id: str) -> Answer:
    with town.school.database.read() as session:
        return register.answer(session, pupil_id, Use.WEBSITE, Scope.GROUP, town.school.today())


# --- importing ------------------------------------------------------------------------------------


def test_from_the_file_to_the_register(town, program):
    town.submission("s1", "approved")
    town.post("x1", "s1", "live", ["p1"], live_at=town.time.now)
    office = program("office")
    sent = send(office, *LOSES)
    assert (sent.status_code, sent.json()["columns_known"]) == (201, False)
    path = f"imports/{sent.json()['id']}"
    early = office.get(path)
    assert (early.status_code, "columns" in early.json()["detail"]) == (409, True)
    guessed = office.get(f"{path}/columns").json()
    assert guessed["columns"]["pupil_id"] == "UPN"
    assert guessed["samples"]["Forename"] == ["Poppy", "Zoë", "Emeka"]
    said = {"name": "SIMS roll", "columns": guessed["columns"]}
    assert office.put(f"{path}/columns", json=said).json()["name"] == "SIMS roll"
    seen = office.get(path).json()
    assert seen["taken_down"] == ["x1"]
    assert seen["lost"] == [{"use": "website", "scope": "group", "pupils": ["p1"]}]
    assert "1 child loses permission: Website" in [one["title"] for one in seen["consequences"]]
    assert website(town, "p1") is Answer.YES, "nothing has happened yet"
    assert town.get(Post, "x1").state == "live"
    done = office.post(f"{path}/confirm", json={"digest": seen["digest"]})
    assert (done.status_code, done.json()["taken_down"]) == (200, ["x1"])
    assert town.get(AuditEvent, done.json()["event"]).kind == "register.imported"
    assert website(town, "p1") is Answer.NO
    assert town.get(Post, "x1").state == "removing"
    assert rows(town, ImportDraft) == []
    assert office.get(path).status_code == 404
    assert send(office, *SAME).json()["columns_known"] is True, "as it was said once"


def test_only_what_was_seen_is_imported(town, program):
    office = program("office")
    path = prepared(office, *LOSES)
    digest = office.get(path).json()["digest"]
    other = prepared(office, *SAME)
    for wrong in ("x", office.get(other).json()["digest"]):
        refused = office.post(f"{path}/confirm", json={"digest": wrong})
        assert refused.status_code == 409
        assert "Look at it again" in refused.json()["detail"]
    assert office.post(f"{path}/confirm", json={}).status_code == 422
    town.submission("s1", "approved")
    town.post("x1", "s1", "live", ["p1"], live_at=town.time.now)
    late = office.post(f"{path}/confirm", json={"digest": digest})
    assert late.status_code == 409, "a post went up meanwhile, which would come down"
    assert website(town, "p1") is Answer.YES
    assert (rows(town, RollImport), events(town, "register.imported")) == ([], [])


def test_a_mass_removal_is_said_once_more(town, program):
    office = program("office")
    path = prepared(office, SAME[0])
    seen = office.get(path).json()
    assert "children on the roll" in seen["needs_confirm_removals"]
    refused = office.post(f"{path}/confirm", json={"digest": seen["digest"]})
    assert (refused.status_code, "confirm_removals" in refused.json()["detail"]) == (409, True)
    assert town.get(Pupil, "p2").left_on is None
    sure = {"digest": seen["digest"], "confirm_removals": True}
    assert office.post(f"{path}/confirm", json=sure).status_code == 200
    assert town.get(Pupil, "p2").left_on is not None


def test_wrong_rows_are_refused_or_left_out(town, program):
    office = program("office")
    path = prepared(office, *SAME[:2], "p3,Lane,Emeka,5K,5,perhaps")
    seen = office.get(path).json()
    assert (seen["digest"], seen["mistakes"]) == ("", 1)
    assert seen["errors"][0]["where"].startswith("Row 4") and seen["refusal"]
    refused = office.post(f"{path}/confirm", json={"digest": "x"})
    assert (refused.status_code, rows(town, RollImport)) == (409, [])
    without = office.get(path, params={"leave_out": True}).json()
    assert without["digest"] and without["mistakes"] == 1
    as_is = office.post(f"{path}/confirm", json={"digest": without["digest"]})
    assert as_is.status_code == 409, "the rows are left out only where that is said"
    sure = {"digest": without["digest"], "leave_out": True}
    assert office.post(f"{path}/confirm", json=sure).status_code == 200


@pytest.mark.parametrize(
    ("files", "status", "says"),
    [
        ([], 422, "files"),
        ([("a.csv", b"")], 422, ""),
        ([("a.xlsx", b"PK nonsense")], 422, ""),
        ([("a.csv", b"a,b\n1,2"), ("b.csv", b"a,b\n1,2")], 422, "one export at a time"),
        ([(f"{n}.csv", b"a") for n in range(9)], 422, "files"),
    ],
)
def test_what_is_no_register_is_not_kept(town, program, files, status, says):
    sent = program("office").post("imports", files=[("files", one) for one in files])
    assert sent.status_code == status, sent.text
    assert says in sent.json()["detail"]
    assert rows(town, ImportDraft) == []


@pytest.mark.parametrize(
    ("columns", "name", "says"),
    [
        ({"last_name": "Surname"}, "SIMS", "each pupil’s number"),
        ({"pupil_id": "UPN", "last_name": "Shoe size"}, "SIMS", "no column “Shoe size”"),
        ({"pupil_id": "UPN", "last_name": "UPN"}, "SIMS", "Choose one"),
        ({"nonsense": "UPN"}, "SIMS", "no field"),
        ({"pupil_id": "UPN", "last_name": "Surname"}, " ", "a name"),
    ],
)
def test_columns_that_cannot_be(program, columns, name, says):
    office = program("office")
    path = f"imports/{send(office, *SAME).json()['id']}/columns"
    answer = office.put(path, json={"name": name, "columns": columns})
    assert (answer.status_code, says in answer.json()["detail"]) == (422, True)
    assert office.get("register").json()["saved_columns"] == []


def test_the_register_is_taken_out_and_comes_back(town, program):
    office = program("office")
    taken = office.post("register/take-out")
    assert taken.headers["content-type"] == "application/zip"
    assert len(events(town, "register.exported")) == 1
    with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
        files = [("files", (name, archive.read(name))) for name in archive.namelist()]
    sent = office.post("imports", files=files).json()
    assert sent["columns_known"] is True
    path = f"imports/{sent['id']}"
    assert office.get(path).json()["nothing"] is True
    folder = office.get(f"{path}/columns")
    assert (folder.status_code, "no columns" in folder.json()["detail"]) == (409, True)


def test_the_roll_is_said_to_be_complete(town, program):
    office = program("office")
    assert office.get("register").json()["imported_at"] is None
    assert office.post("register/up-to-date").json()["imported_at"] is not None
    assert len(events(town, "roll.confirmed")) == 1


def test_an_upload_is_its_persons_alone_and_goes(town, program):
    town.person("second", "office")
    office, second = program("office"), program("second")
    path = prepared(office, *SAME)
    for answer in (
        second.get(path),
        second.get(f"{path}/columns"),
        second.put(f"{path}/columns", json={"name": "x", "columns": {"pupil_id": "UPN"}}),
        second.post(f"{path}/confirm", json={"digest": office.get(path).json()["digest"]}),
    ):
        assert answer.status_code == 404
    assert second.post(f"{path}/drop").status_code == 204
    assert len(rows(town, ImportDraft)) == 1, "somebody else's stays"
    assert office.post(f"{path}/drop").status_code == 204
    assert rows(town, ImportDraft) == []


@pytest.mark.parametrize("who", OTHERS)
def test_importing_is_the_offices_alone(town, program, who):
    other, path = program(who), prepared(program("office"), *SAME)
    for answer in (
        other.get("register"),
        other.post("register/up-to-date"),
        other.post("register/take-out"),
        send(other, *SAME),
        other.get(path),
        other.get(f"{path}/columns"),
        other.put(f"{path}/columns", json={"name": "x", "columns": {}}),
        other.post(f"{path}/confirm", json={"digest": "x"}),
        other.post(f"{path}/drop"),
    ):
        assert answer.status_code == 403
    assert len(rows(town, ImportDraft)) == 1


def test_a_reading_token_imports_and_takes_out_nothing(town, program):
    path = prepared(program("office"), *LOSES)
    reader = program("office", may_write=False)
    digest = reader.get(path).json()["digest"]
    assert reader.post(f"{path}/confirm", json={"digest": digest}).status_code == 403
    assert send(reader, *SAME).status_code == 403
    assert reader.post("register/take-out").status_code == 403
    assert events(town, "register.exported") == []
    assert website(town, "p1") is Answer.YES


# --- what is held, and erasing --------------------------------------------------------------------


def test_what_is_held_is_handed_out(town, program):
    office = program("office")
    held = office.get("pupils/p1/held").json()
    assert (held["name"], held["guardians"], held["asked_at"]) == ("Poppy Wainscott", 1, None)
    assert events(town, "subject.exported") == []
    sent = office.post("pupils/p1/held")
    assert (sent.status_code, sent.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(sent.content)) as archive:
        data = json.loads(archive.read("data.json"))
    assert data["name"] == "Poppy Wainscott"
    assert "Marsh" not in json.dumps(data)
    assert [one.subject for one in events(town, "subject.exported")] == ["p1"]
    assert office.get("pupils/nobody/held").status_code == 404
    assert office.post("pupils/nobody/held").status_code == 404


def test_a_child_is_erased_when_nothing_is_up(town, program):
    town.submission("s1", "approved", caption="Poppy Wainscott sings.")
    town.post("x1", "s1", "live", ["p1"], live_at=town.time.now)
    office = program("office")
    for name in ("", "Poppy", "Zoë Marsh"):
        wrong = office.post("pupils/p1/erase", json={"name": name})
        assert (wrong.status_code, "Type the name" in wrong.json()["detail"]) == (422, True)
    assert office.post("pupils/p1/erase", json={}).status_code == 422
    assert (rows(town, Erasure), town.get(Post, "x1").state) == ([], "live")
    assert website(town, "p1") is Answer.YES
    asked = office.post("pupils/p1/erase", json={"name": "Poppy Wainscott"})
    assert asked.status_code == 202, asked.text
    assert asked.json()["in_the_way"] == 1 and asked.json()["erased_at"] is None
    assert [one["id"] for one in asked.json()["up"]] == ["x1"]
    assert (town.get(Post, "x1").state, website(town, "p1")) == ("removing", Answer.NO)
    assert len(events(town, "erasure.asked")) == 1
    assert finish_erasures(town.school) == 0, "a post is still to be seen to be gone"
    with town.school.database.write() as session:
        session.get_one(Post, "x1").state = "removed"
    assert finish_erasures(town.school) == 1
    gone = office.get("pupils/p1/held").json()
    assert gone["erased_at"] is not None and gone["name"] == ""
    assert office.post("pupils/p1/held").status_code == 404
    assert office.post("pupils/p1/erase", json={"name": "Poppy Wainscott"}).status_code == 404


@pytest.mark.parametrize("who", OTHERS)
def test_what_is_held_is_the_offices_to_hand_out(town, program, who):
    other = program(who)
    for pupil in ("p1", "p2"):
        for answer in (
            other.get(f"pupils/{pupil}/held"),
            other.post(f"pupils/{pupil}/held"),
            other.post(f"pupils/{pupil}/erase", json={"name": "Poppy Wainscott"}),
        ):
            assert answer.status_code == 403, "a parent asks the office, for their own child too"
    assert (rows(town, Erasure), events(town, "subject.exported")) == ([], [])


def test_a_reading_token_hands_out_and_erases_nothing(town, program):
    reader = program("office", may_write=False)
    assert reader.get("pupils/p1/held").status_code == 200
    assert reader.post("pupils/p1/held").status_code == 403
    erase = reader.post("pupils/p1/erase", json={"name": "Poppy Wainscott"})
    assert erase.status_code == 403
    assert (rows(town, Erasure), events(town, "subject.exported")) == ([], [])


# --- the outbox -----------------------------------------------------------------------------------


def test_the_technician_sees_what_is_stuck_and_tries(town, program):
    since = town.time.now - timedelta(hours=3)
    town.add(
        Notice(
            user_id="head", kind="mail-tried", subject="head", at=since, attempts=4,
            last_error="No answer",
        )
    )  # fmt: skip
    technician = program("technician")
    seen = technician.get("outbox").json()
    [stuck] = seen["stuck"]
    assert (stuck["number"], stuck["attempts"], stuck["reason"]) == (1, 4, "No answer")
    assert (stuck["to_esafety"], seen["mails"], seen["alerts"]) == (False, False, 0)
    assert technician.post("outbox/try").status_code == 204
    assert technician.get("outbox").json()["waiting"] == seen["waiting"] + 2
    reader = program("technician", may_write=False)
    assert reader.get("outbox").status_code == 200
    assert reader.post("outbox/try").status_code == 403


@pytest.mark.parametrize("who", ["teacher", "coordinator", "head", "office", "governor", "parent"])
def test_the_outbox_is_the_technicians(town, program, who):
    assert program(who).get("outbox").status_code == 403
    assert program(who).post("outbox/try").status_code == 403
    assert rows(town, Notice) == []
