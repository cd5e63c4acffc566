"""Recognition as a table of near misses, and its promises as properties."""

from __future__ import annotations

from dataclasses import fields
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_detectors.faces.recognise import SeenFace, photo_with_faces, recognise
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.values import (
    Answer,
    Box,
    Decision,
    Face,
    Photo,
    Pupil,
    Register,
    StaffMember,
    Template,
)

LIMITS = Thresholds(strict=0.425, margin=0.12)
PUPILS = (
    Pupil("yes-2b", "Ivy", "Quill", class_name="2B", group=Answer.YES),
    Pupil("yes-5k", "Ben", "Marsh", class_name="5K", group=Answer.YES),
    Pupil("no-5k", "Ola", "Frost", class_name="5K", group=Answer.NO),
    Pupil("unknown-2b", "Kit", "Lowe", class_name="2B"),
    Pupil("yes-3c-choir", "Uma", "Rose", class_name="3C; Choir", group=Answer.YES),
)
STAFF = (StaffMember("head", "Dixon"),)
EVERYBODY = [*(pupil.pupil_id for pupil in PUPILS), "head", "left-the-school"]


def at(*coordinates: float) -> np.ndarray:
    return np.array([*coordinates, 0.0], dtype=np.float32)


def seen(vector: np.ndarray | None, unfit: str = "") -> SeenFace:
    return SeenFace(Box(0, 0, 80, 100), 0.9, ("centerface-640",), unfit, vector)


def register(**places: float) -> Register:
    """Everybody's place on a line; faces are put on the same line."""
    templates = tuple(Template(who.replace("_", "-"), at(x)) for who, x in places.items())
    return Register(PUPILS, STAFF, templates)


@pytest.mark.parametrize(
    ("places", "class_name", "matched"),
    [
        pytest.param({"yes_2b": 0.3}, "", "yes-2b", id="alone and near"),
        pytest.param({"yes_2b": 0.43}, "", "", id="a little too far"),
        pytest.param({"yes_2b": 0.3, "yes_5k": 0.43}, "", "yes-2b", id="the next far enough"),
        pytest.param({"yes_2b": 0.3, "yes_5k": 0.41}, "", "", id="the next too near"),
        pytest.param({"yes_2b": 0.3, "yes_5k": -0.41}, "", "", id="too near on the other side"),
        pytest.param({"yes_2b": 0.3, "no_5k": 0.41}, "", "", id="in doubt between yes and no"),
        pytest.param({"no_5k": 0.3}, "", "no-5k", id="nearest may not be shown"),
        pytest.param({"no_5k": 0.3, "yes_2b": 0.31}, "", "no-5k", id="the same, without margin"),
        pytest.param({"no_5k": 0.3}, "2B", "no-5k", id="the same, in another class"),
        pytest.param({"no_5k": 0.43}, "", "", id="may not be shown, too far"),
        pytest.param({"unknown_2b": 0.3, "yes_2b": 0.31}, "", "unknown-2b", id="no answer"),
        pytest.param({"yes_2b": 0.3}, "2B", "yes-2b", id="in the class"),
        pytest.param({"yes_2b": 0.3}, " 2b ", "yes-2b", id="in the class, typed loosely"),
        pytest.param({"yes_2b": 0.3}, "5K", "", id="in another class"),
        pytest.param({"yes_2b": 0.3}, "9Z", "", id="in a class that does not exist"),
        pytest.param({"yes_3c_choir": 0.3}, "choir", "yes-3c-choir", id="in two classes, the one"),
        pytest.param({"yes_3c_choir": 0.3}, "3C", "yes-3c-choir", id="in two classes, the other"),
        pytest.param({"yes_3c_choir": 0.3}, "3", "", id="in two classes, but not in this"),
        pytest.param({"head": 0.3}, "5K", "head", id="staff, in any class"),
        pytest.param({"left_the_school": 0.3}, "", "left-the-school", id="not on the roll"),
        pytest.param({"yes_2b": 0.3, "left_the_school": 0.35}, "", "", id="margin to everybody"),
        pytest.param({}, "", "", id="nobody enrolled"),
    ],
)
def test_one_face(places: dict[str, float], class_name: str, matched: str) -> None:
    (face,) = recognise([seen(at(0))], register(**places), class_name, LIMITS)
    assert face.matched == matched


def test_somebody_not_on_the_roll_is_never_permission() -> None:
    known = register(left_the_school=0.1)
    (face,) = recognise([seen(at(0))], known, "", LIMITS)
    assert face.decision(known) is Decision.UNKNOWN


@pytest.mark.parametrize(
    "face",
    [seen(at(0), unfit="blurred"), seen(None, unfit="too small"), seen(at(float("nan")))],
)
def test_unfit_faces_are_never_matched(face: SeenFace) -> None:
    (result,) = recognise([face], register(yes_2b=0.1), "", LIMITS)
    assert result.matched == ""
    assert result.unfit == face.unfit


def test_unfit_faces_keep_their_candidates() -> None:
    (face,) = recognise([seen(at(0), unfit="blurred")], register(yes_2b=0.1), "", LIMITS)
    assert [one.person_id for one in face.candidates] == ["yes-2b"]


def test_a_broken_template_stops_every_match() -> None:
    (face,) = recognise([seen(at(0))], register(yes_2b=0.1, head=float("nan")), "", LIMITS)
    assert (face.matched, face.candidates) == ("", ())


@pytest.mark.parametrize(
    ("where", "matched"),
    [
        pytest.param([0.0, 0.05], ["", ""], id="two faces for one child"),
        pytest.param([0.0, 0.8], ["yes-2b", ""], id="one of them is too far"),
        pytest.param([0.0], ["yes-2b"], id="one face"),
    ],
)
def test_nobody_is_in_a_photo_twice(where: list[float], matched: list[str]) -> None:
    faces = recognise([seen(at(x)) for x in where], register(yes_2b=0.1), "", LIMITS)
    assert [face.matched for face in faces] == matched
    assert all(face.candidates for face in faces)


def test_a_blurred_face_nearer_to_the_child_is_a_rival() -> None:
    faces = recognise(
        [seen(at(0.3)), seen(at(0.1), unfit="blurred")], register(yes_2b=0), "", LIMITS
    )
    assert [face.matched for face in faces] == ["", ""]


def test_two_faces_for_a_child_who_may_not_be_shown_are_both_held() -> None:
    faces = recognise([seen(at(0)), seen(at(0.05))], register(no_5k=0.1), "", LIMITS)
    assert [face.matched for face in faces] == ["no-5k", "no-5k"]


def test_five_nearest_of_the_whole_register_are_offered() -> None:
    templates = tuple(Template(f"p{i}", at(i / 10)) for i in range(1, 9))
    (face,) = recognise([seen(at(0))], Register(templates=templates), "2B", LIMITS)
    assert [one.person_id for one in face.candidates] == ["p1", "p2", "p3", "p4", "p5"]
    assert face.candidates[0].distance == pytest.approx(0.1)


def test_templates_of_another_engine_are_refused() -> None:
    known = Register(PUPILS, templates=(Template("yes-2b", np.zeros(3, np.float32)),))
    with pytest.raises(ValueError, match="another engine"):
        recognise([seen(at(0))], known, "", LIMITS)


def test_what_is_kept_has_no_room_for_a_vector() -> None:
    assert "vector" not in {one.name for one in fields(Face)}
    assert "vector" not in repr(seen(at(0)))


def test_photo_gets_its_faces() -> None:
    photo = Photo("trip.jpg", faces_problem="waiting")
    result = photo_with_faces(photo, [seen(at(0))], register(yes_2b=0.1), "", LIMITS)
    assert result.faces is not None
    assert (result.name, result.faces_problem) == ("trip.jpg", "")
    assert result.faces[0].matched == "yes-2b"


points = st.tuples(*[st.floats(-1, 1, width=32)] * 2).map(lambda pair: at(*pair))
people = st.lists(st.tuples(st.sampled_from(EVERYBODY), points), max_size=7)
crowds = st.lists(points.map(seen), max_size=4)


def known_as(enrolled: list[tuple[str, np.ndarray]]) -> Register:
    return Register(PUPILS, STAFF, tuple(Template(who, where) for who, where in enrolled))


@given(people, crowds, st.sampled_from(["", "2B", "5K"]))
def test_never_cleared_near_somebody_who_may_not_be_shown(
    enrolled: list[tuple[str, np.ndarray]], crowd: list[SeenFace], class_name: str
) -> None:
    known = known_as(enrolled)
    for one, face in zip(crowd, recognise(crowd, known, class_name, LIMITS), strict=True):
        if face.decision(known) not in (Decision.CONSENTED, Decision.STAFF):
            continue
        assert one.vector is not None
        away = {who: float(np.linalg.norm(where - one.vector)) for who, where in enrolled}
        nearest = min(
            float(np.linalg.norm(w - one.vector)) for who, w in enrolled if who == face.matched
        )
        assert nearest <= LIMITS.strict + 1e-6
        others = [distance for who, distance in away.items() if who != face.matched]
        assert all(distance - nearest >= LIMITS.margin - 1e-6 for distance in others)


@given(people, crowds, st.randoms(use_true_random=False))
def test_order_of_register_and_of_faces_does_not_matter(
    enrolled: list[tuple[str, np.ndarray]], crowd: list[SeenFace], random: Random
) -> None:
    before = recognise(crowd, known_as(enrolled), "", LIMITS)
    mixed = list(enrolled)
    random.shuffle(mixed)
    order = list(range(len(crowd)))
    random.shuffle(order)
    after = recognise([crowd[i] for i in order], known_as(mixed), "", LIMITS)
    assert list(after) == [before[i] for i in order]


@given(people, crowds)
def test_nobody_who_may_be_shown_is_matched_twice(
    enrolled: list[tuple[str, np.ndarray]], crowd: list[SeenFace]
) -> None:
    known = known_as(enrolled)
    faces = recognise(crowd, known, "", LIMITS)
    cleared = [f.matched for f in faces if f.decision(known) is Decision.CONSENTED]
    assert len(cleared) == len(set(cleared))


@given(people, points, st.floats(0, 0.425), st.floats(0.12, 1))
def test_a_stricter_school_never_clears_more_of_one_face(
    enrolled: list[tuple[str, np.ndarray]], where: np.ndarray, strict: float, margin: float
) -> None:
    known = known_as(enrolled)
    (usual,) = recognise([seen(where)], known, "", LIMITS)
    (narrow,) = recognise([seen(where)], known, "", LIMITS.adjusted(strict, margin))
    if narrow.decision(known) in (Decision.CONSENTED, Decision.STAFF):
        assert narrow.matched == usual.matched
