"""Finding people by their bodies, with the real network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_detectors.faces import people
from gatekeeper_detectors.faces.decode import pixels_of
from gatekeeper_detectors.faces.find import clipped, find_faces
from gatekeeper_detectors.faces.people import find_people, without_a_face
from gatekeeper_detectors.values import Box

Jpeg = Callable[..., bytes]


def body(*edges: int) -> Box:
    return Box(*edges)


FACE = Box(140, 40, 180, 90)
BODY = body(100, 20, 220, 400)


@pytest.mark.parametrize(
    ("others", "left"),
    [
        pytest.param([], 0, id="nobody else"),
        pytest.param([body(300, 20, 420, 400)], 1, id="another beside, from behind"),
        pytest.param([body(190, 20, 310, 400)], 1, id="another who is partly hidden"),
        pytest.param([body(300, 20, 420, 400), body(500, 20, 620, 400)], 2, id="two others"),
        pytest.param([body(200, 100, 240, 200)], 0, id="the same child's arm"),
        pytest.param([body(90, 10, 240, 420)], 0, id="the same child again, in a wider box"),
        pytest.param([body(150, 50, 170, 80)], 0, id="a part of the face"),
    ],
)
def test_bodies_that_no_face_accounts_for(others: list[Box], left: int) -> None:
    assert len(without_a_face([BODY, *others], [FACE])) == left


def test_with_no_face_every_body_counts() -> None:
    assert without_a_face([BODY], []) == (BODY,)


def test_a_face_whose_body_was_not_found_accounts_for_nobody_else() -> None:
    other = body(300, 20, 420, 400)
    assert without_a_face([other], [FACE]) == (other,)


@pytest.mark.parametrize(
    ("name", "others"),
    [
        pytest.param("photos/hard_05.jpg", True, id="two from behind beside a teacher"),
        pytest.param("photos/single_04.jpg", False, id="one pupil"),
        pytest.param("photos/single_05.jpg", False, id="one pupil, wide"),
        pytest.param("photos/single_06.jpg", False, id="one more pupil"),
        pytest.param("photos/single_08.jpg", False, id="one teacher"),
        pytest.param("photos/group_07.jpg", False, id="all show their faces"),
    ],
)
def test_people_beside_the_faces(name: str, others: bool, jpeg: Jpeg) -> None:
    rgb = pixels_of(jpeg(name))
    faces = [face.box for face in find_faces(rgb)]
    assert bool(without_a_face([one.box for one in find_people(rgb)], faces)) is others


@pytest.mark.parametrize("name", ["photos/nopeople_01.jpg", "photos/nopeople_05.jpg"])
def test_painted_people_and_boards_are_nobody(name: str, jpeg: Jpeg) -> None:
    assert find_people(pixels_of(jpeg(name))) == ()


def test_boxes_lie_in_the_picture_and_come_from_left_to_right(jpeg: Jpeg) -> None:
    rgb = pixels_of(jpeg("photos/group_07.jpg"))
    found = find_people(rgb)
    assert len(found) == 3
    assert [one.box for one in found] == sorted(one.box for one in found)
    for one in found:
        assert clipped(one.box, rgb) == one.box
        assert people.SURE <= one.score <= 1


@pytest.mark.parametrize("size", [(1, 1), (2, 900), (900, 2)])
def test_any_picture_can_be_looked_at(size: tuple[int, int]) -> None:
    assert find_people(np.zeros((*size, 3), np.uint8)) == ()


def test_another_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_model_bytes", lambda: b"not a network")
    people.load.cache_clear()
    with pytest.raises(people.UnusablePeopleModel):
        people.load()
    people.load.cache_clear()


def test_a_missing_file_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_installed(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(people, "files", none_installed)
    with pytest.raises(people.UnusablePeopleModel, match="not installed"):
        people._model_bytes()


@given(st.binary(max_size=300), st.integers(1, 15))
def test_fields_are_read_as_they_are_written(value: bytes, number: int) -> None:
    assert list(people._fields(people._field(number, value))) == [(number, value)]
