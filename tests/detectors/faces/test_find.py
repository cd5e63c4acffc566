"""Finding faces, with the real detectors on the sample school."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_detectors.faces import centerface
from gatekeeper_detectors.faces.decode import pixels_of
from gatekeeper_detectors.faces.find import (
    _edges,
    clipped,
    find_faces,
    find_portrait,
    inner_square,
    whole_face,
)
from gatekeeper_detectors.values import Box

Jpeg = Callable[..., bytes]


@pytest.mark.parametrize(
    ("name", "faces"),
    [
        ("photos/group_07.jpg", 3),
        pytest.param("photos/hard_04.jpg", 14, id="ten of them small"),
        pytest.param("photos/hard_05.jpg", 1, id="two more from behind"),
        pytest.param("photos/nopeople_01.jpg", 0, id="nobody"),
    ],
)
def test_every_face_and_nothing_else(name: str, faces: int, jpeg: Jpeg) -> None:
    rgb = pixels_of(jpeg(name, edge=1600 if "hard_04" in name else 1000))
    found = find_faces(rgb)
    assert len(found) == faces
    assert [one.box for one in found] == sorted(one.box for one in found)
    for one in found:
        assert clipped(one.box, rgb) == one.box
        assert 0 <= one.score <= 1


def test_portraits_get_one_look(jpeg: Jpeg) -> None:
    (face,) = find_portrait(pixels_of(jpeg("faces/p01/ref_1.jpg")))
    assert face.found_by == ("centerface-400", "hog")
    assert face.points is not None
    right, left, nose, *mouth = face.points
    assert right[0] < nose[0] < left[0]
    assert nose[1] < min(corner[1] for corner in mouth)


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (500, 7), (31, 33)])
def test_odd_shapes_hold_no_face(shape: tuple[int, int]) -> None:
    assert find_faces(np.full((*shape, 3), 200, np.uint8)) == ()


@pytest.mark.parametrize(
    ("own", "edges"),
    [
        (1600, [640, 1280, 1600]),
        pytest.param(1280, [640, 1280], id="its own size is one of them"),
        pytest.param(1300, [640, 1280], id="nearly"),
        pytest.param(500, [500, 640, 1000], id="small: enlarged to twice its size"),
        pytest.param(250, [250, 500], id="tiny"),
        pytest.param(320, [320, 640], id="twice is enough"),
    ],
)
def test_looks(own: int, edges: list[int]) -> None:
    assert _edges(own) == edges


@given(st.integers(40, 900), st.integers(-50, 900), st.integers(-50, 900))
def test_the_two_detectors_boxes_convert_into_each_other(side: int, left: int, top: int) -> None:
    square = Box(left, top, left + side, top + side)
    back = inner_square(whole_face(square))
    assert all(abs(a - b) <= 2 for a, b in zip(back, square, strict=True))


def test_another_model_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "centerface.onnx").write_bytes(b"something else")
    monkeypatch.setattr(centerface, "files", lambda package: tmp_path)
    with pytest.raises(centerface.UnusableModel):
        centerface.model_bytes()
