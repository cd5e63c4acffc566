"""Covering from the page: by its author, by a reviewer, and by nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.values import Box, Face, Writing
from gatekeeper_queue.models import Submission, SubmissionPhoto
from gatekeeper_queue.records import words_to_json

FIRST, SECOND = Box(40, 30, 90, 90), Box(140, 30, 190, 90)
SIGN = Box(20, 150, 120, 170)
ASKS = Finding("unknown-face", Action.FLAG, "Who is this?", "Say who.", ("P01",), 0, FIRST)
NAMES = Finding("name-in-picture", Action.REJECT, "“Kwame”.", "Cover it.", ("P02",), 0, SIGN)


@pytest.fixture
def flagged(town: Any) -> Any:
    faces = [Face(FIRST, 0.9), Face(SECOND, 0.9, matched="p1")]
    town.submission("one", "flagged", faces=faces, findings=[ASKS, NAMES])
    with town.school.database.write() as session:
        row = session.get_one(SubmissionPhoto, "photo-one")
        row.words = words_to_json([Writing(SIGN, "Kwame", 0.99)])
        session.add(row)
    return town


def patches(town: Any) -> int:
    return len(town.get(SubmissionPhoto, "photo-one").patches)


def send(town: Any, who: str, **fields: Any) -> Any:
    return town.client(who).fill_in("/submissions/one/cover", {"version": "1", **fields})


@pytest.mark.parametrize(
    ("who", "page"), [("teacher", "/submissions/one"), ("head", "/review/one")]
)
@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"which": "all"}, 2),
        ({"which": "unknown"}, 1),
        pytest.param({"which": "refused"}, 1, id="the words with a name"),
        ({"which": "chosen", "cover_1": "20,150,120,170"}, 1),
        ({"which": "chosen", "cover_1": ["40,30,90,90", "20,150,120,170"]}, 2),
    ],
)
def test_what_is_chosen_is_covered(
    flagged: Any, who: str, page: str, fields: Any, count: int
) -> None:
    answer = send(flagged, who, **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert patches(flagged) == count
    assert flagged.get(Submission, "one").state == "waiting"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"which": "chosen"}, "Choose at least one face"),
        ({"which": "chosen", "cover_1": "1,2,3"}, "Choose what to cover from the list"),
        ({"which": "chosen", "cover_1": "0,0,400,400"}, "has changed"),
        ({"which": "all", "version": "7"}, "was changed since you opened it"),
    ],
)
def test_what_cannot_be_used_changes_nothing(flagged: Any, fields: Any, words: str) -> None:
    answer = send(flagged, "teacher", **fields)
    assert answer.status_code == 409
    assert words in answer.text
    assert patches(flagged) == 0


def test_the_page_offers_the_words_with_their_box_ticked(flagged: Any) -> None:
    html = flagged.client("teacher").get("/submissions/one").text
    assert 'value="20,150,120,170" checked' in html
    assert "Words: “Kwame”" in html


def test_covers_can_be_taken_off(flagged: Any) -> None:
    send(flagged, "teacher", which="all")
    with flagged.school.database.write() as session:
        row = session.get_one(Submission, "one")
        row.state = "flagged"
        session.add(row)
    client = flagged.client("teacher")
    assert "Take all off again" in client.get("/submissions/one").text
    answer = client.fill_in("/submissions/one/uncover", {"version": "2"})
    assert answer.status_code == 303
    assert patches(flagged) == 0


def test_another_teacher_finds_nothing_there(flagged: Any) -> None:
    other = flagged.client("office")
    assert other.get("/submissions/one").status_code == 404


def test_the_author_finds_the_one_press_above_everything_else(town: Any) -> None:
    faces = [Face(FIRST, 0.9, matched="p3"), Face(SECOND, 0.9, matched="p1")]
    town.submission("one", "rejected", faces=faces)
    town.submission("two", "rejected", faces=faces[1:])
    button, rest = "Cover 1 face without permission", "Cover every face (2)"
    html = town.client("teacher").get("/submissions/one").text
    assert html.count(button) == 1
    assert html.index(button) < html.index("Change it") < html.index(rest)
    assert "without permission</button>" not in town.client("teacher").get("/submissions/two").text
    others = town.client("head").get("/submissions/one").text
    assert button not in others
    send(town, "teacher", which="refused")
    assert patches(town) == 1
