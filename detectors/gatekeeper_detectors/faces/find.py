"""Finding every face: one network at several sizes, and an older detector beside it.

A missed face is a leak that no threshold can mend, so several looks are united. What a
single look is unsure of must be seen by a second one, or patterned curtains become faces.
Measured with `tests/benchmarks/faces.py find` on 21 group photos with 311 faces of 21
pixels and more: every face found, .05 false boxes a photo; on 60 pictures of the synthetic
school every face and no false box; 1.4 s of one core for 1600 x 1200 pixels.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from gatekeeper_detectors.faces import centerface
from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.faces.library import face_recognition
from gatekeeper_detectors.values import Box

EDGES = (640, 1280)
"""Longest edge in pixels of the looks that every picture gets, beside one at its own size.
The small look finds faces that fill the picture, the large ones those at the back. A small
picture is enlarged for that, to twice its size at most."""
PORTRAIT_EDGE = 400
"""One look is enough for a reference picture, whose face is large."""
SURE = 0.45
"""A face with this score is reported whoever else sees it."""
POSSIBLE = 0.25
"""A face with this score is reported when a second look sees it too."""
SAME_FACE = 0.4
"""Overlap from which two looks mean the same face."""

# How the older detector's square, brow to chin, lies in the box of the whole face; means of
# 315 faces that both found: its side and how much lower its centre is, in heights of the box.
SQUARE_SIDE = 0.85
SQUARE_LOWER = 0.06
_BOX_WIDTH = 0.78


def find_faces(rgb: Pixels, others: Iterable[Found] = ()) -> tuple[Found, ...]:
    """Every face in an upright picture, from left to right.

    `others` is what another detector found; like the older one it adds faces, and the
    boxes of those that the network sees too stay the network's.
    """
    return _unite(rgb, _edges(max(rgb.shape[:2])), others)


def find_portrait(rgb: Pixels) -> tuple[Found, ...]:
    """The large faces in a portrait, in a tenth of the time."""
    return _unite(rgb, [PORTRAIT_EDGE])


def _unite(rgb: Pixels, edges: Iterable[int], others: Iterable[Found] = ()) -> tuple[Found, ...]:
    looks = [found for edge in edges for found in centerface.detect(rgb, edge, POSSIBLE)]
    looks.sort(key=lambda found: -found.score)
    groups = _group([*looks, *others, *_histogram_faces(rgb)])
    faces = [_merged(group) for group in groups if _believed(group)]
    return tuple(sorted(faces, key=lambda face: face.box))


def _edges(own: int) -> list[int]:
    """The picture's own longest edge is left out where it is nearly one of the others."""
    edges = {min(edge, 2 * own) for edge in EDGES}
    repeats = any(abs(own - edge) < 0.1 * edge for edge in edges)
    return sorted(edges if repeats else edges | {own})


def _histogram_faces(rgb: Pixels) -> list[Found]:
    """dlib's frontal detector: a cross-check that shares nothing with the network."""
    squares = face_recognition().face_locations(rgb, number_of_times_to_upsample=0)
    boxes = [whole_face(Box(left, top, right, bottom)) for top, right, bottom, left in squares]
    return [Found(clipped(box, rgb), 0.0, ("hog",)) for box in boxes]


def whole_face(square: Box) -> Box:
    """The box of the whole face around the older detector's square."""
    height = square.width / SQUARE_SIDE
    middle = (square.top + square.bottom) / 2 - SQUARE_LOWER * height
    centre = (square.left + square.right) / 2
    half = height * _BOX_WIDTH / 2
    edges = (centre - half, middle - height / 2, centre + half, middle + height / 2)
    return Box(*(round(edge) for edge in edges))


def inner_square(box: Box) -> Box:
    """The older detector's square, brow to chin, inside the box of the whole face."""
    half = box.height * SQUARE_SIDE / 2
    middle = (box.top + box.bottom) / 2 + SQUARE_LOWER * box.height
    centre = (box.left + box.right) / 2
    return Box(*(round(v) for v in (centre - half, middle - half, centre + half, middle + half)))


def clipped(box: Box, rgb: Pixels) -> Box:
    """The part of a box that lies inside the picture."""
    height, width = rgb.shape[:2]
    left, right = np.clip((box.left, box.right), 0, width)
    top, bottom = np.clip((box.top, box.bottom), 0, height)
    return Box(int(left), int(top), int(right), int(bottom))


def _group(looks: Iterable[Found]) -> list[list[Found]]:
    """Looks that mean the same face, the strongest first in each group."""
    groups: list[list[Found]] = []
    for look in looks:
        for group in groups:
            if group[0].box.overlap(look.box) >= SAME_FACE:
                group.append(look)
                break
        else:
            groups.append([look])
    return groups


def _believed(group: list[Found]) -> bool:
    """Sure of itself, or seen twice; the older detector is hardly ever wrong."""
    seen_by = {name for look in group for name in look.found_by}
    return group[0].score >= SURE or len(seen_by) > 1 or "hog" in seen_by


def _merged(group: list[Found]) -> Found:
    best = group[0]
    seen_by = sorted({name for look in group for name in look.found_by})
    return Found(best.box, best.score, tuple(seen_by), best.points)
