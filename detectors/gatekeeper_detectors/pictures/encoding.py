"""The one JPEG form in which pictures leave."""

from __future__ import annotations

from typing import TypedDict


class JpegSettings(TypedDict):
    """Settings of Pillow's JPEG writer."""

    format: str
    quality: int
    subsampling: str
    optimize: bool
    progressive: bool


JPEG_SETTINGS: JpegSettings = {
    "format": "JPEG",
    "quality": 85,
    "subsampling": "4:2:0",
    # Both would make the tables depend on the picture; then the header could not be
    # compared byte by byte (see `verify`).
    "optimize": False,
    "progressive": False,
}
