"""A face without a name waits for the coordinator, and a search that failed blocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import DidNotRun
from gatekeeper_detectors.rules.unknown_face import RULE, UnknownFaceOptions
from gatekeeper_detectors.values import (
    NOBODY,
    Answer,
    Box,
    Candidate,
    Case,
    CleanPicture,
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
        Pupil("unknown", "Kit", "Lowe"),
    ),
    (StaffMember("head", "Dixon"),),
)
CLEAN = CleanPicture(b"", "0" * 64, 800, 600, 800, 600, "JPEG")


def case(*photos: Photo) -> Case:
    return Case("twitter", "", photos, REGISTER, date(2026, 1, 5))


def showing(*faces: Face) -> Case:
    return case(Photo("trip.jpg", CLEAN, faces=faces))


def face(
    matched: str = "", said: str = "", unfit: str = "", near: Sequence[tuple[str, float]] = ()
) -> Face:
    candidates = tuple(Candidate(who, distance) for who, distance in near)
    return Face(Box(0, 0, 80, 100), 0.9, (), unfit, candidates, matched, said)


def check(of: Case, look_alike: float = 0.6) -> list[Finding]:
    return list(RULE.check(of, UnknownFaceOptions(look_alike=look_alike)))


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (face(), "not recognised with certainty"),
        (face(unfit="turned away"), "it is turned away"),
        (face(unfit="blurred"), "it is blurred"),
        (face(matched="gone"), "no longer on the roll"),
        (face(said="gone"), "no longer on the roll"),
    ],
)
def test_why(one: Face, words: str) -> None:
    (finding,) = check(showing(one))
    assert finding.action is Action.FLAG
    assert finding.box == one.box
    assert words in finding.message


@pytest.mark.parametrize(
    "one",
    [
        face("yes"),
        face("no"),
        face("unknown"),
        face("head"),
        face(said="yes"),
        face(said=NOBODY),
        face(said="yes", unfit="blurred"),
    ],
)
def test_faces_that_somebody_knows(one: Face) -> None:
    assert check(showing(one)) == []


@pytest.mark.parametrize(
    ("near", "name"),
    [
        ([("no", 0.44), ("yes", 0.45)], "Ola Frost"),
        ([("unknown", 0.6)], "Kit Lowe"),
        ([("unknown", 0.61)], None),
        pytest.param([("yes", 0.44), ("no", 0.45)], None, id="not the nearest"),
        ([("head", 0.44), ("no", 0.45)], None),
        ([], None),
    ],
)
def test_warns_of_a_look_alike_without_permission(
    near: list[tuple[str, float]], name: str | None
) -> None:
    (finding,) = check(showing(face(near=near)))
    assert ("there is no permission on Twitter" in finding.message) is (name is not None)
    assert name is None or name in finding.message


def test_the_warning_reaches_as_far_as_the_school_says() -> None:
    of = showing(face(near=[("no", 0.5)]))
    assert "Ola" in check(of, 0.5)[0].message
    assert "Ola" not in check(of, 0.4)[0].message


@pytest.mark.parametrize(
    ("problem", "said"),
    [("the search took longer than 60 seconds", "longer than 60"), ("", "did not finish")],
)
def test_a_search_that_did_not_finish_blocks(problem: str, said: str) -> None:
    with pytest.raises(DidNotRun, match=said):
        check(case(Photo("trip.jpg", CLEAN, faces_problem=problem)))


def test_the_other_photos_are_still_judged() -> None:
    findings = RULE.check(
        case(Photo("a.jpg", CLEAN), Photo("b.jpg", CLEAN, faces=(face(),))), UnknownFaceOptions()
    )
    assert next(iter(findings)).photo == 1


def test_an_unreadable_picture_is_another_rules() -> None:
    assert check(case(Photo("notes.txt", problem="This is not a picture."))) == []


def test_no_face_no_finding() -> None:
    assert check(showing()) == []
