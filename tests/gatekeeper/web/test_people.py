"""Sign-ins and changes: proposed on one page, confirmed on another, by two people."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlmodel import select

from gatekeeper.hashing import Refused
from gatekeeper.signin import sign_in
from gatekeeper.tokens import issue
from gatekeeper_queue.models import User
from gatekeeper_queue.record_models import ChangeRequest

NEW = {"name": "Lucía Reyes", "email": "L.Reyes@school.test", "role": "teacher", "why": "Music."}


def change(town: Any) -> ChangeRequest:
    with town.school.database.read() as session:
        return session.exec(select(ChangeRequest)).one()


def user(town: Any, email: str) -> User | None:
    with town.school.database.read() as session:
        return session.exec(select(User).where(User.email == email)).first()


def test_from_a_proposal_to_the_first_sign_in(town: Any) -> None:
    technician, head = town.client("technician"), town.client("head")
    assert technician.fill_in("/people", NEW).headers["location"] == "/people?done=proposed"
    assert "Lucía Reyes (teacher) waits for" in technician.get("/people").text
    assert user(town, "l.reyes@school.test") is None

    page = head.get("/changes").text
    assert "A new sign-in: Lucía Reyes" in page and "Music." in page
    sent = head.fill_in(f"/changes/{change(town).id}/confirm")
    assert sent.headers["location"] == "/changes?done=confirm"
    assert "Proposed by Technician" in head.get("/changes").text

    new = user(town, "l.reyes@school.test")
    assert new is not None
    assert "No password yet" in technician.get("/people").text
    shown = technician.fill_in(f"/people/{new.id}/password/link").text
    (path,) = re.findall(r"https://school\.test(/set-password/[\w-]+)", shown)
    assert path not in technician.get(f"/people/{new.id}").text  # shown once

    anybody = town.client()
    assert "Lucía Reyes" in anybody.get(path).text
    for wrong, says in (
        ({"password": "short", "again": "short"}, "at least 10 characters"),
        ({"password": "long enough now", "again": "another"}, "differ"),
    ):
        answer = anybody.post(path, data=wrong)
        assert (answer.status_code, says in answer.text) == (422, True)
    right = {"password": "long enough now", "again": "long enough now"}
    assert anybody.post(path, data=right).headers["location"] == "/sign-in"
    assert anybody.post(path, data=right).status_code == 410
    assert anybody.get(path).status_code == 410
    assert sign_in(town.school, "l.reyes@school.test", "long enough now", "-")


def test_a_link_is_not_taken_from_another_site(town: Any) -> None:
    shown = town.client("technician").fill_in("/people/teacher/password/link").text
    (path,) = re.findall(r"https://school\.test(/set-password/[\w-]+)", shown)
    data = {"password": "long enough now", "again": "long enough now"}
    forged = town.client().post(path, data=data, headers={"sec-fetch-site": "cross-site"})
    assert forged.status_code == 403
    assert "Teacher" in town.client().get(path).text


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"email": "nonsense"}, "is not an e-mail address"),
        ({"email": "HEAD@school.test"}, "a sign-in for head@school.test already"),
        ({"name": " "}, "Give the person’s name"),
        ({"role": "parent"}, "There is no role"),
        ({"why": ""}, "Say why"),
    ],
)
def test_a_mistake_is_named_and_what_was_typed_stays(town: Any, data: Any, says: str) -> None:
    answer = town.client("technician").fill_in("/people", {**NEW, **data})
    assert (answer.status_code, says in answer.text) == (422, True)
    kept = {"name": "Lucía Reyes", "why": "Music."}
    assert all(value in answer.text for name, value in kept.items() if name not in data)


def test_a_role_is_changed_by_two_people(town: Any) -> None:
    coordinator, head = town.client("coordinator"), town.client("head")
    coordinator.fill_in("/people/teacher/role", {"role": "coordinator", "why": "Stands in."})
    assert town.get(User, "teacher").role == "teacher"
    refused = coordinator.fill_in(f"/changes/{change(town).id}/confirm")
    assert refused.status_code == 403
    head.fill_in(f"/changes/{change(town).id}/confirm")
    assert town.get(User, "teacher").role == "coordinator"
    again = head.fill_in(f"/changes/{change(town).id}/decline")
    assert (again.status_code, "decided already" in again.text) == (409, True)


def test_a_proposal_is_declined_or_withdrawn(town: Any) -> None:
    technician, head = town.client("technician"), town.client("head")
    technician.fill_in("/people/teacher/role", {"role": "office", "why": "Moves."})
    assert "Withdraw it" in technician.get("/changes").text
    assert "Withdraw it" not in head.get("/changes").text
    technician.fill_in(f"/changes/{change(town).id}/withdraw")
    assert change(town).outcome == "withdrawn"
    assert town.get(User, "teacher").role == "teacher"


def test_a_sign_in_is_closed_at_once_and_opened_by_two(town: Any) -> None:
    technician = town.client("technician")
    teacher = town.client("teacher")
    technician.fill_in("/people/teacher/close")
    assert teacher.get("/submissions").status_code == 303
    assert "A sign-in closed" in technician.get("/changes").text
    technician.fill_in("/people/teacher/open", {"why": "Came back."})
    assert not town.get(User, "teacher").active
    with town.school.database.read() as session:
        opening = session.exec(select(ChangeRequest).where(ChangeRequest.outcome == "")).one()
    town.client("head").fill_in(f"/changes/{opening.id}/confirm")
    assert town.get(User, "teacher").active
    assert teacher.get("/submissions").status_code == 303  # the old session stays ended


def test_the_only_head_cannot_be_closed_or_demoted(town: Any) -> None:
    technician = town.client("technician")
    for path, data in (
        ("/people/head/close", {}),
        ("/people/head/role", {"role": "teacher", "why": "Retires."}),
    ):
        answer = technician.fill_in(path, data)
        assert (answer.status_code, "only person who can confirm" in answer.text) == (422, True)
    assert town.get(User, "head").active


def test_a_technician_cannot_become_the_head(town: Any) -> None:
    """No link for the head, and no answer to what one proposed oneself."""
    technician = town.client("technician")
    assert technician.fill_in("/people/head/password/link").status_code == 403
    assert "Make a link" not in technician.get("/people/head").text
    technician.fill_in("/people/technician/role", {"role": "head", "why": "I would like to."})
    assert technician.fill_in(f"/changes/{change(town).id}/confirm").status_code == 403
    assert town.get(User, "technician").role == "technician"


def test_a_locked_sign_in_is_unlocked_and_sessions_are_ended(town: Any) -> None:
    for _ in range(5):
        with pytest.raises(Refused):
            sign_in(town.school, "teacher@school.test", "wrong", "-")
    technician = town.client("technician")
    assert "Locked" in technician.get("/people").text
    technician.fill_in("/people/teacher/unlock")
    teacher = town.client("teacher")
    technician.fill_in("/people/teacher/end")
    assert teacher.get("/submissions").status_code == 303


@pytest.mark.parametrize("path", ["/people/parent", "/people/nobody"])
def test_only_staff_have_a_page_here(town: Any, path: str) -> None:
    technician = town.client("technician")
    assert technician.get(path).status_code == 404
    assert technician.fill_in(f"{path}/close").status_code == 404
    assert "parent@school.test" not in technician.get("/people").text


def test_ones_own_password_is_changed_on_a_page(town: Any) -> None:
    client, other = town.client("governor"), town.client("governor")
    good = {
        "present": "correct horse battery",
        "password": "new and longer",
        "again": "new and longer",
    }
    for wrong, says in (
        ({"present": "wrong"}, "present password is wrong"),
        ({"again": "other"}, "differ"),
        ({"password": "short", "again": "short"}, "at least 10 characters"),
    ):
        answer = client.fill_in("/password", {**good, **wrong})
        assert (answer.status_code, says in answer.text) == (422, True)
    assert client.fill_in("/password", good).headers["location"] == "/password?done=changed"
    assert "is changed" in client.get("/password?done=changed").text  # signed in anew
    assert other.get("/password").status_code == 303


def test_a_notice_leads_to_its_change(town: Any) -> None:
    town.client("technician").fill_in("/people", NEW)
    head = town.client("head")
    assert head.get(f"/changes/{change(town).id}").headers["location"].endswith(change(town).id)
    assert head.get("/changes/none").headers["location"] == "/changes"


def test_the_head_reads_that_a_new_head_sets_another_password(town: Any) -> None:
    technician, head = town.client("technician"), town.client("head")
    teacher = town.client("teacher")
    technician.fill_in("/people/teacher/role", {"role": "head", "why": "Deputy."})
    assert "sets a new password" in head.get("/changes").text
    head.fill_in(f"/changes/{change(town).id}/confirm")
    assert teacher.get("/submissions").status_code == 303
    assert "No password yet" in head.get("/people/teacher").text
    assert technician.fill_in("/people/teacher/password/link").status_code == 403
    assert head.fill_in("/people/teacher/password/link").status_code == 200


def test_a_persons_tokens_are_seen_until_their_sessions_are_ended(town: Any) -> None:
    with town.school.database.write() as session:
        teacher = session.get_one(User, "teacher")
        issue(town.school, session, teacher, name="Hall board", may_write=False, days=7)
        other = session.get_one(User, "office")
        issue(town.school, session, other, name="Letters", may_write=True, days=7)
    technician = town.client("technician")
    html = technician.get("/people/teacher").text
    assert "Hall board: reads only, ends" in html
    assert "Letters" not in html
    technician.fill_in("/people/teacher/end")
    assert "Hall board" not in technician.get("/people/teacher").text
