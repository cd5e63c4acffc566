"""The register as plain values: what a folder holds, and what is read out of the database."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from gatekeeper_consent.answers import Decision, Scope, Use

ConsentKey = tuple[str, Use, Scope]
"""pupil_id, use, scope."""


@dataclass(frozen=True)
class RollRow:
    """One child, as in roll.csv."""

    pupil_id: str
    first_name: str
    middle_names: str
    last_name: str
    preferred_name: str
    class_name: str
    year: str


@dataclass(frozen=True)
class StaffRow:
    """One member of staff, as in staff.csv."""

    staff_id: str
    title: str
    first_name: str
    last_name: str


@dataclass(frozen=True)
class ConsentRow:
    """One answer, as in consents.csv."""

    pupil_id: str
    use: Use
    scope: Scope
    decision: Decision
    given_by: str = ""
    given_on: date | None = None
    expires_on: date | None = None
    withdrawn_on: date | None = None

    @property
    def key(self) -> ConsentKey:
        return (self.pupil_id, self.use, self.scope)

    @property
    def stands(self) -> bool:
        """Says yes and was not withdrawn; whether it counts on a day is `effective_answer`."""
        return self.decision is Decision.YES and self.withdrawn_on is None

    @property
    def refuses(self) -> bool:
        """Says no, or withdraws an earlier yes."""
        return self.decision is Decision.NO or self.withdrawn_on is not None

    def cleared(self) -> ConsentRow:
        """The record that the register no longer holds this answer."""
        return ConsentRow(self.pupil_id, self.use, self.scope, Decision.CLEARED)


@dataclass(frozen=True)
class BiometricRow:
    """One person's leave to have their face learnt, as in biometric.csv."""

    person_id: str
    given_by: str = ""
    given_on: date | None = None
    child_refused: bool = False
    withdrawn_on: date | None = None

    @property
    def stands(self) -> bool:
        """Given, and neither refused nor withdrawn."""
        return self.given_on is not None and not self.child_refused and self.withdrawn_on is None

    @property
    def refuses(self) -> bool:
        """The child refuses, or a consent was withdrawn."""
        return self.child_refused or self.withdrawn_on is not None

    def cleared(self) -> BiometricRow:
        """The record that the consent is no longer on the register."""
        return BiometricRow(self.person_id)


@dataclass(frozen=True)
class FacePicture:
    """A reference picture in the folder, of a person with biometric consent."""

    person_id: str
    path: Path


@dataclass(frozen=True)
class RowError:
    """Something in the folder that must be put right before it is imported."""

    file: str
    """Or whatever else stands first: "The number A17"."""
    line: int
    """The row number that a spreadsheet shows; 0 when the whole file is meant."""
    column: str
    message: str
    """What is wrong and what to do, in plain words; it quotes no names."""
    whole_file: bool = False
    """The file cannot be used at all, so its good rows cannot be told from its bad ones."""

    def __str__(self) -> str:
        line = f", row {self.line}" if self.line else ""
        column = f", {self.column}" if self.column else ""
        return f"{self.file}{line}{column}: {self.message}"


class RowWarning(RowError):
    """Something in the folder that somebody should know, but that stops nothing."""


@dataclass(frozen=True)
class Covers:
    """What a source speaks of. What it speaks of and does not hold is no longer permitted; of
    what it does not speak, everything stays as it is."""

    consents: frozenset[tuple[Use, Scope]] = frozenset(
        (use, scope) for use in Use for scope in Scope
    )
    staff: bool = True
    biometric: bool = True
    roll: frozenset[str] = frozenset(each.name for each in fields(RollRow))
    """The fields of `RollRow`: a middle name that is in no column still gives a child away."""


EVERYTHING = Covers()
"""A register folder: it is the whole register, and a file that is missing permits nothing."""


@dataclass(frozen=True)
class FolderContents:
    """Everything usable in a register folder, or in an export. Rows with an error are not in it."""

    roll: tuple[RollRow, ...] = ()
    staff: tuple[StaffRow, ...] = ()
    consents: tuple[ConsentRow, ...] = ()
    biometric: tuple[BiometricRow, ...] = ()
    faces: tuple[FacePicture, ...] = ()
    unclear: frozenset[str] = frozenset()
    """Ids whose roll or staff row is wrong: still at the school, but permitted nothing."""
    errors: tuple[RowError, ...] = ()
    warnings: tuple[RowWarning, ...] = ()
    covers: Covers = EVERYTHING
