"""How sure the machine must be before it says whose face it is."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Thresholds:
    """Distances are between an engine's vectors; the defaults are for the dlib engine.

    Chosen on one half of a set of public faces and tested on the other (306 people with three
    references each, half of them without consent; 457 strangers): .80 of the faces that may
    be cleared are, no stranger is, and of those without consent one picture, whose label is
    doubtful. On the synthetic school nobody wrong is cleared, and .69 of the others are. A
    margin of .10 clears more and lets strangers through on both.
    (`tests/benchmarks/faces.py know`)
    """

    strict: float = 0.425
    """A face further than this from its nearest template is nobody."""
    margin: float = 0.12
    """Every other enrolled person must be at least this much further away."""
    loose: float = 0.6
    """A resemblance worth a word to the reviewer; most children are this close to some other."""
    min_face_px: int = 64
    """Height of the smallest face that may be recognised: below, vectors drift together."""
    min_guess_px: int = 40
    """Height of the smallest face for which the reviewer is offered candidates."""
    min_sharpness: float = 0.02
    """Least `quality.sharpness`."""
    max_turn: float = 0.8
    """Greatest `quality.turn`, either way."""

    def adjusted(self, strict: float | None = None, margin: float | None = None) -> Thresholds:
        """With a school's own settings; None keeps the calibrated value."""
        return replace(
            self,
            strict=self.strict if strict is None else strict,
            margin=self.margin if margin is None else margin,
        )
