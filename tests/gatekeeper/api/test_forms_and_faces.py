"""Scans of forms, reference pictures, and the lock of recognition: as on the pages."""

from __future__ import annotations

import pytest
from sqlmodel import select
from tests.gatekeeper.web.conftest import jpeg

from gatekeeper.demo.vectors import SCHOOL
from gatekeeper_consent.models import Consent, ConsentForm, FaceTemplate, Pupil, ReferenceFace
from gatekeeper_queue.models import AuditEvent, Meta
from gatekeeper_queue.recognition import RECOGNITION
from gatekeeper_queue.record_models import ChangeRequest

PDF = b"%PDF-1.7 signed"
YES = {"decision": "yes", "on": "2025-09-03", "signed_by": "mother"}
FACTS = {"assessed_on": "2025-10-01", "officer": "Ada Lane", "consulted_on": "2025-10-02"}
OTHERS = ("teacher", "coordinator", "head", "governor", "technician", "parent")


def rows(town, kind):
    with town.school.database.read() as session:
        return session.exec(select(kind)).all()


def events(town, kind):
    return [one for one in rows(town, AuditEvent) if one.kind == kind]


def send_scan(one, data: bytes = PDF, pupil: str = "p1", name: str = "signed.pdf"):
    return one.post(f"pupils/{pupil}/forms", files={"scan": (name, data)})


# --- scans ----------------------------------------------------------------------------------------


def test_a_scan_is_kept_named_with_an_answer_and_read(town, program):
    office = program("office")
    kept = send_scan(office, name="C:\\scans\\signed.pdf")
    assert kept.status_code == 201, kept.text
    form = kept.json()
    assert (form["name"], form["media_type"]) == ("signed.pdf", "application/pdf")
    assert PDF not in town.get(ConsentForm, form["id"]).content, "it is encrypted"
    answer = {
        "uses": ["parents"], "scopes": ["group"], "decision": "yes", "signed_by": "mother",
        "given_on": "2025-11-20", "form_id": form["id"],
    }  # fmt: skip
    assert office.post("pupils/p1/answers", json=answer).status_code == 200
    newest = office.get("pupils/p1/record").json()["said"][0]
    assert newest["form_id"] == form["id"]
    assert [one["id"] for one in office.get("pupils/p1/forms").json()["items"]] == [form["id"]]
    assert office.get("pupils/p2/forms").json()["items"] == []
    read = office.get(f"pupils/p1/forms/{form['id']}")
    assert (read.content, read.headers["content-type"]) == (PDF, "application/pdf")
    assert read.headers["content-disposition"].startswith("attachment")
    assert [one.subject for one in events(town, "form.read")] == ["p1"]


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"GIF89a", "PDF, JPEG or PNG"), (b"", "empty"), (b"%PDF-" + b"x" * 5_000_000, "5 MB")],
)
def test_what_is_no_scan_is_not_kept(town, program, data, says):
    answer = send_scan(program("office"), data)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert rows(town, ConsentForm) == []


def test_a_scan_far_too_large_is_stopped(town, program):
    assert send_scan(program("office"), b"%PDF-" + b"x" * 11_000_000).status_code == 413


def test_a_form_is_its_childs_alone(town, program):
    office = program("office")
    form_id = send_scan(office).json()["id"]
    assert office.get(f"pupils/p2/forms/{form_id}").status_code == 404
    assert office.get("pupils/p1/forms/nothing").status_code == 404
    assert office.get("pupils/nobody/forms").status_code == 404
    assert send_scan(office, pupil="nobody").status_code == 404
    answer = {
        "uses": ["parents"], "scopes": ["group"], "decision": "yes", "signed_by": "mother",
        "given_on": "2025-11-20", "form_id": form_id,
    }  # fmt: skip
    before = len(rows(town, Consent))
    refused = office.post("pupils/p2/answers", json=answer)
    assert (refused.status_code, len(rows(town, Consent))) == (422, before)
    assert "no such scan" in refused.json()["detail"]
    faces = office.post("faces/p2/answer", json={**YES, "form_id": form_id})
    assert faces.status_code == 422
    assert events(town, "form.read") == []


def test_of_a_leaver_no_form_is_taken(town, program):
    with town.school.database.write() as session:
        session.get_one(Pupil, "p1").left_on = town.school.today()
    assert send_scan(program("office")).status_code == 409
    assert rows(town, ConsentForm) == []


@pytest.mark.parametrize("who", OTHERS)
def test_forms_are_the_offices_alone(town, program, who):
    form_id = send_scan(program("office")).json()["id"]
    other = program(who)
    for answer in (
        send_scan(other),
        other.get("pupils/p1/forms"),
        other.get(f"pupils/p1/forms/{form_id}"),
    ):
        assert answer.status_code == 403
    assert events(town, "form.read") == []


def test_a_reading_token_reads_forms_and_sends_none(town, program):
    form_id = send_scan(program("office")).json()["id"]
    reader = program("office", may_write=False)
    assert reader.get(f"pupils/p1/forms/{form_id}").status_code == 200
    assert len(events(town, "form.read")) == 1, "that it was read is on record all the same"
    assert send_scan(reader).status_code == 403


# --- faces ----------------------------------------------------------------------------------------


@pytest.fixture
def school(town):
    yield town
    town.app.state.faces.close()


def portrait(number: int = 0) -> bytes:
    return sorted((SCHOOL / "faces" / "p16").glob("*.jpg"))[number].read_bytes()


def pictures(*found: bytes):
    return [("pictures", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(found, start=1)]


def test_pictures_are_learnt_looked_at_and_deleted(school, program):
    office = program("office")
    assert [one["person_id"] for one in office.get("faces").json()["few"]] == []
    assert office.post("faces/p1/answer", json=YES).json()["allowed"] is True
    assert [one["person_id"] for one in office.get("faces").json()["few"]] == ["p1"]
    sent = office.post("faces/p1/pictures", files=pictures(portrait(), jpeg(), b"", b"text"))
    assert sent.status_code == 200, sent.text
    tried = sorted(sent.json()["tried"], key=lambda one: one["name"])
    assert [one["kept"] for one in tried] == [True, False, False, False]
    assert "no face" in tried[1]["refused"] and "is empty" in tried[2]["refused"]
    face = sent.json()["face"]
    assert face["known"] is True
    [picture] = face["pictures"]
    path = f"faces/p1/pictures/{picture['id']}"
    assert office.get(f"{path}.jpg").content.startswith(b"\xff\xd8\xff")
    assert office.get(f"faces/p2/pictures/{picture['id']}.jpg").status_code == 404
    assert len(events(school, "reference.seen")) == 1
    assert office.post(f"faces/p2/pictures/{picture['id']}/delete").status_code == 404
    gone = office.post(f"{path}/delete")
    assert (gone.json()["pictures"], gone.json()["known"]) == ([], False)
    assert office.post(f"{path}/delete").status_code == 404
    assert (rows(school, ReferenceFace), rows(school, FaceTemplate)) == ([], [])


def refused_by_the_child(town, office):
    office.post("faces/p1/answer", json=YES)
    assert office.post("faces/p1/refusal", json={"refused": True}).json()["refused"] is True
    return "no consent in force"


def taken_back(town, office):
    office.post("faces/p1/answer", json=YES)
    office.post("faces/p1/answer", json={**YES, "decision": "no"})
    return "no consent in force"


def locked(town, office):
    office.post("faces/p1/answer", json=YES)
    with town.school.database.write() as session:
        session.delete(session.get_one(Meta, "recognition"))
    return "recognition is locked"


@pytest.mark.parametrize(
    "prepare", [lambda *_: "no consent", refused_by_the_child, taken_back, locked]
)
def test_nothing_is_learnt_without_leave(town, program, prepare):
    office = program("office")
    says = prepare(town, office)
    answer = office.post("faces/p1/pictures", files=pictures(portrait()))
    assert answer.status_code == 409, answer.text
    assert says in answer.json()["detail"]
    assert rows(town, ReferenceFace) == []


def test_a_no_deletes_what_is_known(town, program):
    office = program("office")
    office.post("faces/p1/answer", json=YES)
    picture = town.school.cipher.encrypt(jpeg())
    town.add(
        ReferenceFace(person_id="p1", picture=picture, digest="d" * 64, added_at=town.time.now)
    )
    own = {"decision": "no", "on": "2025-11-20", "guardian_id": "g1"}
    after = office.post("faces/p1/answer", json=own).json()
    assert (after["allowed"], after["pictures"]) == (False, [])
    assert {one["guardian_id"]: one["counts"] for one in after["answers"]} == {
        "g1": "no", "": "yes"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("person", "wrong", "status", "says"),
    [
        ("p1", {"signed_by": " "}, 422, "who signed"),
        ("p1", {"on": "2099-01-01"}, 422, "has not come yet"),
        ("p1", {"on": "soon"}, 422, "on"),
        ("p1", {"decision": "perhaps"}, 422, "decision"),
        ("p1", {"guardian_id": "g9"}, 422, "whose answer"),
        ("p2", {"guardian_id": "g1"}, 409, "no say"),
        ("p1", {"form_id": "f9"}, 422, "no such scan"),
        ("nobody", {}, 404, "nothing"),
    ],
)
def test_half_an_answer_is_refused(town, program, person, wrong, status, says):
    answer = program("office").post(f"faces/{person}/answer", json=YES | wrong)
    assert answer.status_code == status, answer.text
    assert says in answer.json()["detail"]
    assert events(town, "biometric.given") == []


def test_staff_answer_for_themselves_and_refuse_nothing(program):
    office = program("office")
    face = office.post("faces/s1/answer", json={"decision": "yes", "on": "2025-09-03"}).json()
    assert (face["allowed"], face["note"]) == (True, "staff")
    assert office.post("faces/s1/refusal", json={"refused": True}).status_code == 404


@pytest.mark.parametrize("who", OTHERS)
def test_faces_are_the_offices_alone(town, program, who):
    other = program(who)
    for answer in (
        other.get("faces"),
        other.get("faces/p1"),
        other.get("faces/p1/pictures/1.jpg"),
        other.post("faces/p1/answer", json=YES),
        other.post("faces/p1/refusal", json={"refused": True}),
        other.post("faces/p1/pictures", files=pictures(jpeg())),
        other.post("faces/p1/pictures/1/delete"),
    ):
        assert answer.status_code == 403


def test_a_reading_token_learns_nothing(program):
    reader = program("office", may_write=False)
    assert reader.get("faces/p1").status_code == 200
    assert reader.post("faces/p1/answer", json=YES).status_code == 403
    assert reader.post("faces/p1/pictures", files=pictures(jpeg())).status_code == 403


# --- the lock -------------------------------------------------------------------------------------


def test_recognition_is_locked_at_once_and_unlocked_by_two(town, program):
    coordinator, head = program("coordinator"), program("head")
    assert coordinator.get("recognition").json()["on_record"]["officer"] == "Morgan Vale"
    kept = head.post("recognition/delete")
    assert (kept.status_code, "Lock recognition first" in kept.json()["detail"]) == (409, True)
    shut = head.post("recognition/lock").json()
    assert "locked" in shut["locked"] and shut["on_record"] is None
    assert len(events(town, "recognition.locked")) == 1
    asked = coordinator.post("recognition", json={**FACTS, "why": "It is assessed."})
    assert asked.status_code == 202, asked.text
    change_id = asked.json()["waiting"]
    assert town.get(ChangeRequest, change_id).kind == RECOGNITION
    assert asked.json()["locked"], "until the head confirms it"
    assert coordinator.post(f"changes/{change_id}/confirm").status_code == 403
    assert head.post(f"changes/{change_id}/confirm").status_code == 200
    assert head.get("recognition").json() == {
        "locked": "", "on_record": FACTS, "waiting": None, "stored": 0
    }  # fmt: skip


def test_what_is_stored_is_deleted_where_nobody_is_recognised(town, program):
    sealed = town.school.cipher.encrypt(jpeg())
    town.add(ReferenceFace(person_id="p1", picture=sealed, digest="d" * 64, added_at=town.time.now))
    technician = program("technician")
    assert technician.post("recognition/lock").json()["stored"] == 1
    assert technician.post("recognition/delete").json()["stored"] == 0
    assert rows(town, ReferenceFace) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"assessed_on": "2099-01-01"}, "assessed_on"),
        ({"officer": " "}, "officer"),
        ({"consulted_on": "soon"}, "consulted_on"),
    ],
)
def test_facts_that_prove_nothing(town, program, wrong, field):
    sent = {**FACTS, "why": "x", **wrong}
    answer = program("coordinator").post("recognition", json=sent)
    assert answer.status_code == 422
    assert list(answer.json()["problems"]) == [field]
    assert rows(town, ChangeRequest) == []


@pytest.mark.parametrize("who", ["teacher", "office", "governor", "parent"])
def test_the_lock_is_for_those_who_see_to_it(town, program, who):
    other = program(who)
    assert other.get("recognition").status_code == 403
    for path in ("recognition", "recognition/lock", "recognition/delete"):
        assert other.post(path, json={**FACTS, "why": "x"}).status_code == 403
    assert town.get(Meta, "recognition") is not None


def test_the_head_confirms_and_does_not_propose(program):
    head = program("head")
    assert head.post("recognition", json={**FACTS, "why": "x"}).status_code == 403
    reader = program("head", may_write=False)
    assert reader.get("recognition").status_code == 200
    assert reader.post("recognition/lock").status_code == 403
