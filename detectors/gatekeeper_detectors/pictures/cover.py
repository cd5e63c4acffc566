"""Covering faces and words for good: a solid patch, not a blur (G01).

Blurred and pixelated faces can be recognised by machines and partly restored; under a patch
of one colour nothing is left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO

from gatekeeper_detectors.pictures.encoding import JPEG_SETTINGS
from gatekeeper_detectors.pictures.verify import residue
from gatekeeper_detectors.values import Box, CleanPicture

PATCH = (96, 96, 104)
"""One grey for everybody: a colour taken from the face would tell something of it."""
# How far the patch reaches beyond the box of the face (forehead to chin), in its heights:
# hair above, chin and beard below, ears and hair at the sides.
_ABOVE, _BELOW, _BESIDE = 0.45, 0.2, 0.4


def head_around(face: Box) -> Box:
    """The whole head around the box of a face, hair and chin included; may leave the picture."""
    height = face.height
    return Box(
        round(face.left - _BESIDE * height),
        round(face.top - _ABOVE * height),
        round(face.right + _BESIDE * height),
        round(face.bottom + _BELOW * height),
    )


def words_around(line: Box) -> Box:
    """A line of words with a margin, so that no stroke looks out."""
    margin = max(4, line.height // 4)
    return Box(line.left - margin, line.top - margin, line.right + margin, line.bottom + margin)


_HIDDEN = 0.9
"""Share of a face that a patch must hide before nobody can know it."""


def is_hidden(face: Box, patch: Box) -> bool:
    """Does the patch hide (nearly) all of the face?"""
    return face.share_in(patch) >= _HIDDEN


def covered(clean: CleanPicture, patches: Iterable[Box]) -> CleanPicture:
    """The picture with solid patches, encoded anew in the one form that may leave, verified.

    Boxes are pixels of the clean picture; what lies outside it is cut off. Raises `OSError`
    for what is no whole JPEG.
    """
    from PIL import Image, ImageDraw

    with Image.open(BytesIO(clean.jpeg), formats=("JPEG",)) as opened:
        picture = opened.convert("RGB")
    draw = ImageDraw.Draw(picture)
    for patch in patches:
        draw.rectangle((patch.left, patch.top, patch.right - 1, patch.bottom - 1), fill=PATCH)
    written = BytesIO()
    # From bare pixels, as ingest writes it, so that nothing of the old file is carried over.
    bare = Image.frombytes("RGB", picture.size, picture.tobytes())
    bare.save(written, **JPEG_SETTINGS)
    jpeg = written.getvalue()
    return replace(clean, jpeg=jpeg, sha256=hashlib.sha256(jpeg).hexdigest(), residue=residue(jpeg))
