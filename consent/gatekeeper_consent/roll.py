"""The roll and the staff list by hand: add, correct, leave, come back. Ids stay for good."""

from __future__ import annotations

import re
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlmodel import Session

from gatekeeper_consent.contents import RollRow, StaffRow
from gatekeeper_consent.erasing import erased_among
from gatekeeper_consent.faces import purge_templates
from gatekeeper_consent.models import Pupil, StaffMember
from gatekeeper_consent.people import roll_row, staff_row
from gatekeeper_consent.ports import Recorder, UnknownPerson

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MAX = 100
"""Characters of one name or class."""


def add_pupil(session: Session, row: RollRow, *, record: Recorder) -> Pupil:
    """A child who joins. Raises ValueError for an id that is not free or usable, or no name."""
    _check_new(session, row.pupil_id)
    if erased_among(session, [row.pupil_id]):
        raise ValueError(
            "Everything about the child with this id was erased. If the child is back, have the "
            "technician run 'gatekeeper register erase --readmit' for it first."
        )
    pupil = Pupil(**_checked(asdict(row), "last_name", "first_name"))
    session.add(pupil)
    session.flush()
    record("pupil.added", pupil.pupil_id, {})
    return pupil


def change_pupil(session: Session, row: RollRow, *, record: Recorder) -> Pupil:
    """Another name, class or year: the same child with the same answers. The audit log keeps
    which fields changed, not what they said. Raises `UnknownPerson`, ValueError.
    """
    pupil = session.get(Pupil, row.pupil_id)
    if pupil is None:
        raise UnknownPerson(row.pupil_id)
    before = asdict(roll_row(pupil))
    _change(session, pupil, before, _checked(asdict(row), "last_name", "first_name"))
    _record_change("pupil.changed", row.pupil_id, before, asdict(roll_row(pupil)), record)
    return pupil


def leave(session: Session, pupil_id: str, on: date, *, today: date, record: Recorder) -> Pupil:
    """The child has left: nothing is permitted any more, and the template is purged at once.

    Take down and check again in the same transaction. Who left before keeps that day. Raises
    `UnknownPerson`, and ValueError for a day that has not come.
    """
    pupil = session.get(Pupil, pupil_id)
    if pupil is None:
        raise UnknownPerson(pupil_id)
    _leave(session, pupil, pupil_id, "pupil.left", on, today, record)
    return pupil


def come_back(session: Session, pupil_id: str, *, record: Recorder) -> Pupil:
    """The child is on the roll again, with the answers on record. Raises `UnknownPerson`."""
    pupil = session.get(Pupil, pupil_id)
    if pupil is None:
        raise UnknownPerson(pupil_id)
    if pupil.left_on is not None:
        pupil.left_on = None
        session.add(pupil)
        session.flush()
        record("pupil.returned", pupil_id, {})
    return pupil


def add_staff(session: Session, row: StaffRow, *, record: Recorder) -> StaffMember:
    """Somebody who joins the staff. Raises ValueError as `add_pupil` does."""
    _check_new(session, row.staff_id)
    member = StaffMember(**_checked(asdict(row), "last_name"))
    session.add(member)
    session.flush()
    record("staff.added", member.staff_id, {})
    return member


def change_staff(session: Session, row: StaffRow, *, record: Recorder) -> StaffMember:
    """Another name or title. Raises `UnknownPerson`, ValueError."""
    member = session.get(StaffMember, row.staff_id)
    if member is None:
        raise UnknownPerson(row.staff_id)
    before = asdict(staff_row(member))
    _change(session, member, before, _checked(asdict(row), "last_name"))
    _record_change("staff.changed", row.staff_id, before, asdict(staff_row(member)), record)
    return member


def staff_leave(
    session: Session, staff_id: str, on: date, *, today: date, record: Recorder
) -> StaffMember:
    """The member of staff has left; the template is purged. Raises as `leave` does."""
    member = session.get(StaffMember, staff_id)
    if member is None:
        raise UnknownPerson(staff_id)
    _leave(session, member, staff_id, "staff.left", on, today, record)
    return member


def staff_come_back(session: Session, staff_id: str, *, record: Recorder) -> StaffMember:
    """The member of staff is here again. Raises `UnknownPerson`."""
    member = session.get(StaffMember, staff_id)
    if member is None:
        raise UnknownPerson(staff_id)
    if member.left_on is not None:
        member.left_on = None
        session.add(member)
        session.flush()
        record("staff.returned", staff_id, {})
    return member


def _check_new(session: Session, person_id: str) -> None:
    if not _ID.fullmatch(person_id):
        raise ValueError(
            "A number is made of letters, digits, dots, dashes and underscores, at most 64."
        )
    if session.get(Pupil, person_id) or session.get(StaffMember, person_id):
        raise ValueError(f"{person_id} belongs to somebody already, perhaps to one who left.")


def _checked(values: dict[str, Any], *needed: str) -> dict[str, Any]:
    """The values without needless spaces. Raises ValueError for a name that is missing."""
    tidy = {name: " ".join(value.split()) for name, value in values.items()}
    if any(not tidy[name] for name in needed):
        raise ValueError(f"The {' and the '.join(needed).replace('_', ' ')} must not be empty.")
    if any(len(value) > _MAX for value in tidy.values()):
        raise ValueError(f"A name or class has at most {_MAX} characters.")
    return tidy


def _change(
    session: Session, person: Pupil | StaffMember, before: dict[str, str], after: dict[str, str]
) -> None:
    for name in before:
        setattr(person, name, after[name])
    session.add(person)
    session.flush()


def _record_change(
    kind: str, who: str, before: dict[str, str], after: dict[str, str], record: Recorder
) -> None:
    changed = [name for name in before if before[name] != after[name]]
    if changed:
        record(kind, who, {"fields": changed})


def _leave(
    session: Session,
    person: Pupil | StaffMember,
    person_id: str,
    kind: str,
    on: date,
    today: date,
    record: Recorder,
) -> None:
    if on > today:
        raise ValueError("Record that somebody left on the day itself, or later.")
    if person.left_on is None:
        person.left_on = on
        session.add(person)
        session.flush()
        record(kind, person_id, {"on": on.isoformat()})
    purge_templates(session, person_id, record=record)
