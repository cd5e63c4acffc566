"""The pixels of a JPEG that this product wrote itself."""

from __future__ import annotations

from io import BytesIO

import numpy as np

from gatekeeper_detectors.faces.found import Pixels


def pixels_of(jpeg: bytes) -> Pixels:
    """(height, width, 3) uint8. Raises `OSError` for anything that is not a whole JPEG.

    Only for clean pictures: a stranger's file is decoded behind limits, at ingest.
    """
    from PIL import Image

    with Image.open(BytesIO(jpeg), formats=("JPEG",)) as picture:
        return np.asarray(picture.convert("RGB"))
