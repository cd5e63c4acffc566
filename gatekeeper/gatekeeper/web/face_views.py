"""What the pages show of the faces that the machine may know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session, col, func, select

from gatekeeper.web.errors import NotFound
from gatekeeper.web.words import plain_date
from gatekeeper_consent.contents import BiometricRow
from gatekeeper_consent.faces import reenrolment_due
from gatekeeper_consent.models import (
    FaceTemplate,
    Guardian,
    Guardianship,
    Pupil,
    ReferenceFace,
    StaffMember,
)
from gatekeeper_consent.people import roll_columns
from gatekeeper_consent.records import biometric_in_force, biometric_said
from gatekeeper_detectors.faces.enrol import GOOD_REFERENCES
from gatekeeper_queue.recognition import why_not
from gatekeeper_queue.school import School


@dataclass(frozen=True)
class AnswerLine:
    """What one person wrote about learning this face."""

    who: str
    guardian_id: str
    """Empty for the family's own record, and for staff."""
    says: str
    look: str


@dataclass(frozen=True)
class Picture:
    """One reference picture."""

    id: int
    added_at: datetime


@dataclass(frozen=True)
class FaceCard:
    """One person's face, as far as the machine may know it."""

    person_id: str
    name: str
    note: str
    """Class, or "staff"."""
    is_pupil: bool
    left: bool
    locked: str
    """Why nobody is recognised in this school; empty where people are."""
    allowed: bool
    """Consent is in force."""
    refused: bool
    """The child refuses."""
    answers: list[AnswerLine]
    pictures: list[Picture]
    template: FaceTemplate | None
    due_on: date | None
    """When new pictures should be taken."""
    due: bool

    @property
    def known(self) -> bool:
        """Does the machine know this face, here and now?"""
        return self.allowed and self.template is not None and not self.locked

    @property
    def why(self) -> str:
        """Why it does not know it, or how well it does."""
        if self.left:
            return "This person has left."
        if self.refused:
            return "The child refuses, and that goes before everything else."
        if not self.allowed:
            return "There is no consent in force. A person says who it is."
        if self.locked:
            return self.locked
        if self.template is None:
            return "No picture has been taken yet."
        few = self.template.reference_count < GOOD_REFERENCES
        return f"With {GOOD_REFERENCES} pictures it would be known more often." if few else ""


def face_card(school: School, session: Session, person_id: str) -> FaceCard:
    """One pupil or member of staff. Raises `NotFound`."""
    pupil, member = session.get(Pupil, person_id), session.get(StaffMember, person_id)
    if pupil is not None:
        name, note = _pupil_name(pupil), pupil.class_name
    elif member is not None:
        name, note = _staff_name(member), "staff"
    else:
        raise NotFound
    person = pupil or member
    said = biometric_said(session, [person_id]).get(person_id, [])
    rows = {each.guardian_id or "": each.row for each in said}
    pictures = _pictures(session, person_id)
    year = timedelta(days=school.periods.references)
    due_on = max(one.added_at for one in pictures).date() + year if pictures else None
    return FaceCard(
        person_id=person_id,
        name=name,
        note=note,
        is_pupil=pupil is not None,
        left=person is not None and person.left_on is not None,
        locked=why_not(school, session),
        allowed=bool(biometric_in_force(session, school.today(), [person_id])),
        refused=any(row.child_refused for row in rows.values()),
        answers=_answers(session, person_id, rows, pupil is not None),
        pictures=pictures,
        template=session.get(FaceTemplate, person_id),
        due_on=due_on,
        due=due_on is not None and due_on <= school.today(),
    )


def _answers(
    session: Session, person_id: str, rows: Mapping[str, BiometricRow], is_pupil: bool
) -> list[AnswerLine]:
    query = (
        select(Guardian.id, Guardian.name, Guardianship.relation)
        .join(Guardianship, col(Guardianship.guardian_id) == col(Guardian.id))
        .where(Guardianship.pupil_id == person_id, col(Guardianship.ended_at).is_(None))
        .order_by(col(Guardianship.id))
    )
    lines = [
        _line(f"{name} ({relation})" if relation else name, guardian_id, rows.get(guardian_id))
        for guardian_id, name, relation in session.exec(query)
    ]
    family = rows.get("")
    if not is_pupil:
        return [_line("Their own answer", "", family)]
    if (family is not None and (family.given_on or family.withdrawn_on)) or not lines:
        lines.append(_line(_family_name(family), "", family))
    return lines


def _family_name(row: BiometricRow | None) -> str:
    signed = f", signed by {row.given_by}" if row and row.given_by else ""
    return f"The family’s form{signed}"


def _line(who: str, guardian_id: str, row: BiometricRow | None) -> AnswerLine:
    if row is not None and row.withdrawn_on is not None:
        return AnswerLine(who, guardian_id, f"no, since {plain_date(row.withdrawn_on)}", "no")
    if row is not None and row.given_on is not None:
        return AnswerLine(who, guardian_id, f"yes, {plain_date(row.given_on)}", "ok")
    return AnswerLine(who, guardian_id, "no answer yet", "ask")


def _pictures(session: Session, person_id: str) -> list[Picture]:
    query = (
        select(ReferenceFace.id, ReferenceFace.added_at)
        .where(ReferenceFace.person_id == person_id)
        .order_by(col(ReferenceFace.id))
    )
    return [Picture(number or 0, added) for number, added in session.exec(query)]


@dataclass(frozen=True)
class Line:
    """One person in a list."""

    person_id: str
    name: str
    note: str
    pictures: int
    due_on: date | None = None


@dataclass(frozen=True)
class Overview:
    """The people whose faces somebody has to do something about."""

    due: list[Line]
    """Whose pictures are a year old."""
    few: list[Line]
    """Who agreed, and has too few pictures or none."""
    staff: list[Line]
    known: int
    """How many people have enough pictures that are young enough."""


def overview(school: School, session: Session) -> Overview:
    """Everybody at the school whose face may be learnt, and all staff; a few queries."""
    on, year = school.today(), timedelta(days=school.periods.references)
    allowed = biometric_in_force(session, on)
    counted = select(ReferenceFace.person_id, func.count()).group_by(col(ReferenceFace.person_id))
    pictures = dict(session.exec(counted).all())
    due = reenrolment_due(session, on, year)
    lines = [
        Line(who, name, note, pictures.get(who, 0), due.get(who))
        for who, name, note in _people(session, allowed)
    ]
    with_leave = [line for line in lines if line.person_id in allowed]
    few = [line for line in with_leave if not line.due_on and line.pictures < GOOD_REFERENCES]
    late = [line for line in with_leave if line.due_on]
    return Overview(
        due=late,
        few=few,
        staff=[line for line in lines if line.note == "staff"],
        known=len(with_leave) - len(late) - len(few),
    )


def _people(session: Session, pupil_ids: Collection[str]) -> list[tuple[str, str, str]]:
    """Id, name and class of these pupils at the school, by class, and then of all staff."""
    here = col(Pupil.left_on).is_(None)
    pupils = roll_columns(session, here, col(Pupil.pupil_id).in_(pupil_ids))
    staff = session.exec(select(StaffMember).where(col(StaffMember.left_on).is_(None))).all()
    children = [(row.pupil_id, _pupil_name(row), row.class_name) for row in pupils]
    adults = [(row.staff_id, _staff_name(row), "staff") for row in staff]
    return [
        *sorted(children, key=lambda one: (one[2], one[1])),
        *sorted(adults, key=lambda one: one[1]),
    ]


def _pupil_name(row: Pupil | Row[Any]) -> str:
    return f"{row.preferred_name or row.first_name} {row.last_name}"


def _staff_name(row: StaffMember) -> str:
    return " ".join(filter(None, (row.title, row.first_name, row.last_name)))
