"""How sure the machine must be before it says whose face it is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Part:
    """One engine's share of a vector that two engines made. Distances are on the vector's scale.

    Every part must name the same person, whatever the distances, before a face is cleared.
    """

    size: int
    """How many values are this engine's."""
    strict: float
    """Somebody who may not be shown is matched when this engine alone sees them this near."""
    reach: float = math.inf
    """A face further than this from its nearest template is nobody."""
    margin: float = 0.0
    """Every other enrolled person must be at least this much further away."""


@dataclass(frozen=True)
class Thresholds:
    """Distances are between an engine's vectors; the defaults are for the dlib engine.

    They come from `calibrations/`, where it says how they were measured.
    (`gatekeeper calibrate`, `tests/benchmarks/faces.py know`)
    """

    strict: float = 0.42
    """A face further than this from its nearest template is nobody."""
    margin: float = 0.12
    """Every other enrolled person must be at least this much further away."""
    loose: float = 0.6
    """A resemblance worth a word to the reviewer; most children are this close to some other."""
    parts: tuple[Part, ...] = ()
    """For a vector made by several engines: the share of each, in order."""
    min_face_px: int = 64
    """Height of the smallest face that may be recognised: below, vectors drift together."""
    min_guess_px: int = 40
    """Height of the smallest face for which the reviewer is offered candidates."""
    min_sharpness: float = 0.02
    """Least `quality.sharpness`."""
    max_turn: float = 0.8
    """Greatest `quality.turn`, either way."""

    def calibrated(self, strict: float, margin: float) -> Thresholds:
        """With measured limits for the whole vector; the parts then need none of their own."""
        parts = tuple(Part(part.size, part.strict) for part in self.parts)
        return replace(self, strict=strict, margin=margin, parts=parts)

    def adjusted(self, strict: float | None = None, margin: float | None = None) -> Thresholds:
        """With a school's own settings; None keeps the calibrated value."""
        return replace(
            self,
            strict=self.strict if strict is None else strict,
            margin=self.margin if margin is None else margin,
        )
