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
_LOOKS: tuple[dict[str, object], ...] = (
    {},
    {"Det.limit_type": "max", "Det.limit_side_len": 960},
)
"""Sizes at which words are looked for: the picture's own, for small ones, and 960 pixels, because
a lone word in large letters is overlooked otherwise. Of 60 badges with 10 to 45 pixel letters,
one look found 49, both 58 (`tests/benchmarks/words_in_pictures.py`)."""
_SAME_LINE = 0.5
"""Overlap from which both looks mean the same line."""


@lru_cache(maxsize=1)
def load_readers() -> tuple[Any, ...]:
    """A reader for each look, made once per process; one thread, like the search for faces."""
    from rapidocr import RapidOCR

    usual = {
        "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "Global.text_score": LEAST_SCORE,
        "Global.log_level": "error",
    }
    return tuple(RapidOCR(params={**usual, **look}) for look in _LOOKS)


def read_lines(rgb: Pixels) -> tuple[Writing, ...]:
    """Lines of words from top to bottom; about 1.6 s for 1600 x 1200 pixels.

    Where the two looks read a line differently, both readings are given.
    """
    lines: list[Writing] = []
    for reader in load_readers():
        lines += [line for line in _look(reader, rgb) if not _is_known(line, lines)]
    return tuple(sorted(lines, key=lambda line: (line.box.top, line.box.left)))


def _is_known(line: Writing, lines: list[Writing]) -> bool:
    return any(
        line.text == other.text and line.box.overlap(other.box) >= _SAME_LINE for other in lines
    )


def _look(reader: Any, rgb: Pixels) -> list[Writing]:
    blue_first = rgb[:, :, ::-1]  # as OpenCV has it, which the reader was made for
    result = reader(blue_first)
    if result.txts is None:
        return []
    height, width = rgb.shape[:2]
    return [
        Writing(_box(corners, width, height), text, float(score))
        for corners, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
    ]


def _box(corners: Any, width: int, height: int) -> Box:
    """Upright rectangle around a slanted one, inside the picture. `corners` is (4, 2)."""
    across, down = corners[:, 0], corners[:, 1]
    left, top = max(int(across.min()), 0), max(int(down.min()), 0)
    right, bottom = min(int(across.max()) + 1, width), min(int(down.max()) + 1, height)
    return Box(left, top, max(right, left + 1), max(bottom, top + 1))
