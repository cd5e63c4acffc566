"""Faces as the pages show them: numbered boxes, who it is, what the families said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gatekeeper.web.words import channel_name, likeness
from gatekeeper_detectors.values import NOBODY, Box, Decision, Face, Register, classes_in
from gatekeeper_queue.models import SubmissionPhoto
from gatekeeper_queue.records import photo_from_row

_CANDIDATES = 5
"""So many are offered as one-tap choices; everybody else is found by search."""


@dataclass(frozen=True)
class CandidateView:
    """Somebody whom a face may be."""

    person_id: str
    name: str
    class_name: str
    likeness: str


@dataclass(frozen=True)
class FaceView:
    """One face of a picture."""

    number: int
    """From 1, left to right."""
    box: Box
    look: str
    """`ok`, `no`, `ask`, `staff` or `off`: colour and line of its box."""
    who: str
    says: str
    candidates: tuple[CandidateView, ...]
    person_id: str
    tiny: bool
    """Too small for anybody to be known, so nobody has to say who it is."""
    said: bool
    """Did a colleague say who it is, rather than the machine?"""
    reason: str
    """Why the face cannot be recognised ("too small (20 pixels …)"); empty when it can."""

    @property
    def unknown(self) -> bool:
        return self.look == "ask"

    @property
    def refused(self) -> bool:
        """Somebody who may not be shown."""
        return self.look == "no"

    @property
    def unfit(self) -> bool:
        """Unknown, and not clear enough for anybody to be recognised."""
        return self.unknown and bool(self.reason)

    @property
    def kind(self) -> str:
        """The reason without its numbers."""
        return self.reason.split(" (")[0]

    @property
    def nobody(self) -> bool:
        """Did a colleague say that it shows nobody who can be known?"""
        return self.look == "off" and self.said

    @property
    def key(self) -> str:
        """The box as a form field says it."""
        return ",".join(map(str, self.box))

    @property
    def crop(self) -> Box:
        """The face with some of what is around it, in pixels of the clean picture."""
        margin = max(self.box.width, self.box.height) // 2
        left, top, right, bottom = self.box
        return Box(max(left - margin, 0), max(top - margin, 0), right + margin, bottom + margin)


def faces_of(
    row: SubmissionPhoto, registers: Mapping[str, Register], class_name: str
) -> list[FaceView] | None:
    """The faces of a photo, left to right; None when the search did not finish.

    `registers` holds the register for each channel of the submission, `class_name` is the
    class that its author declared.
    """
    faces = photo_from_row(row).faces
    if faces is None:
        return None
    ordered = sorted(faces, key=lambda face: (face.box.left, face.box.top))
    return [
        _view(number, face, registers, class_name) for number, face in enumerate(ordered, start=1)
    ]


def _view(number: int, face: Face, registers: Mapping[str, Register], class_name: str) -> FaceView:
    decisions = {name: face.decision(register) for name, register in registers.items()}
    register = next(iter(registers.values()))
    look, says = _judged(decisions)
    tiny = look == "ask" and not face.recognisable
    if tiny:
        look, says = "off", f"Only {face.box.height} pixels high."
    return FaceView(
        number=number,
        box=face.box,
        look=look,
        who="Too small to be known" if tiny else _who(face, look, register),
        says=says or _why_unknown(face),
        candidates=tuple(_candidates(face, register, class_name)),
        person_id=face.person_id,
        tiny=tiny,
        said=bool(face.said),
        reason=face.unfit,
    )


def _judged(decisions: Mapping[str, Decision | None]) -> tuple[str, str]:
    """Look and words; the worst channel decides."""
    found = set(decisions.values())
    if found == {None}:
        return "off", "A colleague says that nobody can be known here."
    if Decision.UNKNOWN in found:
        return "ask", ""
    refused = [name for name, found in decisions.items() if found is Decision.NOT_CONSENTED]
    if refused:
        names = " and ".join(channel_name(name) for name in refused)
        return "no", f"No permission for: {names}."
    if Decision.STAFF in found:
        return "staff", "Member of staff."
    return "ok", "May be shown."


def _who(face: Face, look: str, register: Register) -> str:
    if look == "ask":
        return "Not known yet"
    return "Nobody" if face.said == NOBODY else register.name_of(face.person_id)


def _why_unknown(face: Face) -> str:
    if face.person_id:
        return "The person named here is no longer on the register."
    return f"Could not be recognised: {face.unfit}." if face.unfit else "Nobody was recognised."


def _candidates(face: Face, register: Register, class_name: str) -> list[CandidateView]:
    """The nearest first, but before all others those of the declared class."""
    found = []
    for candidate in face.candidates:
        pupil = register.pupil_by_id.get(candidate.person_id)
        if pupil is None and candidate.person_id not in register.staff_by_id:
            continue
        found.append(
            CandidateView(
                candidate.person_id,
                register.name_of(candidate.person_id),
                pupil.class_name if pupil else "staff",
                likeness(candidate.distance),
            )
        )
    found.sort(key=lambda one: class_name not in classes_in(one.class_name))
    return found[:_CANDIDATES]


def face_at(faces: Sequence[FaceView] | None, box: Box | None) -> FaceView | None:
    """The face with this box."""
    return next((face for face in faces or () if face.box == box), None)
