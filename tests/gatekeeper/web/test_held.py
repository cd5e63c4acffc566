"""A changed policy file: staff read on every page that nothing is sent, and the head confirms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from gatekeeper.web import create_app
from gatekeeper_detectors.policy import make_policy
from gatekeeper_queue.policy_changes import note_policy
from gatekeeper_queue.record_models import ChangeRequest

SAYS = "The rules were changed and wait"


def start(town: Any, **rules: Any) -> None:
    """Start the pages (again) with this policy."""
    town.school = replace(town.school, policy=make_policy({"rules": rules}))
    with town.school.database.write() as session:
        note_policy(town.school, session)
    town.app = create_app(town.school, town.settings)


@pytest.mark.parametrize(
    ("role", "page"),
    [
        ("teacher", "/submissions"),
        ("coordinator", "/review"),
        ("office", "/register"),
        ("governor", "/rules"),
        ("technician", "/people"),
    ],
)
def test_staff_read_it_on_every_page(town: Any, role: str, page: str) -> None:
    start(town)
    assert SAYS not in town.client(role).get(page).text
    start(town, **{"lone-pupil": {"action": "note"}})
    assert SAYS in town.client(role).get(page).text


def test_parents_and_visitors_read_nothing_of_it(town: Any) -> None:
    start(town)
    start(town, **{"lone-pupil": {"action": "note"}})
    assert SAYS not in town.client("parent").get("/rules").text
    assert SAYS not in town.client().get("/news").text
    assert SAYS not in town.client().get("/sign-in").text


def test_the_head_sees_what_changed_and_confirms(town: Any) -> None:
    start(town, **{"too-long": {"action": "flag", "max_caption": 9}})
    start(town, **{"too-long": {"action": "flag"}, "lone-pupil": {"action": "note"}})
    head = town.client("head")
    page = head.get("/changes").text
    assert "Rule lone-pupil: action" in page
    assert "Rule too-long: max caption" in page and "as the rule suggests" in page
    assert "Rule too-long: action" not in page
    with town.school.database.read() as session:
        change = session.exec(select(ChangeRequest)).one()
    head.fill_in(f"/changes/{change.id}/confirm")
    assert SAYS not in head.get("/review").text


def test_a_declined_policy_says_what_to_do(town: Any) -> None:
    start(town)
    start(town, **{"lone-pupil": {"action": "note"}})
    head = town.client("head")
    with town.school.database.read() as session:
        change = session.exec(select(ChangeRequest)).one()
    head.fill_in(f"/changes/{change.id}/decline")
    assert "puts the policy file back" in head.get("/review").text
    start(town)
    assert "Nothing is sent" not in town.client("head").get("/review").text
