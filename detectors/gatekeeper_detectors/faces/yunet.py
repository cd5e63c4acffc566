"""YuNet: OpenCV's small face detector, one more look when its weights are there.

Wu and others, "YuNet: A Tiny Millisecond-level Face Detector" (Machine Intelligence
Research, 2023), through `cv2.FaceDetectorYN`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.values import Box

AT_LEAST = 0.6
"""Score from which a look counts; measured in `tests/benchmarks/`."""
_OVERLAP, _MOST = 0.3, 5000
NAME = "yunet"


class YuNet:
    """The detector, loaded at the first picture."""

    def __init__(self, weights: bytes) -> None:
        self._weights = weights
        self._network: Any = None

    def detect(self, rgb: Pixels, at_least: float = AT_LEAST) -> list[Found]:
        """Faces scoring `at_least` (0 to 1) at the picture's own size, with five points each.

        A row of the answer is left, top, width, height, five points (right eye, left eye,
        nose, right and left corner of the mouth) and the score, in pixels
        (docs.opencv.org, `FaceDetectorYN::detect`).
        """
        import cv2

        height, width = rgb.shape[:2]
        if self._network is None:
            self._network = cv2.FaceDetectorYN.create(
                "onnx", np.frombuffer(self._weights, np.uint8), np.empty(0, np.uint8), (320, 320)
            )
            self._network.setNMSThreshold(_OVERLAP)
            self._network.setTopK(_MOST)
        self._network.setScoreThreshold(at_least)
        self._network.setInputSize((width, height))
        _, rows = self._network.detect(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
        return [] if rows is None else [_found(row, width, height) for row in rows]


def _found(row: Any, width: int, height: int) -> Found:
    left, top, across, down = (float(value) for value in row[:4])
    box = Box(
        min(max(round(left), 0), width - 1),
        min(max(round(top), 0), height - 1),
        max(1, min(round(left + across), width)),
        max(1, min(round(top + down), height)),
    )
    return Found(box, float(row[14]), (NAME,), np.asarray(row[4:14], np.float32).reshape(5, 2))
