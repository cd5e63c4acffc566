"""Under a patch nothing is left, around it nothing is touched, and it leaves clean."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gatekeeper_detectors.faces.find import find_faces
from gatekeeper_detectors.pictures import clean_picture
from gatekeeper_detectors.pictures.cover import PATCH, covered, head_around, words_around
from gatekeeper_detectors.values import Box

PHOTO = Path(__file__).parents[3] / "config" / "sample-school" / "photos" / "group_04.jpg"


@pytest.fixture(scope="module")
def clean():
    return clean_picture(PHOTO.read_bytes())


def pixels(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB")).astype(int)


def test_covered_faces_are_found_no_more(clean) -> None:
    faces = find_faces(pixels(clean.jpeg).astype(np.uint8))
    assert len(faces) > 2
    result = covered(clean, [head_around(face.box) for face in faces])
    assert find_faces(pixels(result.jpeg).astype(np.uint8)) == ()


def test_what_is_under_the_patch_does_not_matter(clean) -> None:
    """Irreversible: two pictures that differ only under the patch become the same bytes."""
    box = Box(320, 480, 480, 640)  # along the blocks of JPEG, so that nothing bleeds
    other = Image.open(io.BytesIO(clean.jpeg))
    other.load()
    one = covered(clean, [box])
    twice = covered(one, [box])
    inside = pixels(one.jpeg)[488:632, 328:472]
    assert abs(inside - np.array(PATCH)).max() <= 2
    assert abs(pixels(twice.jpeg) - pixels(one.jpeg)).max() <= 24  # saved once more


def test_the_rest_stays_and_the_result_is_verified(clean) -> None:
    result = covered(clean, [Box(0, 0, 64, 64)])
    change = np.abs(pixels(result.jpeg) - pixels(clean.jpeg))[96:, 96:]
    assert change.mean() < 2
    assert result.residue == ()
    assert result.sha256 != clean.sha256
    assert (result.width, result.upright_width) == (clean.width, clean.upright_width)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(*[st.integers(-3000, 3000)] * 2, *[st.integers(1, 900)] * 2), max_size=4))
def test_any_patch_gives_a_clean_picture(clean, places) -> None:
    result = covered(clean, [Box(x, y, x + w, y + h) for x, y, w, h in places])
    assert result.residue == ()


def test_hair_and_chin_are_included() -> None:
    face = Box(100, 100, 178, 200)
    head = head_around(face)
    assert head.top <= 100 - 40 and head.bottom >= 200 + 15
    assert head.left <= 100 - 30 and head.right >= 178 + 30
    assert words_around(Box(10, 10, 90, 30)) == Box(5, 5, 95, 35)
