"""Is a face good enough to be recognised? If not, the reason in plain words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.faces.find import SURE
from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.values import Box

_SIDE = 64
"""Pixels to which a face is brought before its sharpness is measured, so that large and
small faces compare."""


def unfit(rgb: Pixels, found: Found, thresholds: Thresholds) -> str:
    """Completes "it is …"; empty when the face may be recognised."""
    if found.box.height < thresholds.min_face_px:
        return f"too small ({found.box.height} pixels high; {thresholds.min_face_px} are needed)"
    if found.points is None or found.score < SURE:
        return "hard to make out"
    if abs(turn(found.points)) > thresholds.max_turn:
        return "turned away"
    if sharpness(rgb, found.box) < thresholds.min_sharpness:
        return "blurred"
    return ""


def turn(points: NDArray[np.float32]) -> float:
    """How far the head is turned: where the nose lies between the eyes.

    0 is straight ahead, 1 and -1 have the nose under one eye (roughly 45 degrees). Tilting
    the head does not matter, because the way is measured along the line of the eyes.
    """
    right, left, nose = points[0], points[1], points[2]
    across = left - right
    apart = float(across @ across)
    if apart < 1.0:  # the eyes are less than a pixel apart: a profile
        return float("inf")
    return 2 * float((nose - (right + left) / 2) @ across) / apart


def sharpness(rgb: Pixels, box: Box) -> float:
    """Variance of the Laplacian over the face brought to 64 x 64 pixels, by its contrast.

    Dividing by the variance of the brightness keeps dim light and dark skin from counting
    as blur.
    """
    from PIL import Image

    face = Image.fromarray(rgb).convert("L").crop(box).resize((_SIDE, _SIDE))
    grey = np.asarray(face, dtype=np.float32)
    middle = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    contrast = float(grey.var())
    return float((around - 4 * middle).var()) / contrast if contrast > 0 else 0.0
