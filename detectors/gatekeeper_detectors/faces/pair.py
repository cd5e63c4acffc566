"""Two engines that must agree before anybody is cleared.

Their vectors lie side by side, each with its weight, so that one distance speaks for both and
templates are stored as those of one engine are. Beyond that distance, each engine's own part
must name the same person, and either alone can say that a face belongs to somebody who may
not be shown (`recognise`).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.faces.calibration import NotCalibrated, shipped
from gatekeeper_detectors.faces.find import find_faces, find_portrait
from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.faces.second import VALUES, Recogniser
from gatekeeper_detectors.faces.thresholds import Part, Thresholds
from gatekeeper_detectors.faces.yunet import YuNet

FIRST, SECOND = 0.56, 0.336
"""Weights, chosen so that both engines count alike and distances keep about dlib's scale."""


class Encoder(Protocol):
    """The part of an engine that the pair needs of its first."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def thresholds(self) -> Thresholds: ...
    def encode(self, rgb: Pixels, found: Found) -> NDArray[np.float32]: ...


class PairEngine:
    """dlib and a second recogniser; YuNet is one more look for faces."""

    version = "1"

    def __init__(self, first: Encoder, second: Recogniser, yunet: YuNet) -> None:
        self._first, self._second, self._yunet = first, second, yunet
        self.name = f"{first.name}-{first.version}-{second.name}"

    @property
    def thresholds(self) -> Thresholds:
        """As calibrated; a pair that was never calibrated clears only what dlib would clear."""
        try:
            return shipped(self.name, self.version, self.parts())
        except NotCalibrated:
            return self._as_strict_as_the_first()

    def parts(self) -> tuple[Part, Part]:
        """Each engine's own strict threshold, for people who may not be shown."""
        return (
            Part(VALUES, FIRST * self._first.thresholds.strict),
            Part(VALUES, SECOND * self._second.thresholds.strict),
        )

    def _as_strict_as_the_first(self) -> Thresholds:
        own, (first, second) = self._first.thresholds, self.parts()
        parts = (
            Part(VALUES, first.strict, reach=first.strict, margin=FIRST * own.margin),
            Part(VALUES, second.strict, reach=second.strict),
        )
        return Thresholds(float(np.hypot(first.strict, second.strict)), 0.0, parts=parts)

    def find(self, rgb: Pixels) -> tuple[Found, ...]:
        return find_faces(rgb, self._yunet.detect(rgb))

    def find_portrait(self, rgb: Pixels) -> tuple[Found, ...]:
        return find_portrait(rgb)

    def encode(self, rgb: Pixels, found: Found) -> NDArray[np.float32]:
        """(256,) float32: 128 of the first engine, then 128 of the second."""
        first, second = self._first.encode(rgb, found), self._second.encode(rgb, found)
        return np.concatenate([FIRST * first, SECOND * second]).astype(np.float32)
