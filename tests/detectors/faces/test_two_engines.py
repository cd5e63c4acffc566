"""Two engines side by side: both must agree to clear, and either alone can hold a face back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatekeeper_detectors.faces.recognise import SeenFace, recognise
from gatekeeper_detectors.faces.thresholds import Part, Thresholds
from gatekeeper_detectors.values import Answer, Box, Decision, Pupil, Register, Template

LIMITS = Thresholds(0.4, 0.1, parts=(Part(2, 0.3), Part(2, 0.3)))
PUPILS = (
    Pupil("ann", "Ann", "A", group=Answer.YES),
    Pupil("ben", "Ben", "B", group=Answer.YES),
    Pupil("cat", "Cat", "C", group=Answer.NO),
)


def two(first: float, second: float) -> np.ndarray:
    """Each engine puts the face somewhere on a line of its own."""
    return np.array([first, 0, second, 0], np.float32)


def matched(limits: Thresholds, face: np.ndarray, **where: tuple[float, float]) -> str:
    known = Register(PUPILS, templates=tuple(Template(who, two(*at)) for who, at in where.items()))
    seen = SeenFace(Box(0, 0, 80, 100), 0.9, (), vector=face)
    return recognise([seen], known, "", limits)[0].matched


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        pytest.param({"ann": (0.1, 0.1), "ben": (2, 2)}, "ann", id="both say Ann"),
        pytest.param({"ann": (0.1, 0.1), "ben": (0.09, 2)}, "", id="the first says Ben"),
        pytest.param({"ann": (0.1, 0.1), "ben": (2, 0.09)}, "", id="the second says Ben"),
        pytest.param({"ann": (0.1, 0.1), "ben": (0.11, 2)}, "ann", id="Ben just behind in one"),
        pytest.param({"ann": (0.1, 0.1), "ben": (0.15, 0.15)}, "", id="too near in both"),
        pytest.param({"ann": (0.3, 0.3)}, "", id="too far together"),
        pytest.param({"ann": (0.1, 0.2), "cat": (0.05, 2)}, "cat", id="the first alone says Cat"),
        pytest.param({"ann": (0.2, 0.1), "cat": (2, 0.05)}, "cat", id="the second alone says Cat"),
        pytest.param({"ann": (0.35, 0.1), "cat": (0.31, 2)}, "", id="Cat is nearest, but not near"),
    ],
)
def test_one_face(where: dict[str, tuple[float, float]], expected: str) -> None:
    assert matched(LIMITS, two(0, 0), **where) == expected


def test_a_part_may_have_limits_of_its_own() -> None:
    narrow = Thresholds(0.4, 0.0, parts=(Part(2, 0.3, reach=0.1, margin=0.1), Part(2, 0.3)))
    assert matched(narrow, two(0, 0), ann=(0.09, 0.2)) == "ann"
    assert matched(narrow, two(0, 0), ann=(0.11, 0.2)) == ""
    assert matched(narrow, two(0, 0), ann=(0.09, 0.1), ben=(0.18, 2)) == ""


def test_measured_limits_take_the_parts_own_limits_away() -> None:
    narrow = Thresholds(0.4, 0.0, parts=(Part(2, 0.3, reach=0.1, margin=0.1), Part(2, 0.3)))
    assert narrow.calibrated(0.35, 0.1) == Thresholds(0.35, 0.1, parts=LIMITS.parts)


def test_thresholds_of_two_engines_refuse_the_vector_of_one() -> None:
    known = Register(PUPILS, templates=(Template("ann", np.zeros(2, np.float32)),))
    seen = SeenFace(Box(0, 0, 80, 100), 0.9, (), vector=np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="another engine"):
        recognise([seen], known, "", LIMITS)


place = st.floats(-1, 1, width=32)
vectors = st.tuples(place, place, place, place).map(lambda v: np.array(v, np.float32))
enrolments = st.dictionaries(st.sampled_from([p.pupil_id for p in PUPILS]), vectors, min_size=1)


def face_of(enrolled: dict[str, np.ndarray], vector: np.ndarray) -> tuple[Register, str]:
    known = Register(PUPILS, templates=tuple(Template(*one) for one in enrolled.items()))
    seen = SeenFace(Box(0, 0, 80, 100), 0.9, (), vector=vector)
    (face,) = recognise([seen], known, "", LIMITS)
    cleared = face.decision(known) is Decision.CONSENTED
    return known, face.matched if cleared else ""


@given(enrolments, vectors)
def test_disagreement_never_clears(enrolled: dict[str, np.ndarray], vector: np.ndarray) -> None:
    _, cleared = face_of(enrolled, vector)
    if cleared:
        for part in (slice(0, 2), slice(2, 4)):
            away = {
                who: float(np.linalg.norm(at[part].astype(float) - vector[part]))
                for who, at in enrolled.items()
            }
            assert away[cleared] == min(away.values())


@given(enrolments, vectors)
@example({"ann": two(0, 0), "cat": np.array([0, 0, 0, 1], np.float32)}, two(0, 0))
def test_never_cleared_when_either_engine_sees_somebody_who_may_not_be_shown(
    enrolled: dict[str, np.ndarray], vector: np.ndarray
) -> None:
    _, cleared = face_of(enrolled, vector)
    for part in (slice(None), slice(0, 2), slice(2, 4)):
        away = {
            who: float(np.linalg.norm(at[part].astype(float) - vector[part]))
            for who, at in enrolled.items()
        }
        assert not cleared or away.get("cat", float("inf")) > min(away.values())


@given(enrolments, vectors, vectors)
def test_one_more_person_never_makes_a_match_of_somebody_else(
    enrolled: dict[str, np.ndarray], vector: np.ndarray, newcomer: np.ndarray
) -> None:
    _, before = face_of(enrolled, vector)
    _, after = face_of({**enrolled, "new": newcomer}, vector)
    assert after in ("", before)


@given(enrolments, vectors, st.sampled_from([float("nan"), float("inf")]), st.integers(0, 3))
def test_broken_numbers_are_never_matched(
    enrolled: dict[str, np.ndarray], vector: np.ndarray, broken: float, where: int
) -> None:
    spoilt = vector.copy()
    spoilt[where] = broken
    assert matched(LIMITS, spoilt, ann=(0, 0)) == ""
    assert face_of(enrolled, spoilt)[1] == ""
