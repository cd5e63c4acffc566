"""The register of `gatekeeper_consent` as the frozen values that the detectors know."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session, col, select

from gatekeeper_consent.faces import templates
from gatekeeper_consent.records import roll_imported_at
from gatekeeper_consent.register import Use, answers_for_use, pupils, staff
from gatekeeper_detectors.rules import stale_roll
from gatekeeper_detectors.values import Answer, Photo, Pupil, Register, StaffMember, Template
from gatekeeper_queue.models import AuditEvent, Meta
from gatekeeper_queue.school import School
from gatekeeper_queue.store import Cipher

_COUNTER = "register_changes"

_FRESH = ("register.imported", "school.made")
"""Events after which the roll was up to date."""


@dataclass(frozen=True)
class EngineId:
    """Which engine's templates are wanted; templates of another engine do not compare."""

    name: str
    version: str


def register_for(
    session: Session,
    channel: str,
    on: date,
    cipher: Cipher | None = None,
    engine: EngineId | None = None,
    *,
    only: Collection[str] | None = None,
) -> Register:
    """The register for one channel on one day; with face templates only where both
    `cipher` and `engine` are given (the rules themselves need none).

    Only the people with the ids `only`, where given: about them it says the same as the whole
    register, and of anybody else that they are unknown.
    """
    answers = answers_for_use(session, Use(channel), on, only)
    children = tuple(
        Pupil(
            pupil_id=row.pupil_id,
            first_name=row.first_name,
            last_name=row.last_name,
            middle_names=row.middle_names,
            preferred_name=row.preferred_name,
            class_name=row.class_name,
            year=row.year,
            group=Answer(answers[row.pupil_id].group),
            individual=Answer(answers[row.pupil_id].individual),
        )
        for row in pupils(session, ids=only)
    )
    adults = tuple(
        StaffMember(row.staff_id, row.last_name, row.first_name, row.title)
        for row in staff(session, ids=only)
    )
    known: tuple[Template, ...] = ()
    if cipher is not None and engine is not None:
        known = tuple(
            Template(found.person_id, found.vector, found.references)
            for found in templates(session, cipher, engine.name, engine.version, on=on)
        )
    return Register(children, adults, known)


def register_of(session: Session, channel: str, on: date, photos: Iterable[Photo]) -> Register:
    """The register as far as the faces in these photos go: a page that shows one picture need
    not read the whole roll."""
    shown = {who for photo in photos for face in photo.faces or () for who in face.people}
    return register_for(session, channel, on, only=shown)


def strictest(registers: Sequence[Register]) -> Register:
    """One register for several channels: permitted is only what every channel permits."""
    first, *others = registers
    pupils = tuple(
        replace(pupil, group=Answer.NO)
        if any(other.pupil_by_id[pupil.pupil_id].group is not Answer.YES for other in others)
        else pupil
        for pupil in first.pupils
    )
    return Register(pupils, first.staff, first.templates)


def register_changes(session: Session) -> int:
    """How often the register has changed; a verdict reached across a change does not count."""
    row = session.get(Meta, _COUNTER)
    return int(row.value) if row else 0


def note_register_change(session: Session) -> None:
    """To be called in each transaction that changes the register."""
    row = session.get(Meta, _COUNTER) or Meta(name=_COUNTER, value="0")
    row.value = str(int(row.value) + 1)
    session.add(row)


def roll_age_days(school: School, session: Session) -> int | None:
    """Days since the roll was last imported, whatever became of single pupils since then.

    A school that imported before imports were counted, or that keeps its roll by hand, is as
    old as the last import on the audit log or its installation: nobody has said since that the
    roll is complete. None where there is no such event either.
    """
    at = roll_imported_at(session)
    if at is None:
        fresh = select(AuditEvent.at).where(col(AuditEvent.kind).in_(_FRESH))
        at = session.exec(fresh.order_by(col(AuditEvent.seq).desc()).limit(1)).first()
    return None if at is None else (school.today() - at.astimezone(school.zone).date()).days


def roll_is_stale(school: School, session: Session) -> bool:
    """Is the roll so old that the school's policy clears nothing by it (`stale_roll`)?"""
    options = school.policy.settings[stale_roll.RULE.id].options
    age = roll_age_days(school, session)
    if age is None or not isinstance(options, stale_roll.StaleRollOptions):
        return False
    return 0 < options.max_days < age
