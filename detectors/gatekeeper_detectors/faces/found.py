"""One face as a detector reports it, before anybody asks whose it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.values import Box

Pixels = NDArray[np.uint8]
"""An upright picture, (height, width, 3) uint8, sRGB."""


@dataclass(frozen=True, eq=False)
class Found:
    """A box around a whole face, forehead to chin, in pixels of the picture."""

    box: Box
    score: float
    """0 to 1; 0 for a detector that gives none."""
    found_by: tuple[str, ...]
    points: NDArray[np.float32] | None = None
    """(5, 2) float32, x and y of right eye, left eye, nose, right and left corner of the
    mouth, as one looks at the picture from left to right; None where the detector has none."""
