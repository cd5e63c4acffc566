"""What a face engine is, the one that comes with the product, and which one a school uses."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.faces.calibration import shipped
from gatekeeper_detectors.faces.find import find_faces, find_portrait, inner_square
from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.faces.library import face_recognition
from gatekeeper_detectors.faces.models import read_models
from gatekeeper_detectors.faces.pair import PairEngine
from gatekeeper_detectors.faces.second import recogniser_for, unit
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.faces.yunet import YuNet

_LENGTH = 1.4
"""dlib's vectors are about this long. All are brought to exactly this length, so that
distances keep the scale on which 0.6 is dlib's own limit."""
_CHIP = 150
"""Pixels of the square that dlib's network takes, with a quarter of its side around the face."""


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

    def encode(self, rgb: Pixels, found: Found) -> NDArray[np.float32]:
        """(n,) float32 for one face; n is the engine's own."""


class DlibEngine:
    """dlib's network through face_recognition: 128 values, Euclidean distance.

    With the five-point landmarks, because the file with 68 forbids commercial use. Each face
    is also looked at in the mirror, and the mean of both is brought to one length: among 300
    people that clears .88 of those who may be shown where the plain vector clears .79.
    """

    name = "dlib"
    version = "2"

    @property
    def thresholds(self) -> Thresholds:
        return shipped(self.name, self.version)

    def find(self, rgb: Pixels) -> tuple[Found, ...]:
        return find_faces(rgb)

    def find_portrait(self, rgb: Pixels) -> tuple[Found, ...]:
        return find_portrait(rgb)

    def encode(self, rgb: Pixels, found: Found) -> NDArray[np.float32]:
        """(128,) float32 of length 1.4; about 180 ms a face."""
        import dlib

        models = face_recognition().api
        square = inner_square(found.box)
        shape = models.pose_predictor_5_point(rgb, dlib.rectangle(*square))
        chip = dlib.get_face_chip(rgb, shape, size=_CHIP)
        both = [
            models.face_encoder.compute_face_descriptor(np.ascontiguousarray(face))
            for face in (chip, chip[:, ::-1])
        ]
        return unit(np.mean(both, axis=0)) * np.float32(_LENGTH)


@lru_cache(maxsize=2)
def engine_for(models: Path | None = None) -> FaceEngine:
    """The engine of this process: dlib alone, or with a second one from a folder of models.

    Raises `ModelsRefused` for a folder that is not as it should be.
    """
    if models is None:
        return DlibEngine()
    checked = read_models(models)
    second = recogniser_for(checked.recogniser, checked.weights)
    return PairEngine(DlibEngine(), second, YuNet(checked.yunet))


def default_engine() -> FaceEngine:
    """dlib alone."""
    return engine_for(None)
