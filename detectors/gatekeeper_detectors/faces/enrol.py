"""From reference pictures to a template. Only for people with biometric consent (G02)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.faces.decode import pixels_of
from gatekeeper_detectors.faces.engine import FaceEngine
from gatekeeper_detectors.faces.quality import sharpness, turn, unfit
from gatekeeper_detectors.values import Box, Template

GOOD_REFERENCES = 3
"""With three, four in five faces can be cleared; with one, half as many (EVIDENCE)."""


class Unusable(Exception):
    """A reference picture cannot be used; the message completes "the picture …"."""

    @property
    def reason(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Reference:
    """What an engine makes of one good reference picture."""

    box: Box
    """Pixels of the reference picture."""
    vector: NDArray[np.float32] = field(repr=False, compare=False)
    """(n,) float32."""
    turn: float = 0.0
    """How far the head is turned (`quality.turn`)."""
    sharpness: float = 0.0
    """See `quality.sharpness`."""


def encode_reference(engine: FaceEngine, jpeg: bytes) -> Reference:
    """The one face in a clean reference picture. Raises `Unusable` with the reason."""
    rgb = pixels_of(jpeg)
    faces = engine.find_portrait(rgb)
    if not faces:
        raise Unusable("shows no face that can be found")
    if len(faces) > 1:
        raise Unusable(f"shows {len(faces)} faces; a reference must show one person only")
    reason = unfit(rgb, faces[0], engine.thresholds)
    if reason:
        raise Unusable(f"cannot be used, because the face is {reason}")
    face = faces[0]
    return Reference(
        face.box,
        engine.encode(rgb, face),
        0.0 if face.points is None else turn(face.points),
        sharpness(rgb, face.box),
    )


def make_template(person_id: str, vectors: Sequence[NDArray[np.float32]]) -> Template:
    """The centroid of a person's references, which beats the nearest of them (EVIDENCE).

    `Template.references` tells how many there were; fewer than `GOOD_REFERENCES` work less
    well. Raises `ValueError` without any, and for numbers that are not finite.
    """
    if not vectors:
        raise ValueError(f"no reference for {person_id}")
    stacked = np.stack(vectors).astype(np.float32)
    if not np.isfinite(stacked).all():
        raise ValueError(f"a reference of {person_id} holds numbers that are not finite")
    return Template(person_id, stacked.mean(axis=0), references=len(vectors))
