"""More than one pupil in a picture (P03); one alone only with permission and a look (P04)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.rule import Options
from gatekeeper_detectors.rules.lone_pupil import RULE
from gatekeeper_detectors.values import (
    NOBODY,
    Answer,
    Box,
    Case,
    Face,
    Photo,
    Pupil,
    Register,
    StaffMember,
)

YES, NO, UNKNOWN = Answer.YES, Answer.NO, Answer.UNKNOWN
REGISTER = Register(
    (
        Pupil("group", "Ivy", "Quill", group=YES),
        Pupil("alone", "Ben", "Marsh", group=YES, individual=YES),
        Pupil("not-alone", "Ola", "Frost", group=YES, individual=NO),
    ),
    (StaffMember("head", "Dixon"), StaffMember("cook", "Okafor")),
)


def photo(*people: str) -> Photo:
    """A face for each: an id, `?` for unknown, `nobody` for a box said to be nobody."""
    boxes = [Box(100 * i, 0, 100 * i + 80, 100) for i in range(len(people))]
    return Photo("trip.jpg", faces=tuple(map(_face, people, boxes)))


def _face(who: str, box: Box) -> Face:
    if who == NOBODY:
        return Face(box, 0.9, matched="group", said=NOBODY)
    return Face(box, 0.9, matched="" if who == "?" else who)


def case(*photos: Photo) -> Case:
    return Case("website", "", photos, REGISTER, date(2026, 1, 5))


@pytest.mark.parametrize(
    ("people", "action"),
    [
        (["group"], Action.REJECT),
        (["not-alone"], Action.REJECT),
        (["alone"], Action.FLAG),
        (["?"], Action.FLAG),
        pytest.param(["left the school"], Action.FLAG, id="not on the roll"),
        pytest.param(["group", "head"], Action.REJECT, id="staff do not count"),
        (["alone", "head", "cook"], Action.FLAG),
        (["?", "head"], Action.FLAG),
        pytest.param(["group", NOBODY], Action.REJECT, id="nobody does not count"),
        (["?", NOBODY], Action.FLAG),
        pytest.param(["group", "group"], Action.REJECT, id="the same child twice"),
        (["group", "alone"], None),
        (["group", "?"], None),
        (["?", "?"], None),
        (["head"], None),
        ([NOBODY], None),
        ([], None),
    ],
)
def test_people(people: list[str], action: Action | None) -> None:
    findings = list(RULE.check(case(photo(*people)), Options()))
    assert [finding.action for finding in findings] == ([action] if action else [])


@pytest.mark.parametrize(
    ("people", "words"),
    [
        (["head", "not-alone"], ["Ola Frost", "no permission", "on the website"]),
        (["head", "alone"], ["Ben Marsh", "allows", "reviewer"]),
        (["head", "?"], ["not known whose"]),
    ],
)
def test_the_message_says_who_and_where(people: list[str], words: list[str]) -> None:
    (finding,) = RULE.check(case(photo(*people)), Options())
    assert all(word in finding.message for word in words)
    assert finding.box == Box(100, 0, 180, 100)
    assert finding.policy == ("P03", "P04")


def test_each_photo_is_counted_for_itself() -> None:
    findings = RULE.check(case(photo("group", "alone"), photo("group"), photo("alone")), Options())
    assert [(finding.photo, finding.action) for finding in findings] == [
        (1, Action.REJECT),
        (2, Action.FLAG),
    ]


def test_a_word_from_a_person_counts() -> None:
    said = Photo("trip.jpg", faces=(Face(Box(0, 0, 80, 100), 0.9, said="alone"),))
    (finding,) = RULE.check(case(said), Options())
    assert finding.action is Action.FLAG


@pytest.mark.parametrize(
    ("height", "action"), [(15, Action.FLAG), (16, None)], ids=["a speck", "a face"]
)
def test_a_speck_in_the_distance_makes_no_company(height, action) -> None:
    """Next to an unknown face of 16 pixels a pupil is not alone; `unknown-face` asks then."""
    near, far = photo("group", "?").faces
    far = replace(far, box=Box(300, 0, 312, height))
    found = list(RULE.check(case(replace(photo("group"), faces=(near, far))), Options()))
    assert [one.action for one in found] == ([] if action is None else [action])


def seen_with(bodies: list[Box], *people: str) -> Photo:
    return replace(photo(*people), bodies=tuple(bodies))


OWN = Box(-20, -10, 120, 500)
"""The body that belongs to the first face."""
BESIDE = Box(400, 0, 560, 500)
FAR = Box(700, 0, 860, 500)


@pytest.mark.parametrize(
    ("bodies", "people", "action"),
    [
        pytest.param([OWN], ["group"], Action.REJECT, id="the pupil's own body"),
        pytest.param([OWN, BESIDE], ["group"], Action.FLAG, id="somebody turned away beside"),
        pytest.param([BESIDE], ["group"], Action.FLAG, id="own body not found"),
        pytest.param([OWN, BESIDE], ["alone"], Action.FLAG, id="never cleared"),
        pytest.param([OWN, BESIDE], ["?"], Action.FLAG, id="unknown, never cleared"),
        pytest.param([OWN], ["head"], None, id="a teacher alone"),
        pytest.param([OWN, BESIDE], ["head"], Action.FLAG, id="a teacher and one from behind"),
        pytest.param([OWN, BESIDE, FAR], ["head"], None, id="a teacher and two from behind"),
        pytest.param([BESIDE], [], Action.FLAG, id="one from behind"),
        pytest.param([BESIDE, FAR], [], None, id="two from behind"),
        pytest.param([], [], None, id="nobody"),
    ],
)
def test_people_without_a_face(bodies, people, action) -> None:
    found = list(RULE.check(case(seen_with(bodies, *people)), Options()))
    assert [one.action for one in found] == ([] if action is None else [action])


def test_nothing_to_say_where_faces_were_not_searched() -> None:
    assert list(RULE.check(case(Photo("trip.jpg")), Options())) == []
