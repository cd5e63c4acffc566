"""Pictures as ingest would size them, for the benchmarks of faces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from gatekeeper_detectors.faces.found import Pixels
from gatekeeper_detectors.values import Box

LONGEST_EDGE = 1600
"""Pixels; what ingest makes of a picture by default."""


def pixels(path: Path) -> tuple[Pixels, float]:
    """The upright picture, and the factor by which it shrank."""
    with Image.open(path) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    before = upright.width
    upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    return np.asarray(upright), upright.width / before


def boxes(areas: list[list[float]], factor: float) -> list[Box]:
    return [Box(*(round(edge * factor) for edge in area)) for area in areas]
