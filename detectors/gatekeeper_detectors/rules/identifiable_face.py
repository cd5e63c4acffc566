"""Faces that anybody could know again or misuse, whatever the consent (G01, P05)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import DidNotRun, Options, Rule
from gatekeeper_detectors.values import NOBODY, Case, Face


class IdentifiableFaceOptions(Options):
    min_height: int = Field(default=48, ge=16)
    """Height of the smallest face that counts, in pixels of the picture that is published.
    From about 48 pixels on, face recognition knows people again (EVIDENCE: small faces)."""
    max_turn: float = Field(default=0.8, gt=0, le=1)
    """A head turned further than this is no longer face-on; 1 is about 45 degrees."""


def _check(case: Case, options: IdentifiableFaceOptions) -> Iterator[Finding]:
    for index, photo in enumerate(case.photos):
        if photo.clean is not None and photo.faces is None:
            raise DidNotRun(photo.faces_problem or "the search for faces did not finish")
        for face in photo.faces or ():
            if _is_identifiable(face, options) and face.person_id not in case.register.staff_by_id:
                yield RULE.finding(Action.NOTE, _message(face), photo=index, box=face.box)


def _is_identifiable(face: Face, options: IdentifiableFaceOptions) -> bool:
    """Large and face-on. A full profile, in which no second eye was seen, is not face-on; but
    the older detector gives no eyes, and finds none but faces that look at the camera."""
    if face.said == NOBODY or face.box.height < options.min_height:
        return False
    if face.turn is None:
        return "hog" in face.found_by
    return abs(face.turn) <= options.max_turn


def _message(face: Face) -> str:
    straight = face.turn is not None and abs(face.turn) < 0.3
    towards = "straight towards" if straight else "mostly towards"
    return (
        f"This face is large enough to be recognised ({face.box.height} pixels high) and turned "
        f"{towards} the camera."
    )


RULE = Rule(
    id="identifiable-face",
    title="A face is large and looks at the camera",
    why=(
        "Face-on pictures of pupils can be misused, whatever the parents agreed to. Prefer "
        "pictures from a distance, from the side or from behind."
    ),
    policy=("G01", "P05"),
    trips="A pupil’s face 120 pixels high, looking into the camera.",
    passes="The same pupil in profile, from far away, or covered; a member of staff.",
    mend=(
        "Cover the face, or choose a picture taken from further away, from the side or from "
        "behind. A picture sent in a smaller size also makes faces smaller."
    ),
    check=_check,
    about_people=True,
    options=IdentifiableFaceOptions,
)
