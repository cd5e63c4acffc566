"""Large, face-on faces are noted whatever the consent; a school may reject them (G01)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gatekeeper_detectors.findings import Action, Outcome
from gatekeeper_detectors.policy import judge, make_policy
from gatekeeper_detectors.rule import DidNotRun
from gatekeeper_detectors.rules.identifiable_face import RULE, IdentifiableFaceOptions
from gatekeeper_detectors.values import (
    NOBODY,
    Answer,
    Box,
    Case,
    CleanPicture,
    Face,
    Photo,
    Pupil,
    Register,
    StaffMember,
)

REGISTER = Register(
    (Pupil("yes", "Ivy", "Quill", group=Answer.YES),), (StaffMember("cook", "Poe"),)
)
CLEAN = CleanPicture(b"", "0" * 64, 800, 600, 800, 600, "JPEG")


def face(height: int = 120, turn: float | None = 0.0, matched: str = "", said: str = "") -> Face:
    return Face(Box(0, 0, 80, height), 0.9, matched=matched, said=said, turn=turn)


def check(*faces: Face, options: IdentifiableFaceOptions = IdentifiableFaceOptions()):
    photo = Photo("trip.jpg", CLEAN, faces=faces)
    return list(RULE.check(Case("website", "", (photo,), REGISTER, date(2026, 1, 5)), options))


@pytest.mark.parametrize(
    ("one", "found"),
    [
        (face(), True),
        pytest.param(face(matched="yes"), True, id="consent makes no difference"),
        (face(height=48), True),
        pytest.param(face(height=47), False, id="a little too small"),
        (face(turn=0.8), True),
        (face(turn=-0.8), True),
        pytest.param(face(turn=0.81), False, id="turned a little too far"),
        (face(turn=-1.5), False),
        pytest.param(face(turn=None), False, id="a full profile"),
        pytest.param(
            replace(face(turn=None), found_by=("hog",)), True, id="found by the frontal detector"
        ),
        pytest.param(face(matched="cook"), False, id="staff"),
        pytest.param(face(matched="yes", said="cook"), False, id="staff, as somebody said"),
        pytest.param(face(said=NOBODY), False, id="a poster"),
    ],
)
def test_which_faces_are_identifiable(one: Face, found: bool) -> None:
    assert bool(check(one)) is found


def test_the_finding_says_how_large_and_how_frontal() -> None:
    straight, turned = check(face(height=212, turn=0.1), face(height=90, turn=-0.6))
    assert "212 pixels" in straight.message and "straight" in straight.message
    assert "90 pixels" in turned.message and "mostly" in turned.message
    assert (straight.action, straight.photo, straight.box) == (Action.NOTE, 0, Box(0, 0, 80, 212))


@pytest.mark.parametrize(
    ("action", "outcome"),
    [(None, Outcome.CLEAR), ("flag", Outcome.FLAGGED), ("reject", Outcome.REJECTED)],
)
def test_the_school_decides(action: str | None, outcome: Outcome) -> None:
    rules = {} if action is None else {"identifiable-face": {"action": action}}
    assert judge(check(face()), make_policy({"rules": rules})).outcome is outcome


def test_a_search_that_did_not_finish_blocks() -> None:
    case = Case("website", "", (Photo("trip.jpg", CLEAN),), REGISTER, date(2026, 1, 5))
    with pytest.raises(DidNotRun, match="did not finish"):
        list(RULE.check(case, IdentifiableFaceOptions()))
