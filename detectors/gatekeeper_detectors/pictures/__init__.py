"""Ingest of pictures: whatever somebody sends, a clean JPEG or a clear refusal comes out.

The way of a picture: `sniff` tells the format by content; `child` has it decoded in a
limited process (`decoder`, `pixels`), which also reads what the original carried
(`hidden`); `verify` looks at the result as a stranger would. `strip` does so for folders.
"""

from __future__ import annotations

from gatekeeper_detectors.pictures.clean import clean_picture, read_photo
from gatekeeper_detectors.pictures.contract import Limits, Unreadable
from gatekeeper_detectors.pictures.strip import StripRefused, StripResult, strip_path
from gatekeeper_detectors.pictures.verify import residue

__all__ = [
    "Limits",
    "StripRefused",
    "StripResult",
    "Unreadable",
    "clean_picture",
    "read_photo",
    "residue",
    "strip_path",
]
