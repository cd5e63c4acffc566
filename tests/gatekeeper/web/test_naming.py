"""An author says who faces are on their own page; the reviewer finds the names filled in."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.values import NOBODY, Box, Face
from gatekeeper_queue.models import FaceWord, Submission

FIRST, SECOND = Box(40, 30, 90, 90), Box(140, 30, 190, 90)
FOUND = Finding("unknown-face", Action.FLAG, "Who is this?", "Say who.", ("P01",), 0, FIRST)
BOXES = {"box_1_1": "40,30,90,90", "box_1_2": "140,30,190,90"}


def faces(*claims: str) -> list[Face]:
    boxes = (FIRST, SECOND)
    return [
        Face(box, 0.9, claimed=who) for box, who in zip(boxes, claims or ("", ""), strict=False)
    ]


def words(town: Any) -> list[tuple[str, str]]:
    with town.school.database.read() as session:
        return [(word.person_id, word.said_by) for word in session.exec(select(FaceWord))]


def checked(html: str) -> list[tuple[str, str]]:
    """Name and value of each radio button that is chosen already."""
    pattern = r'<input type="radio" name="([^"]+)" value="([^"]+)"[^>]* checked>'
    return re.findall(pattern, html)


@pytest.fixture
def shown(town: Any) -> Any:
    town.submission("one", "flagged", faces=faces(), findings=[FOUND], class_name="2B")
    return town


def test_the_author_finds_the_faces_beside_the_class_list(shown: Any) -> None:
    html = shown.client("teacher").get("/submissions/one").text
    assert "2 faces are not known." in html
    for name in ("Poppy Wainscott", "Zoë Marsh", "Nobody who can be known"):
        assert html.count(f">{name}</span>") == 2
    assert ">Emeka Lane</span>" not in html  # another class: found by typing
    assert 'value="Emeka Lane, 5K (p3)"' in html
    assert not checked(html)


def test_what_the_author_says_is_recorded_as_a_claim_and_checked_again(shown: Any) -> None:
    data = {**BOXES, "who_1_1": "p1", "who_1_2": "other", "other_1_2": "ashdown"}
    assert shown.client("teacher").fill_in("/submissions/one/faces", data).status_code == 303
    assert words(shown) == [("p1", "teacher"), ("s1", "teacher")]
    submission = shown.get(Submission, "one")
    assert (submission.state, submission.needs_person) == ("waiting", True)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({}, "Choose who at least one face is."),
        ({"who_1_1": "other"}, "Type the name of the person in photo 1, face 1"),
        ({"who_1_1": "p99"}, "That person is not on the register."),
        ({"who_1_1": "p1", "box_1_1": "1,2,3,4"}, "The photo has changed"),
    ],
)
def test_what_cannot_be_used_is_explained_and_kept(shown: Any, data: Any, says: str) -> None:
    response = shown.client("teacher").fill_in("/submissions/one/faces", {**BOXES, **data})
    assert response.status_code == 409
    assert says in response.text
    assert words(shown) == []
    kept = [(name, value) for name, value in data.items() if name == "who_1_1" and value != "p99"]
    assert checked(response.text) == kept


@pytest.mark.parametrize(
    ("who", "status"),
    [("other", 404), ("coordinator", 403), ("office", 404), ("parent", 404)],
)
def test_only_the_author_claims(shown: Any, who: str, status: int) -> None:
    shown.person("other", "teacher")
    data = {**BOXES, "who_1_1": "p1"}
    assert shown.client(who).fill_in("/submissions/one/faces", data).status_code == status
    assert words(shown) == []


def test_the_reviewer_finds_the_names_chosen_and_confirms_them_in_one_press(town: Any) -> None:
    claimed = faces("p1", NOBODY)
    town.submission("one", "flagged", faces=claimed, findings=[FOUND], class_name="2B")
    html = town.client("head").get("/review/one").text
    assert checked(html) == [("who_1_1", "p1"), ("who_1_2", NOBODY)]
    assert "Confirm these names" in html
    assert "Poppy Wainscott?" in html
    assert "Named by the author; a second person confirms it." in html
    assert "disabled" in html  # not approved before
    data = {**BOXES, **dict(checked(html))}
    assert town.client("head").fill_in("/review/one/faces", data).status_code == 303
    assert words(town) == [("p1", "head"), (NOBODY, "head")]


def test_a_face_without_a_name_makes_it_saving_and_not_confirming(town: Any) -> None:
    town.submission("one", "flagged", faces=faces("p1", ""), findings=[FOUND])
    html = town.client("head").get("/review/one").text
    assert "Confirm these names" not in html
    assert "Save who they are" in html


def test_a_name_that_the_author_took_back_is_shown_to_the_reviewer(town: Any) -> None:
    town.submission("one", "flagged", faces=faces(), findings=[FOUND], class_name="2B")
    teacher = town.client("teacher")
    teacher.fill_in("/submissions/one/faces", {**BOXES, "who_1_1": "other", "other_1_1": "Emeka"})
    row = town.get(Submission, "one")
    town.add(replaced(row, "rejected"))
    assert "as the author said before" in town.client("head").get("/review/one").text


def replaced(row: Submission, state: str) -> Submission:
    row.state = state
    return row


def test_a_child_who_may_not_be_shown_is_named_and_can_be_changed(town: Any) -> None:
    refused = Finding("unconsented-face", Action.REJECT, "No.", "Cover it.", ("P01",), 0, FIRST)
    town.submission("one", "rejected", faces=faces("p3", ""), findings=[refused], class_name="5K")
    html = town.client("teacher").get("/submissions/one").text
    assert "No permission for: Website. Named by the author." in html
    assert checked(html) == [("who_1_1", "p3")]
    assert "I am not sure after all" in html
    data = {**BOXES, "who_1_1": "unsure"}
    assert town.client("teacher").fill_in("/submissions/one/faces", data).status_code == 303
    assert words(town) == [("", "teacher")]


@pytest.mark.parametrize("state", ["approved", "returned", "waiting", "discarded"])
def test_names_are_asked_for_only_while_it_is_open(town: Any, state: str) -> None:
    town.submission("one", state, faces=faces(), class_name="2B")
    assert "Who is it?" not in town.client("teacher").get("/submissions/one").text
    data = {**BOXES, "who_1_1": "p1"}
    assert town.client("teacher").fill_in("/submissions/one/faces", data).status_code == 409


def test_faces_that_are_known_are_not_asked_for(town: Any) -> None:
    known = [replace(face, matched="p1") for face in faces()]
    town.submission("one", "flagged", faces=known, findings=[FOUND], class_name="2B")
    assert "Who is it?" not in town.client("teacher").get("/submissions/one").text


def test_a_large_roll_is_not_listed_and_a_name_can_be_typed_all_the_same(
    shown: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gatekeeper.web.naming._MOST_LISTED", 2)
    client = shown.client("teacher")
    html = client.get("/submissions/one").text
    assert 'value="Emeka Lane, 5K (p3)"' not in html
    assert html.count(">Zoë Marsh</span>") == 2  # the class is offered
    several = {**BOXES, "who_1_1": "other", "other_1_1": "2B"}
    told = client.fill_in("/submissions/one/faces", several).text
    assert "Poppy Wainscott, 2B (p1); Zoë Marsh, 2B (p2). Type one of them in full" in told
    one = {**BOXES, "who_1_1": "other", "other_1_1": "Zoë Marsh, 2B (p2)"}
    assert client.fill_in("/submissions/one/faces", one).status_code == 303
    assert words(shown) == [("p2", "teacher")]
