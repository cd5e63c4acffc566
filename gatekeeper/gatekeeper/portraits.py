"""A small square of the face in a reference picture, to be compared with a face in a photo."""

from __future__ import annotations

import io
from collections import OrderedDict
from threading import Lock

from PIL import Image, ImageOps

from gatekeeper.measuring import digest_of
from gatekeeper_detectors.faces.search import FacePool, SearchFailed
from gatekeeper_detectors.values import Box

_SIDE = 240
"""Pixels: sharp enough to compare by, of little use to anybody else."""
_LOOKED_AT = 800
"""Longest edge in pixels in which the face is looked for and cut out."""
_REMEMBERED = 2000


class Portraits:
    """Cuts the faces out. Where a face lies is remembered, the picture never is: of what was
    deleted nothing stays behind. Thread-safe."""

    def __init__(self) -> None:
        self._boxes: OrderedDict[str, Box | None] = OrderedDict()
        self._lock = Lock()

    def cut(self, pool: FacePool, jpeg: bytes) -> bytes:
        """The face as a JPEG; the middle of the picture where it cannot be found. Raises
        `OSError` for what is not a JPEG."""
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            picture.draft("RGB", (_LOOKED_AT, _LOOKED_AT))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
        upright.thumbnail((_LOOKED_AT, _LOOKED_AT))
        square = _square(upright, self._box(pool, jpeg, upright))
        return _jpeg(upright.crop(square).resize((_SIDE, _SIDE)))

    def _box(self, pool: FacePool, jpeg: bytes, upright: Image.Image) -> Box | None:
        digest = digest_of(jpeg)
        with self._lock:
            if digest in self._boxes:
                return self._boxes[digest]
        try:
            box = pool.find_portrait(_jpeg(upright))
        except SearchFailed:
            return None  # it may be found the next time
        with self._lock:
            self._boxes[digest] = box
            while len(self._boxes) > _REMEMBERED:
                self._boxes.popitem(last=False)
        return box


def _square(picture: Image.Image, box: Box | None) -> Box:
    """The face with as much around it as the crops of the photos have, within the picture."""
    width, height = picture.size
    if box is None:
        box = Box(width // 4, height // 4, width - width // 4, height - height // 4)
    side = min(2 * max(box.width, box.height), width, height)
    left = _within((box.left + box.right - side) // 2, width - side)
    top = _within((box.top + box.bottom - side) // 2, height - side)
    return Box(left, top, left + side, top + side)


def _within(value: int, most: int) -> int:
    return max(0, min(value, most))


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()
