"""What a face engine is, and the one that comes with the product."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.faces.find import find_faces, find_portrait, inner_square
from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.faces.library import face_recognition
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.values import Box


class FaceEngine(Protocol):
    """Finds faces and turns each into a vector. Vectors of two engines never mix."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Changes whenever old templates would no longer fit."""

    @property
    def thresholds(self) -> Thresholds: ...

    def find(self, rgb: Pixels) -> tuple[Found, ...]:
        """Every face in an upright picture."""

    def find_portrait(self, rgb: Pixels) -> tuple[Found, ...]:
        """The large faces in a reference picture, quickly."""

    def encode(self, rgb: Pixels, box: Box, jitters: int) -> NDArray[np.float32]:
        """(n,) float32 for the face in `box`; n is the engine's own.

        `jitters` slightly moved copies are averaged: slower by that factor, a little steadier.
        """


class DlibEngine:
    """dlib's network through face_recognition: 128 values, Euclidean distance.

    With the five-point landmarks, because the file with 68 forbids commercial use.
    """

    name = "dlib"
    version = "1"
    thresholds = Thresholds()

    def find(self, rgb: Pixels) -> tuple[Found, ...]:
        return find_faces(rgb)

    def find_portrait(self, rgb: Pixels) -> tuple[Found, ...]:
        return find_portrait(rgb)

    def encode(self, rgb: Pixels, box: Box, jitters: int) -> NDArray[np.float32]:
        """(128,) float32; about 90 ms a face and jitter."""
        square = inner_square(box)
        place = (square.top, square.right, square.bottom, square.left)
        (vector,) = face_recognition().face_encodings(
            rgb, [place], num_jitters=jitters, model="small"
        )
        return np.asarray(vector, dtype=np.float32)


@lru_cache(maxsize=1)
def default_engine() -> FaceEngine:
    """The engine of this process."""
    return DlibEngine()
