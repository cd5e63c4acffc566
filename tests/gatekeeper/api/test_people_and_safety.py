"""The API for families, staff, the school's places, and what went wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select
from tests.gatekeeper.api.conftest import Program, token_of

from gatekeeper_consent.models import Consent
from gatekeeper_queue.models import Account, AuditEvent, Post, User
from gatekeeper_queue.notices import tell
from gatekeeper_queue.record_models import (
    ChangeRequest,
    HandTask,
    Incident,
    Objection,
    TrainingRecord,
)

SHA = "b" * 64
WRITTEN = dict.fromkeys(("happened", "involved", "found", "done", "conclusion"), "Words.")


def live(town, post_id: str = "x1", **more) -> None:
    town.submission(f"s-{post_id}", "approved")
    town.post(post_id, f"s-{post_id}", "live", ["p1"], live_at=town.time.now, **more)
    town.news(post_id, "Music.", SHA)


# --- families -----------------------------------------------------------------------------------


def test_a_parent_answers_for_their_own_child(town, program):
    live(town)
    parent = program("parent")
    [child] = parent.get("family/children").json()["items"]
    assert child["id"] == "p1"
    no = {"use": "website", "scope": "group", "decision": "no"}
    after = parent.post("family/children/p1/answer", json=no).json()
    counts = {(one["use"], one["scope"]): one["counts"] for one in after["answers"]}
    assert counts["website", "group"] == "no"
    assert town.get(Post, "x1").state == "removing"
    with town.school.database.read() as session:
        newest = session.exec(select(Consent).order_by(Consent.id.desc())).first()
    assert (newest.guardian_id, newest.given_by, newest.recorded_by) == ("g1", "mother", "parent")


@pytest.mark.parametrize("path", ["answer", "withdraw", "recognition"])
def test_another_child_is_not_there(town, program, path):
    sent = {"use": "website", "scope": "group", "decision": "no"}
    if path != "answer":
        sent = {"decision": "no"} if path == "recognition" else None
    assert program("parent").post(f"family/children/p2/{path}", json=sent).status_code == 404
    assert program("teacher").post(f"family/children/p1/{path}", json=sent).status_code == 403


def test_a_parent_takes_everything_back(town, program):
    live(town)
    parent = program("parent")
    after = parent.post("family/children/p1/withdraw").json()
    assert {one["counts"] for one in after["answers"]} == {"no"}
    [letter] = parent.get("family/withdrawals").json()["items"]
    assert letter["everything"] and letter["coming_down"]
    listed = program("office").get("withdrawals").json()["items"]
    assert [(one["pupil_id"], one["posts"]) for one in listed] == [("p1", ["x1"])]
    assert program("parent").get("withdrawals").status_code == 403


def test_recognition_is_taken_back(program):
    after = program("parent").post("family/children/p1/recognition", json={"decision": "no"})
    assert (after.status_code, after.json()["recognised"]) == (200, False)


def test_an_objection_hides_first(town, program):
    live(town)
    parent = program("parent")
    assert [one["post_id"] for one in parent.get("family/posts").json()["items"]] == ["x1"]
    made = parent.post("family/posts/x1/object", json={"words": "Please not."})
    assert made.status_code == 201, made.text
    assert town.get(Post, "x1").removal_reason != ""
    assert parent.get("family/posts").json()["items"] == []
    number = made.json()["id"]
    coordinator = program("coordinator")
    [seen] = coordinator.get("objections").json()["items"]
    assert (seen["id"], seen["words"], seen["parent"]) == (number, "Please not.", "Parent")
    coordinator.post(f"objections/{number}/acknowledge")
    assert parent.get(f"family/objections/{number}").json()["acknowledged_at"] is not None
    silent = coordinator.post(f"objections/{number}/decide", json={"outcome": "decline"})
    assert silent.status_code == 409, "a parent is told why"
    decided = coordinator.post(f"objections/{number}/decide", json={"outcome": "uphold"})
    assert decided.json()["outcome"] == "upheld"
    assert [one["kind"] for one in program("head").get("incidents").json()["items"]] == [
        "objection-upheld"
    ]
    assert parent.post("family/posts/x1/object", json={}).status_code == 404


def test_another_parents_objection_is_not_there(town, program):
    live(town)
    town.person("other", "parent", guardian_id="g9")
    town.add(Objection(id="o1", submission_id="s-x1", post_id="x1", by="other", at=town.time.now))
    assert program("parent").get("family/objections/o1").status_code == 404
    assert program("parent").get("objections").status_code == 403


# --- the incident log and incident mode -----------------------------------------------------------


def test_an_incident_is_written_and_closed(town, program):
    head = program("head")
    assert head.post("incidents", json={"involved": "Nobody"}).status_code == 409
    made = head.post("incidents", json={"happened": "A name was seen."}).json()
    path = f"incidents/{made['id']}"
    assert head.post(f"{path}/close").status_code == 409, "not all is written"
    saved = head.put(path, json={**WRITTEN, "edition": made["edition"]})
    assert saved.status_code == 200, saved.text
    assert saved.json()["texts"]["conclusion"] == "Words."
    late = head.put(path, json={"happened": "Otherwise.", "edition": made["edition"]})
    assert late.status_code == 409, "somebody wrote meanwhile"
    ticked = head.post(f"{path}/steps", json={"step": "dsl", "done": True}).json()
    assert [one["id"] for one in ticked["steps"] if one["done"]] == ["dsl"]
    assert head.post(f"{path}/close").json()["closed_at"] is not None
    assert head.get("incidents").json()["items"] == []
    assert len(head.get("incidents", params={"show": "closed"}).json()["items"]) == 1
    assert program("teacher").get(path).status_code == 403
    assert town.get(Incident, made["id"]).happened != b"Words."


def test_two_people_lift_incident_mode(program):
    head, coordinator = program("head"), program("coordinator")
    assert head.get("freeze").json()["frozen"] is False
    assert program("teacher").post("freeze").status_code == 403
    assert coordinator.post("freeze").json()["frozen"] is True
    assert coordinator.post("freeze/lift", json={"act": "ask"}).json()["lift_asked"] is True
    same = coordinator.post("freeze/lift", json={"act": "confirm"})
    assert same.status_code == 409, "another person confirms"
    assert head.post("freeze/lift", json={"act": "confirm"}).json()["frozen"] is False
    assert head.post("freeze/lift", json={"act": "ask"}).status_code == 409


def test_in_incident_mode_the_parents_area_is_on_a_break(town, program):
    live(town)
    program("head").post("freeze")
    answer = program("parent").get("family/posts")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3600")


# --- looking again --------------------------------------------------------------------------------


def test_what_may_stay_up(town, program):
    live(town)
    head = program("head")
    assert head.get("re-audit").json()["items"] == []
    assert head.post("re-audit").status_code == 204
    [asked] = head.get("re-audit").json()["items"]
    assert asked["post"]["id"] == "x1"
    assert head.post("re-audit/x1/keep").status_code == 204
    assert head.post("re-audit/x1/keep").status_code == 409


def test_a_second_look(town, program):
    live(town)
    head = program("head")
    assert head.post("sample").status_code == 204
    assert head.get("sample").json()["items"] == [], "the head approved it"
    other = program("coordinator")
    [drawn] = other.get("sample").json()["items"]
    path, right = f"sample/{drawn['id']}", {"outcome": "right"}
    assert head.post(path, json=right).status_code == 403
    assert other.post(path, json={"outcome": "missed", "note": ""}).status_code == 409
    assert other.post(path, json=right).status_code == 204
    assert other.get("sample").json()["items"] == []
    assert other.post("sample/99", json=right).status_code == 404


# --- staff ----------------------------------------------------------------------------------------


def test_a_sign_in_is_proposed_by_one_and_confirmed_by_another(town, program):
    technician, head = program("technician"), program("head")
    new = {"email": "New@School.test", "name": "Ada  Lane", "role": "teacher", "why": "Joins."}
    made = technician.post("people", json=new)
    assert made.status_code == 202, made.text
    change = made.json()
    assert (change["outcome"], change["may_answer"]) == ("", False)
    assert technician.post(f"changes/{change['id']}/confirm").status_code == 403
    [waiting] = head.get("changes").json()["items"]
    assert waiting["may_answer"] and waiting["about"] == "Ada Lane"
    assert head.post(f"changes/{change['id']}/confirm").json()["outcome"] == "confirmed"
    with town.school.database.read() as session:
        user = session.exec(select(User).where(User.email == "new@school.test")).one()
    assert (user.display_name, user.role, user.password_hash) == ("Ada Lane", "teacher", "")
    assert head.post(f"changes/{change['id']}/decline").status_code == 422
    assert head.post("people", json=new).status_code == 403, "the head confirms, and proposes none"


def test_a_role_is_proposed_and_withdrawn(town, program):
    technician = program("technician")
    made = technician.post("people/office/role", json={"role": "teacher", "why": "Moves."}).json()
    lines = [(one["before"], one["after"]) for one in made["lines"]]
    assert lines == [("Office", "Teacher")]
    assert technician.post(f"changes/{made['id']}/withdraw").json()["outcome"] == "withdrawn"
    assert town.get(User, "office").role == "office"
    assert technician.post("people/nobody/role", json={"role": "head"}).status_code == 404
    assert technician.post("people/parent/role", json={"role": "head"}).status_code == 404


def test_closing_a_sign_in_ends_its_tokens(town, program):
    teacher, head = program("teacher"), program("head")
    assert program("coordinator").post("people/teacher/close").status_code == 403
    assert head.post("people/teacher/close").json()["active"] is False
    assert teacher.get("me").status_code == 401
    opened = program("technician").post("people/teacher/open", json={"why": "Is back."})
    assert opened.status_code == 202
    assert town.get(User, "teacher").active is False, "until it is confirmed"


def test_unlocking_and_ending(town, program):
    with town.school.database.write() as session:
        session.get_one(User, "teacher").locked_until = town.time.now + timedelta(minutes=9)
    technician = program("technician")
    words = {one["id"]: one["word"] for one in technician.get("people").json()["items"]}
    assert (words["teacher"], words["head"]) == ("Locked", "Open")
    assert technician.post("people/teacher/unlock").json()["word"] == "Open"
    theirs = Program(town, token_of(town, "office"))
    technician.post("people/office/end")
    assert theirs.get("me").status_code == 401
    assert program("teacher").get("people").status_code == 403


def test_training_is_signed_and_recorded(town, program):
    teacher, head = program("teacher"), program("head")
    assert [one["id"] for one in teacher.get("training").json()["items"]] == ["teacher"]
    version = town.school.aup.version
    wrong = {"version": "old", "name": "Teacher", "read": True}
    assert teacher.post("training/sign", json=wrong).status_code == 422
    assert teacher.post("training/sign", json=wrong | {"version": version}).status_code == 204
    day = str(town.school.today())
    trained = {"people": ["teacher"], "kind": "training", "on": day}
    assert teacher.post("training/record", json=trained).status_code == 403
    assert head.post("training/record", json=trained).status_code == 204
    with town.school.database.read() as session:
        kinds = session.exec(select(TrainingRecord.kind)).all()
    assert sorted(kinds) == ["aup", "training"]
    listed = {one["id"]: one["may_tweet"] for one in head.get("training").json()["items"]}
    assert listed["teacher"] and not listed["coordinator"]


def test_the_access_review_is_signed_as_seen(program):
    head = program("head")
    seen = head.get("access-review").json()
    assert {row["role"] for row in seen["listed"] if row["kind"] == "person"} >= {"head"}
    assert head.post("access-review", json={"digest": "x"}).status_code == 409
    assert head.post("access-review", json={"digest": seen["digest"]}).status_code == 204
    assert head.get("access-review").json()["differences"] == []
    assert program("teacher").get("access-review").status_code == 403


# --- places ---------------------------------------------------------------------------------------


def test_accounts(town, program):
    teacher, technician = program("teacher"), program("technician")
    assert [one["handle"] for one in teacher.get("accounts").json()["items"]] == ["townschool"]
    assert program("coordinator").get("accounts").json()["items"], "who sees reports sees all"
    assert teacher.post("accounts/x1/off").status_code == 403
    assert technician.post("accounts/x1/off").status_code == 204
    assert town.get(Account, "x1").active is False
    assert technician.post("accounts/nothing/off").status_code == 404
    made = technician.post("accounts/x1/on", json={"why": "Again."})
    assert made.status_code == 202
    assert town.get(ChangeRequest, made.json()["change_id"]).kind == "account-on"
    assert town.get(Account, "x1").active is False, "until it is confirmed"
    nobody = technician.post("accounts/x1/owner", json={"owner_id": "nobody"})
    assert nobody.status_code == 422
    assert technician.post("accounts/x1/check").status_code == 422, "no badge is set"


def test_by_hand_is_the_owners(town, program):
    town.add(
        Account(
            id="hand", channel="website", platform="by-hand", handle="pta.test",
            owner_id="teacher", secrets=town.school.cipher.encrypt(
                b'{"address": "https://pta.test", "name": "PTA"}'
            ),
        )
    )  # fmt: skip
    town.submission("s1", "approved")
    town.post("x1", "s1", "unknown", account_id="hand", sends=1)
    town.add(HandTask(post_id="x1"))
    assert program("office").get("by-hand").status_code == 403
    assert program("teacher").post("by-hand/nothing/not-up").status_code == 403
    listed = program("teacher").get("by-hand")
    assert listed.status_code == 200, listed.text
    assert [one["post"]["id"] for one in listed.json()["items"]] == ["x1"]
    assert program("teacher").post("by-hand/x1/not-up").status_code == 204
    assert town.get(HandTask, "x1").not_up is True


# --- records --------------------------------------------------------------------------------------


def test_the_audit_log_is_ones_own_or_everybodys(town, program):
    teacher, head = program("teacher"), program("head")
    with town.school.database.write() as session:
        tell(town.school, session, "password-link", "teacher", users=["teacher"])
    assert {one["who"] for one in teacher.get("activity").json()["items"]} == {"Teacher"}
    assert {one["who"] for one in head.get("activity").json()["items"]} == {"Teacher", "Head"}
    assert program("governor").get("activity").status_code == 403
    assert head.post("activity/verify").json() == {"whole": True, "breaks": []}
    with town.school.database.write() as session:
        session.exec(select(AuditEvent)).first().data = '{"changed": 1}'
    assert head.post("activity/verify").json()["whole"] is False


def test_what_is_kept(program):
    kept = {one["name"]: one for one in program("head").get("retention").json()["items"]}
    assert {"originals", "sign_ins", "api_tokens"} <= kept.keys()
    assert kept["sign_ins"]["days"] == 90 and kept["sign_ins"]["tonight"] == 0
    assert program("teacher").get("retention").status_code == 403


# --- the adults on the register ------------------------------------------------------------------


def test_who_has_a_say(town, program):
    office = program("office")
    new = {"name": "Sam Marsh", "email": "sam@home.test", "relation": "father"}
    made = office.post("pupils/p2/guardians", json=new)
    assert made.status_code == 201, made.text
    [guardian] = office.get("pupils/p2/record").json()["guardians"]
    assert (guardian["name"], guardian["relation"]) == ("Sam Marsh", "father")
    path = f"pupils/p2/guardians/{guardian['id']}"
    office.put(path, json={"name": "Samuel Marsh", "email": "sam@home.test"})
    assert office.post("pupils/p3/guardians", json=new | {"name": "Samuel Marsh"}).is_success
    [same] = office.get("pupils/p3/record").json()["guardians"]
    assert same["id"] == guardian["id"], "the same name and address is the same person"
    assert office.put("pupils/p1/guardians/g9", json={"name": "X"}).status_code == 422
    assert office.post(f"{path}/end").status_code == 200
    assert office.get("pupils/p2/record").json()["guardians"][0]["ended_at"] is not None
    assert program("head").post("pupils/p2/guardians", json=new).status_code == 403
    assert office.post("pupils/nobody/guardians", json=new).status_code == 404
    assert office.post("pupils/p2/guardians", json={"name": " "}).status_code == 422


def test_a_mistaken_answer_is_taken_back(program):
    office = program("office")
    answer = {
        "uses": ["website"], "scopes": ["group"], "decision": "no", "signed_by": "mother",
        "given_on": "2025-11-20",
    }  # fmt: skip
    office.post("pupils/p1/answers", json=answer)
    newest = office.get("pupils/p1/record").json()["said"][0]
    undone = office.post(f"pupils/p1/answers/{newest['id']}/undo")
    assert undone.json()["pupil"]["answers"]["website"]["group"] == "yes"
    assert office.post(f"pupils/p1/answers/{newest['id']}/undo").status_code == 409
    assert office.post(f"pupils/p2/answers/{newest['id']}/undo").status_code == 404


def test_a_colleague_joins_changes_leaves_and_returns(town, program):
    office = program("office")
    new = {"id": "s9", "title": "Ms", "first_name": "Ada", "last_name": "Lane"}
    assert office.post("staff", json=new).status_code == 201
    assert office.post("staff", json=new).status_code == 422
    changed = {"title": "Dr", "first_name": "Ada", "last_name": "Lane"}
    assert office.put("staff/s9", json=changed).json()["title"] == "Dr"
    today = str(town.school.today())
    assert office.post("staff/s9/leave", json={"left_on": today}).json()["left_on"] == today
    assert office.post("staff/s9/return").json()["left_on"] is None
    assert [one["id"] for one in office.get("staff").json()["items"]] == ["s1", "s9"]
    assert office.put("staff/nobody", json=changed).status_code == 404
    assert program("teacher").get("staff").status_code == 403
