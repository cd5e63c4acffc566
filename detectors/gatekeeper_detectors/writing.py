"""Reading words in pictures: badges, certificates, work on the wall, whiteboards (P02).

RapidOCR (Apache-2.0) on onnxruntime; its models, PP-OCRv6 small, are inside its wheel. It
reads print and clear handwriting in Latin letters; joined-up and small children's writing it
often does not, so a person still has to look.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from gatekeeper_detectors.faces.found import Pixels
from gatekeeper_detectors.values import Box, Writing

LEAST_SCORE = 0.5
"""Below this the reader is guessing at patterns in cloth and foliage."""


@lru_cache(maxsize=1)
def load_reader() -> Any:
    """The reader, made once per process; one thread, like the search for faces."""
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Global.text_score": LEAST_SCORE,
            "Global.log_level": "error",
        }
    )


def read_lines(rgb: Pixels) -> tuple[Writing, ...]:
    """Lines of words from top to bottom, left to right; about 1 s for 1600 x 1200 pixels."""
    blue_first = rgb[:, :, ::-1]  # as OpenCV has it, which the reader was made for
    result = load_reader()(blue_first)
    if result.txts is None:
        return ()
    height, width = rgb.shape[:2]
    lines = [
        Writing(_box(corners, width, height), text, float(score))
        for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
    ]
    return tuple(sorted(lines, key=lambda line: (line.box.top, line.box.left)))


def _box(corners: Any, width: int, height: int) -> Box:
    """Upright rectangle around a slanted one, inside the picture. `corners` is (4, 2)."""
    across, down = corners[:, 0], corners[:, 1]
    left, top = max(int(across.min()), 0), max(int(down.min()), 0)
    right, bottom = min(int(across.max()) + 1, width), min(int(down.max()) + 1, height)
    return Box(left, top, max(right, left + 1), max(bottom, top + 1))
