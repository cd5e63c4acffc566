"""Words are read in real pictures, and cloth and walls are not taken for words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from gatekeeper_detectors.writing import read_lines

PHOTO = Path(__file__).parents[2] / "config" / "sample-school" / "photos" / "group_04.jpg"


@pytest.fixture(scope="module")
def lines():
    with Image.open(PHOTO) as opened:
        picture = opened.convert("RGB")
    draw = ImageDraw.Draw(picture)
    for size, (left, top), text in ((40, (100, 60), "Star: Kwame"), (20, (700, 900), "Room 12")):
        draw.rectangle((left - 8, top - 4, left + size * 7, top + size * 1.4), fill="white")
        draw.text((left, top), text, fill="black", font=ImageFont.load_default(size=size))
    return read_lines(np.asarray(picture))


def test_words_are_read_from_top_to_bottom(lines) -> None:
    assert [line.text for line in lines if line.score > 0.8] == ["Star: Kwame", "Room 12"]


def test_their_boxes_hold_them(lines) -> None:
    first = lines[0].box
    assert first.left < 110 and first.top < 75 and first.right > 280 and first.bottom > 95


def test_a_picture_without_words_has_none() -> None:
    assert read_lines(np.full((240, 320, 3), 200, dtype=np.uint8)) == ()
