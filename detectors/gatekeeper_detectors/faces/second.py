"""Recognisers whose weights a school fetches itself; each is a second opinion beside dlib.

MobileFaceNet was measured (`tests/benchmarks/README.md`). SFace was built by OpenCV's
documentation and could not be tried, because its weights were not at hand: it therefore only
ever takes back what dlib alone would say, until the school has calibrated the pair.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.faces.align import aligned, points_of
from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.faces.models import MOBILEFACENET, SFACE, WeightFile
from gatekeeper_detectors.faces.thresholds import Thresholds

VALUES = 128
"""Both networks give so many."""


class Recogniser(Protocol):
    """Turns a face into (128,) float32 of length 1."""

    name: str
    thresholds: Thresholds

    def encode(self, rgb: Pixels, found: Found) -> NDArray[np.float32]: ...


class MobileFaceNet:
    """Chen and others, "MobileFaceNets" (arXiv 1804.07573), through onnxruntime; 5 ms a face."""

    name = "mobilefacenet"
    thresholds = Thresholds(strict=0.95, margin=0.1)
    """For lengths of 1. Too loose for children on their own: see the benchmarks."""

    _MEAN = np.array([0.485, 0.456, 0.406], dtype=np.float32)
    _SPREAD = np.array([0.229, 0.224, 0.225], dtype=np.float32)

    def __init__(self, weights: bytes) -> None:
        self._weights = weights
        self._session: Any = None

    def encode(self, rgb: Pixels, found: Found) -> NDArray[np.float32]:
        face = (aligned(rgb, found).astype(np.float32) / 255 - self._MEAN) / self._SPREAD
        session = self._loaded()
        name = session.get_inputs()[0].name
        return unit(session.run(None, {name: face.transpose(2, 0, 1)[None]})[0])

    def _loaded(self) -> Any:
        if self._session is None:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 3
            self._session = onnxruntime.InferenceSession(
                self._weights, options, providers=["CPUExecutionProvider"]
            )
        return self._session


class SFace:
    """Zhong and others, "SFace" (arXiv 2205.12010), through `cv2.FaceRecognizerSF`."""

    name = "sface"
    thresholds = Thresholds(strict=1.128, margin=0.0)
    """OpenCV's documented limit for the distance of vectors of length 1; not measured here."""

    def __init__(self, weights: bytes) -> None:
        self._weights = weights
        self._network: Any = None

    def encode(self, rgb: Pixels, found: Found) -> NDArray[np.float32]:
        import cv2

        if self._network is None:
            self._network = cv2.FaceRecognizerSF.create(
                "onnx", np.frombuffer(self._weights, np.uint8), np.empty(0, np.uint8)
            )
        box, points = found.box, points_of(found)
        row = np.array(
            [box.left, box.top, box.width, box.height, *points.ravel(), found.score], np.float32
        )
        face = self._network.alignCrop(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), row[None])
        return unit(self._network.feature(face))


def recogniser_for(file: WeightFile, weights: bytes) -> Recogniser:
    """The recogniser that a checked weight file is for."""
    kinds: dict[WeightFile, type[MobileFaceNet] | type[SFace]] = {
        MOBILEFACENET: MobileFaceNet,
        SFACE: SFace,
    }
    return kinds[file](weights)


def unit(values: NDArray[Any]) -> NDArray[np.float32]:
    """The values brought to length 1; not a number where they are all nothing."""
    flat = np.asarray(values, dtype=np.float32).ravel()
    length = float(np.linalg.norm(flat))
    return flat / length if length > 0 else np.full_like(flat, np.nan)
