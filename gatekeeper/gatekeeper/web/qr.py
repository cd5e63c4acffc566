"""A link as a QR code, so that nobody types it from paper."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

_QUIET = 4
"""Modules of white around the code (ISO/IEC 18004)."""


@dataclass(frozen=True)
class QrCode:
    """A square of `size` modules, the quiet zone included, and its dark ones as an SVG path."""

    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """The code of a text of at most about 2,000 characters."""
    import cv2  # takes a third of a second, and few pages need it

    drawn = cv2.QRCodeEncoder.create().encode(text)
    dark = drawn == 0
    rows, columns = dark.any(axis=1).nonzero()[0], dark.any(axis=0).nonzero()[0]
    code = dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    path = "".join(
        f"M{start + _QUIET} {y + _QUIET}h{length}v1h-{length}z"
        for y, row in enumerate(code.tolist())
        for start, length in _runs(row)
    )
    return QrCode(len(code) + 2 * _QUIET, path)


def _runs(row: list[bool]) -> list[tuple[int, int]]:
    """Where dark modules stand side by side: the first, and how many."""
    runs, start = [], 0
    for is_dark, group in groupby(row):
        length = len(list(group))
        if is_dark:
            runs.append((start, length))
        start += length
    return runs
