"""Turning and scaling a face so that its five points lie where a network expects them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.faces.found import Found, Pixels

SIDE = 112
"""Pixels of the square that most recognisers take."""

PLACES = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
     [70.7299, 92.2041]], dtype=np.float32)  # fmt: skip
"""(5, 2) where eyes, nose and corners of the mouth lie in that square: the usual places since
SphereFace (Liu and others, arXiv 1704.08063) and ArcFace (Deng and others, arXiv 1801.07698)."""

_USUAL = np.array(
    [[0.29, 0.41], [0.71, 0.41], [0.5, 0.6], [0.33, 0.78], [0.67, 0.78]], dtype=np.float32
)
"""The five points as shares of the box of a whole face that looks straight ahead."""


def points_of(found: Found) -> NDArray[np.float32]:
    """(5, 2) float32 in pixels; guessed from the box where the detector gave none.

    A face with guessed points is never fit to be recognised (`quality.unfit`); its vector
    only serves to offer candidates.
    """
    if found.points is not None:
        return found.points
    box = found.box
    return np.array([box.left, box.top], np.float32) + _USUAL * (box.width, box.height)


def aligned(rgb: Pixels, found: Found) -> Pixels:
    """(112, 112, 3) uint8: the face upright and centred; black beyond the picture's edge."""
    import cv2

    turned = cv2.warpAffine(rgb, similarity(points_of(found), PLACES), (SIDE, SIDE))
    return np.asarray(turned, dtype=np.uint8)


def similarity(points: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float64]:
    """(2, 3): the rotation, scale and shift that bring `points` nearest to `places`.

    Least squares, without mirroring: Umeyama, "Least-squares estimation of transformation
    parameters between two point patterns" (IEEE PAMI 13(4), 1991).
    """
    source, target = points.astype(np.float64), places.astype(np.float64)
    from_middle, to_middle = source.mean(axis=0), target.mean(axis=0)
    spread = source - from_middle
    left, sizes, right = np.linalg.svd((target - to_middle).T @ spread / len(source))
    signs = np.array([1.0, np.sign(np.linalg.det(left @ right))])
    rotation = left @ np.diag(signs) @ right
    scale = float((sizes * signs).sum()) / max(float(spread.var(axis=0).sum()), 1e-12)
    shift = to_middle - scale * rotation @ from_middle
    return np.column_stack([scale * rotation, shift])
