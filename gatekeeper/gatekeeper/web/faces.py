"""Faces as the pages show them: numbered boxes, who it is, what the families said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gatekeeper.web.words import channel_name, likeness
from gatekeeper_detectors.values import NOBODY, Answer, Box, Decision, Face, Register, classes_in
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
    claimed: str
    """Id of the person whom the author named, or `NOBODY`, until a colleague decided."""
    claim: str
    """The same in words; empty where nothing is claimed."""

    @property
    def unknown(self) -> bool:
        return self.look == "ask"

    @property
    def refused(self) -> bool:
        """Somebody who may not be shown."""
        return self.look == "no"

    @property
    def unfit(self) -> bool:
        """Unknown, not clear enough for anybody to be recognised, and named by nobody."""
        return self.unknown and bool(self.reason) and not self.claimed

    @property
    def askable(self) -> bool:
        """May the author say, or say again, who it is?"""
        return self.unknown or bool(self.claimed)

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
    look, says = _judged(decisions, alone=_alone(face.person_id, registers.values()))
    claimed = "" if face.said else face.claimed
    if look == "no" and claimed and not face.matched:
        says += " Named by the author."
    tiny = look == "ask" and not face.recognisable
    if tiny:
        look, says = "off", f"Only {face.box.height} pixels high."
    return FaceView(
        number=number,
        box=face.box,
        look=look,
        who="Too small to be known" if tiny else _who(face, look, registers),
        says=says or _why_unknown(face),
        candidates=tuple(_candidates(face, register, class_name)),
        person_id=face.person_id,
        tiny=tiny,
        said=bool(face.said),
        reason=face.unfit,
        claimed=claimed,
        claim=_named(claimed, register),
    )


def _alone(person_id: str, registers: Iterable[Register]) -> bool:
    """May this pupil be the only one in a picture, on every channel?"""
    pupils = [register.pupil_by_id.get(person_id) for register in registers]
    return all(pupil is not None and pupil.individual is Answer.YES for pupil in pupils)


def _judged(decisions: Mapping[str, Decision | None], *, alone: bool) -> tuple[str, str]:
    """Look and words; the worst channel decides."""
    found = set(decisions.values())
    if found == {None}:
        return "off", "A colleague says that nobody can be known here."
    refused = [name for name, found in decisions.items() if found is Decision.NOT_CONSENTED]
    if refused:
        names = " and ".join(channel_name(name) for name in refused)
        return "no", f"No permission for: {names}."
    if Decision.UNKNOWN in found:
        return "ask", ""
    if Decision.STAFF in found:
        return "staff", "Member of staff."
    return "ok", "May be shown." if alone else "May be shown with others."


def _who(face: Face, look: str, registers: Mapping[str, Register]) -> str:
    register = next(iter(registers.values()))
    if look == "ask":
        claimed = "" if face.said else face.claimed
        return f"{_named(claimed, register)}?" if claimed else "Not known yet"
    refused = next(filter(None, map(face.refused_as, registers.values())), "")
    if not refused and face.said == NOBODY:
        return "Nobody"
    return register.name_of(refused or face.person_id)


def _named(person_id: str, register: Register) -> str:
    """Who that is, in words; empty for nobody in particular."""
    if person_id == NOBODY:
        return "Nobody who can be known"
    return register.name_of(person_id) if person_id else ""


def _why_unknown(face: Face) -> str:
    if face.claimed and not face.said:
        return "Named by the author; a second person confirms it."
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
