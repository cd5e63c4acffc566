"""What is good enough to be recognised, on drawn faces: points and patterns."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from gatekeeper_detectors.faces.found import Found
from gatekeeper_detectors.faces.quality import sharpness, turn, unfit
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.values import Box

LIMITS = Thresholds()
STRAIGHT = np.array([[70, 90], [110, 90], [90, 112], [75, 130], [105, 130]], np.float32)


def pattern(blur: float = 0) -> np.ndarray:
    """Soft light and dark patches, 200 x 200 pixels."""
    noise = np.random.default_rng(7).integers(0, 256, (40, 40), dtype=np.uint8)
    picture = Image.fromarray(noise).resize((200, 200), Image.Resampling.BICUBIC).convert("RGB")
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(blur)))


def found(box: Box, points: np.ndarray | None = STRAIGHT, score: float = 0.9) -> Found:
    return Found(box, score, ("centerface-640",), points)


def with_nose(x: float) -> np.ndarray:
    points = STRAIGHT.copy()
    points[2, 0] = x
    return points


FACE = Box(50, 50, 130, 150)


@pytest.mark.parametrize(
    ("face", "blur", "expected"),
    [
        (found(FACE), 0, ""),
        (found(Box(50, 50, 100, 114)), 0, ""),
        (found(Box(50, 50, 100, 113)), 0, "too small (63 pixels high; 64 are needed)"),
        (found(FACE, points=None), 0, "hard to make out"),
        (found(FACE, score=0.44), 0, "hard to make out"),
        (found(FACE, with_nose(105)), 0, ""),
        (found(FACE, with_nose(107)), 0, "turned away"),
        (found(FACE, with_nose(73)), 0, "turned away"),
        (found(FACE), 8, "blurred"),
    ],
)
def test_reasons(face: Found, blur: float, expected: str) -> None:
    assert unfit(pattern(blur), face, LIMITS) == expected


@pytest.mark.parametrize(("nose", "expected"), [(90, 0.0), (110, 1.0), (70, -1.0), (100, 0.5)])
def test_turn_is_where_the_nose_lies_between_the_eyes(nose: float, expected: float) -> None:
    assert turn(with_nose(nose)) == pytest.approx(expected)


@pytest.mark.parametrize("degrees", [-40, -10, 25, 60])
def test_tilting_the_head_is_not_turning_it(degrees: float) -> None:
    angle = np.radians(degrees)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert turn((with_nose(96) @ rotation).astype(np.float32)) == pytest.approx(0.3, abs=1e-4)


def test_a_profile_has_both_eyes_in_one_place() -> None:
    points = STRAIGHT.copy()
    points[1] = points[0]
    assert turn(points) == float("inf")


def test_sharpness_falls_with_blur_and_not_with_size_or_light() -> None:
    sharp = sharpness(pattern(), FACE)
    assert sharpness(pattern(2), FACE) < sharp
    assert sharpness(pattern(4), FACE) < sharpness(pattern(2), FACE)
    assert sharpness(pattern() // 2, FACE) == pytest.approx(sharp, rel=0.1)
    doubled = np.asarray(Image.fromarray(pattern()).resize((400, 400)))
    assert sharpness(doubled, FACE.scaled(2)) == pytest.approx(sharp, rel=0.5)


def test_a_flat_patch_is_not_sharp() -> None:
    assert sharpness(np.full((200, 200, 3), 128, np.uint8), FACE) == 0.0
