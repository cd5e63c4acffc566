"""The plain frozen values that the detectors produce and the rules look at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Answer(StrEnum):
    """A family's answer to one use of a child's picture. Only `YES` permits anything (P01)."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Box(NamedTuple):
    """A rectangle in pixels, right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    def scaled(self, factor: float) -> Box:
        return Box(*(round(edge * factor) for edge in self))

    @property
    def area(self) -> int:
        return self.width * self.height

    def shared(self, other: Box) -> int:
        """Area that both boxes cover, in pixels."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(across, 0) * max(down, 0)

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        shared = self.shared(other)
        return shared / (self.area + other.area - shared) if shared else 0.0

    def share_in(self, other: Box) -> float:
        """How much of this box lies in the other, 0 to 1."""
        return self.shared(other) / self.area


# --- the register, as far as a rule may know it -------------------------------------------


def classes_in(class_name: str) -> tuple[str, ...]:
    """The classes of a pupil who may be in several: "5K, Choir" or "5K; Choir"."""
    names = (name.strip() for name in re.split(r"[,;]", class_name))
    return tuple(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True)
class Pupil:
    """One child on the roll, with the answers for the channel that is being judged."""

    pupil_id: str
    first_name: str
    last_name: str
    middle_names: str = ""
    preferred_name: str = ""
    class_name: str = ""
    """One class, or several (`classes_in`)."""
    year: str = ""
    group: Answer = Answer.UNKNOWN
    """May the child be in a picture with others, on this channel?"""
    individual: Answer = Answer.UNKNOWN
    """May the child be shown alone, on this channel (P04)?"""

    @property
    def full_name(self) -> str:
        return f"{self.preferred_name or self.first_name} {self.last_name}".strip()

    def is_in(self, class_name: str) -> bool:
        """Is this one of the child's classes?"""
        wanted = class_name.strip().casefold()
        return any(wanted == known.casefold() for known in classes_in(self.class_name))


@dataclass(frozen=True)
class StaffMember:
    """One member of staff, who may be named and does not count as a pupil."""

    staff_id: str
    last_name: str
    first_name: str = ""
    title: str = ""

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.title, self.first_name, self.last_name) if part)


class Decision(StrEnum):
    """What is known of one face, for the channel that is being judged."""

    CONSENTED = "consented"
    NOT_CONSENTED = "not-consented"
    UNKNOWN = "unknown"
    STAFF = "staff"


@dataclass(frozen=True, eq=False)
class Template:
    """What an engine knows of one person's face: the centroid of the good references.

    Only people with biometric consent have one (G02).
    """

    person_id: str
    vector: NDArray[np.float32]
    """(n,) float32; n depends on the engine, 128 for dlib."""
    references: int = 1


@dataclass(frozen=True)
class Register:
    """The roll, the staff and the face templates, for one channel on one day."""

    pupils: tuple[Pupil, ...] = ()
    staff: tuple[StaffMember, ...] = ()
    templates: tuple[Template, ...] = field(default=(), compare=False)

    @cached_property
    def pupil_by_id(self) -> dict[str, Pupil]:
        return {pupil.pupil_id: pupil for pupil in self.pupils}

    @cached_property
    def staff_by_id(self) -> dict[str, StaffMember]:
        return {member.staff_id: member for member in self.staff}

    def decision_on(self, person_id: str) -> Decision:
        """Consent for one person; unknown for an id that nobody has."""
        if person_id in self.staff_by_id:
            return Decision.STAFF
        pupil = self.pupil_by_id.get(person_id)
        if pupil is None:
            return Decision.UNKNOWN
        return Decision.CONSENTED if pupil.group is Answer.YES else Decision.NOT_CONSENTED

    def name_of(self, person_id: str) -> str:
        """The full name of a pupil or a member of staff; the id itself when nobody has it."""
        person = self.pupil_by_id.get(person_id) or self.staff_by_id.get(person_id)
        return person.full_name if person else person_id


# --- pictures -------------------------------------------------------------------------------


@dataclass(frozen=True)
class CameraSummary:
    """What the original file said of its making; all that is kept of its metadata (P07)."""

    make: str = ""
    model: str = ""
    taken_at: str = ""
    """Local time as the camera wrote it, ISO 8601 without a zone; empty when absent."""
    had_gps: bool = False
    found: tuple[str, ...] = ()
    """Kinds of hidden data that the original carried, in plain words ("GPS position")."""


@dataclass(frozen=True)
class CleanPicture:
    """A picture re-encoded from its pixels: upright, sRGB, flattened, one fixed JPEG form."""

    jpeg: bytes = field(repr=False)
    sha256: str
    width: int
    height: int
    """Pixels of `jpeg`."""
    upright_width: int
    upright_height: int
    """Pixels of the original once turned upright; boxes in reports are in these."""
    source_format: str
    camera: CameraSummary = CameraSummary()
    residue: tuple[str, ...] = ()
    """What the independent reader still found in `jpeg`; anything here stops the picture."""

    @property
    def to_upright(self) -> float:
        """Factor from clean pixels to upright pixels."""
        return self.upright_width / self.width


@dataclass(frozen=True)
class Candidate:
    """A person on the register whom a face resembles."""

    person_id: str
    distance: float
    """Euclidean distance to the person's template; smaller is closer."""


NOBODY = "nobody"
"""A reviewer's word that a box shows no pupil: a visitor who agreed, a poster, a pattern."""


RECOGNISABLE_PX = 16
"""Height in pixels of the smallest face that counts as somebody. A school portrait brought to
this size keeps some 12 by 16 pixels of a face: neither a machine nor a stranger knows it."""


@dataclass(frozen=True)
class Face:
    """One face found in a clean picture."""

    box: Box
    """Pixels of the clean picture."""
    score: float
    """The detector's confidence, 0 to 1."""
    found_by: tuple[str, ...] = ()
    unfit: str = ""
    """Why the face is not good enough to be recognised ("too small"); empty when it is."""
    candidates: tuple[Candidate, ...] = ()
    """The nearest people on the whole register, nearest first."""
    matched: str = ""
    """Id of the person whom the strict procedure recognised; empty when nobody."""
    said: str = ""
    """Id of the person whom a reviewer named, or `NOBODY`; empty when no reviewer said."""
    claimed: str = ""
    """Id of the person whom the author named, or `NOBODY`; empty when the author did not say.
    It can only make a decision stricter: what an author says, a second person confirms."""
    turn: float | None = None
    """How far the head is turned (`quality.turn`): 0 straight ahead, 1 and -1 about 45 degrees.
    None where the detector saw no eyes and nose, as in a full profile."""

    @property
    def recognisable(self) -> bool:
        """Large enough that somebody could know it; smaller ones are nobody's likeness."""
        return self.box.height >= RECOGNISABLE_PX

    @property
    def person_id(self) -> str:
        """Who it is: a reviewer's word before the machine's; empty when unknown or nobody."""
        if self.said:
            return "" if self.said == NOBODY else self.said
        return self.matched

    @property
    def people(self) -> frozenset[str]:
        """Ids of everybody whom the machine or a person takes it for, or may; the only ones whom
        a decision on it asks the register about."""
        near = (candidate.person_id for candidate in self.candidates)
        return frozenset(filter(None, (self.matched, self.said, self.claimed, *near)))

    def settled(self, register: Register) -> Decision | None:
        """Consent for this face by a reviewer's word and the machine's alone; None for a box
        said to show nobody."""
        return None if self.said == NOBODY else register.decision_on(self.person_id)

    def decision(self, register: Register) -> Decision | None:
        """Consent for this face by `register`; None for a box said to show nobody.

        An author's word refuses at once where it names a child who may not be shown, and where
        it differs from the machine's it makes the face a question. It settles nothing: not even
        a reviewer's "nobody" goes before it, for a child may be known from behind.
        """
        settled = self.settled(register)
        if self.refused_claim(register):
            return Decision.NOT_CONSENTED
        unconfirmed = self.claimed not in ("", self.matched) and not self.said
        if unconfirmed and settled is not Decision.NOT_CONSENTED:
            return Decision.UNKNOWN
        return settled

    def refused_claim(self, register: Register) -> str:
        """Id of the child whom the author named and who may not be shown, unless a reviewer
        named somebody else since; empty otherwise."""
        refused = register.decision_on(self.claimed) is Decision.NOT_CONSENTED
        return self.claimed if refused and self.said in ("", NOBODY) else ""

    def refused_as(self, register: Register) -> str:
        """Id of the child for whose sake the decision is `NOT_CONSENTED`; empty otherwise."""
        if self.decision(register) is not Decision.NOT_CONSENTED:
            return ""
        return self.refused_claim(register) or self.person_id


@dataclass(frozen=True)
class Writing:
    """A line of words that can be read in a picture: a badge, a certificate, a whiteboard."""

    box: Box
    """Pixels of the clean picture."""
    text: str
    score: float
    """The reader's confidence, 0 to 1."""


@dataclass(frozen=True)
class Photo:
    """One picture of a submission, as far as the checks got with it."""

    name: str
    """File name as the author gave it."""
    clean: CleanPicture | None = None
    problem: str = ""
    """Why the picture could not be read, in words for the author; then `clean` is None."""
    mend: str = ""
    faces: tuple[Face, ...] | None = None
    """None when the search for faces did not run to its end; see `faces_problem`."""
    faces_problem: str = ""
    words: tuple[Writing, ...] | None = None
    """None when the words in the picture were not read to the end; see `words_problem`."""
    words_problem: str = ""
    bodies: tuple[Box, ...] = ()
    """People found by their bodies, with or without a face (`faces.people`); a hint, no count."""
    gradient_hash: str = ""
    """What the picture looks like, in hex (`pictures.likeness`); empty when not computed."""


# --- the submission -------------------------------------------------------------------------


class Statement(StrEnum):
    """What an author confirms of each submission, on the short checklist."""

    OFF_PHONES = "off-phones"
    """No photo is on a personal phone or camera: it never was, or was deleted there (P07)."""
    SUITABLE = "suitable"
    """Suitably dressed, nothing that embarrasses a person or the school (P09)."""
    MAY_PUBLISH = "may-publish"
    """The school may publish it, and what others made is credited (P23)."""


CHECKLIST = tuple(Statement)


@dataclass(frozen=True)
class Author:
    """Who submits, as far as the rules care (P13)."""

    user_id: str
    trained_on: date | None = None
    aup_signed_on: date | None = None
    aup_is_current: bool = True
    """It is the present version that was signed."""


@dataclass(frozen=True)
class StoppedPicture:
    """A picture that was kept from the public, or taken from it, in another submission."""

    gradient_hash: str
    why: str
    """Completes "it looks like one that …" ("was rejected", "was taken down")."""
    on: date


@dataclass(frozen=True)
class Case:
    """Everything that the rules judge: one submission for one channel."""

    channel: str
    caption: str
    photos: tuple[Photo, ...]
    register: Register
    today: date
    alts: tuple[str, ...] = ()
    """One alt text per photo, in order; may be shorter."""
    class_name: str = ""
    """The class that the author declared; narrows who can be recognised."""
    stopped: tuple[StoppedPicture, ...] = ()
    """What other submissions were stopped for; empty outside the application."""
    author: Author | None = None
    """None outside the application (the command line judges no author)."""
    confirmed: frozenset[Statement] = frozenset()
    """What the author confirmed; counts where there is an author."""
    roll_age_days: int | None = None
    """Days since the roll was last imported; None where that is not known (the command line
    reads the roll itself)."""
