"""A child without permission stops the picture, whoever said who it is."""

from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.policy import PolicyError, make_policy
from gatekeeper_detectors.rule import Options
from gatekeeper_detectors.rules.unconsented_face import RULE
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

REGISTER = Register(
    (
        Pupil("yes", "Ivy", "Quill", group=Answer.YES),
        Pupil("no", "Ola", "Frost", group=Answer.NO),
        Pupil("unknown", "Kit", "Lowe", preferred_name="Kitty"),
    ),
    (StaffMember("head", "Dixon"),),
)


def case(*photos: tuple[Face, ...] | None, channel: str = "twitter") -> Case:
    return Case(
        channel=channel,
        caption="",
        photos=tuple(Photo("trip.jpg", faces=faces) for faces in photos),
        register=REGISTER,
        today=date(2026, 1, 5),
    )


def face(matched: str = "", said: str = "", left: int = 0) -> Face:
    return Face(Box(left, 0, left + 80, 100), 0.9, matched=matched, said=said)


@pytest.mark.parametrize("word", ["yes", NOBODY])
def test_a_word_against_the_machine_is_shown_to_the_reviewer(word: str) -> None:
    """The machine knows a child who may not be shown; a person says that it is not."""
    (finding,) = RULE.check(case((face("no", said=word),)), Options())
    assert finding.action is Action.FLAG
    assert "Ola Frost" in finding.message


@pytest.mark.parametrize(
    ("one", "stopped"),
    [
        (face("no"), True),
        (face("unknown"), True),
        (face(said="no"), True),
        pytest.param(face("yes", said="no"), True, id="a person's word goes first"),
        pytest.param(face("no", said="yes"), False, id="in both directions"),
        pytest.param(face("no", said=NOBODY), False, id="said to be nobody"),
        (face("yes"), False),
        (face("head"), False),
        pytest.param(face(), False, id="unknown faces are another rule's"),
        pytest.param(face("left the school"), False, id="and those who are not on the roll"),
    ],
)
def test_faces(one: Face, stopped: bool) -> None:
    found = RULE.check(case((one,)), Options())
    assert any(finding.action is Action.REJECT for finding in found) is stopped


@pytest.mark.parametrize(
    ("who", "channel", "words"),
    [
        ("no", "twitter", ["Ola Frost", "on Twitter", "said no", "taken their permission back"]),
        ("no", "website", ["Ola Frost", "on the website"]),
        ("unknown", "parents", ["Kitty Lowe", "parents’ area", "has not answered", "run out"]),
        ("unknown", "newsletter", ["Kitty Lowe", "on “newsletter”"]),
    ],
)
def test_the_message_names_child_channel_and_answer(
    who: str, channel: str, words: list[str]
) -> None:
    (finding,) = RULE.check(case((face(who),), channel=channel), Options())
    assert finding.action is Action.REJECT
    assert all(word in finding.message for word in words)
    assert "crop or cover" in finding.mend


def test_each_finding_points_at_its_face() -> None:
    both = list(RULE.check(case((face("yes"),), (face("yes"), face("no", left=90))), Options()))
    assert [(finding.photo, finding.box) for finding in both] == [(1, Box(90, 0, 170, 100))]


def test_photos_without_a_search_are_left_to_the_rule_that_blocks_them() -> None:
    assert list(RULE.check(case(None), Options())) == []


@pytest.mark.parametrize("action", ["off"])
def test_no_school_can_switch_it_off(action: str) -> None:
    with pytest.raises(PolicyError, match="cannot be switched off"):
        make_policy({"rules": {RULE.id: {"action": action}}})
