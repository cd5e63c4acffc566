"""A copy looks like its original, another picture does not."""

from __future__ import annotations

import io
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps

from gatekeeper_detectors.pictures.likeness import SAME_PICTURE, difference, gradient_hash

PHOTOS = Path(__file__).parents[3] / "config" / "sample-school" / "photos"
NAMES = ("group_04.jpg", "group_07.jpg", "single_05.jpg", "nopeople_01.jpg", "hard_05.jpg")


def opened(name: str) -> Image.Image:
    with Image.open(PHOTOS / name) as picture:
        return picture.convert("RGB")


def jpeg(picture: Image.Image, quality: int = 85) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


COPIES = {
    "saved again": lambda picture: jpeg(picture, 30),
    "smaller": lambda picture: jpeg(picture.resize((picture.width // 3, picture.height // 3))),
    "mirrored": lambda picture: jpeg(ImageOps.mirror(picture)),
    "brighter": lambda picture: jpeg(ImageEnhance.Brightness(picture).enhance(1.2)),
    "grey": lambda picture: jpeg(picture.convert("L").convert("RGB")),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_the_same_picture(name: str, copy: str) -> None:
    picture = opened(name)
    changed = gradient_hash(COPIES[copy](picture))
    assert difference(changed, gradient_hash(jpeg(picture))) <= SAME_PICTURE


def test_different_pictures_are_not() -> None:
    hashes = [gradient_hash(jpeg(opened(name))) for name in NAMES]
    assert all(difference(one, two) > SAME_PICTURE for one, two in combinations(hashes, 2))


@given(st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1))
def test_the_difference_is_the_same_both_ways(one: int, two: int) -> None:
    first, second = f"{one:064x}", f"{two:064x}"
    assert difference(first, second) == difference(second, first)
    assert difference(first, first) == 0


def test_what_is_no_hash_is_refused() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        difference("", "0" * 64)
