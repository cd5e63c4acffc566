"""The newest records, past refusals, and who is at the school: what the rest builds on."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Set
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, func, or_, select

from gatekeeper_consent.answers import Decision, Use, biometric_allowed
from gatekeeper_consent.combining import Said, combined
from gatekeeper_consent.contents import BiometricRow, ConsentKey, ConsentRow
from gatekeeper_consent.models import (
    BiometricConsent,
    Consent,
    Guardianship,
    Protection,
    Pupil,
    RollImport,
    StaffMember,
)

Key = TypeVar("Key", bound=Hashable)

_NOBODY: Final[Set[str]] = frozenset()


def newest_consents(
    session: Session, *, use: Use | None = None, pupil_ids: Collection[str] | None = None
) -> dict[ConsentKey, ConsentRow]:
    """What the family and the guardians together say for each pupil, use and scope
    (`combining`), in two queries."""
    said = consents_said(session, use=use, pupil_ids=pupil_ids)
    guardians = current_guardians(session, pupil_ids)
    rows = ((key, combined(each, guardians.get(key[0], _NOBODY))) for key, each in said.items())
    return {key: row for key, row in rows if row is not None}


def consents_said(
    session: Session, *, use: Use | None = None, pupil_ids: Collection[str] | None = None
) -> dict[ConsentKey, list[Said[ConsentRow]]]:
    """The newest record of each stream, by pupil, use and scope, in one query."""
    newest = select(func.max(Consent.id)).group_by(
        col(Consent.pupil_id), col(Consent.use), col(Consent.scope), col(Consent.guardian_id)
    )
    if use is not None:
        newest = newest.where(col(Consent.use) == use)
    if pupil_ids is not None:
        newest = newest.where(col(Consent.pupil_id).in_(pupil_ids))
    # Columns, not objects: a register has tens of thousands of answers.
    columns = [col(getattr(Consent, each.name)) for each in fields(ConsentRow)]
    query = sa.select(col(Consent.id), col(Consent.guardian_id), *columns)
    said: dict[ConsentKey, list[Said[ConsentRow]]] = {}
    for number, guardian_id, *values in session.execute(query.where(col(Consent.id).in_(newest))):
        row = ConsentRow(*values)
        said.setdefault(row.key, []).append(Said(number, guardian_id, row))
    return said


def familys_yes(said: Mapping[Key, Iterable[Said[Any]]]) -> set[Key]:
    """Where the newest record of the family's own stream is a yes."""
    return {
        key
        for key, records in said.items()
        if any(each.guardian_id is None and each.row.stands for each in records)
    }


def guardians_yes(
    said: Mapping[ConsentKey, Iterable[Said[ConsentRow]]], guardians: Mapping[str, Set[str]]
) -> set[ConsentKey]:
    """Where a guardian who has a say now says yes."""
    return {
        key
        for key, records in said.items()
        if any(
            each.guardian_id in guardians.get(key[0], _NOBODY) and each.row.stands
            for each in records
        )
    }


def consent_row(record: Consent) -> ConsentRow:
    """The record as a plain value."""
    return ConsentRow(*(getattr(record, each.name) for each in fields(ConsentRow)))


def current_guardians(
    session: Session, pupil_ids: Collection[str] | None = None
) -> dict[str, set[str]]:
    """The ids of the guardians who have a say about each pupil now."""
    query = select(Guardianship.pupil_id, Guardianship.guardian_id).where(
        col(Guardianship.ended_at).is_(None)
    )
    if pupil_ids is not None:
        query = query.where(col(Guardianship.pupil_id).in_(pupil_ids))
    found: dict[str, set[str]] = {}
    for pupil_id, guardian_id in session.exec(query):
        found.setdefault(pupil_id, set()).add(guardian_id)
    return found


def protected(session: Session, pupil_ids: Collection[str] | None = None) -> set[str]:
    """Ids of the pupils who are never to be published, in one query."""
    newest = select(func.max(Protection.id)).group_by(col(Protection.pupil_id))
    if pupil_ids is not None:
        newest = newest.where(col(Protection.pupil_id).in_(pupil_ids))
    query = select(Protection.pupil_id).where(
        col(Protection.id).in_(newest), col(Protection.protected)
    )
    return {*session.exec(query)}


def consents_refused_on(session: Session) -> dict[ConsentKey, date]:
    """The last day on which each family said no to a use and scope, or withdrew from it.

    `date.max` while a guardian's own refusal stands: only they can take it back.
    """
    refusals = select(Consent).where(
        or_(col(Consent.decision) == Decision.NO, col(Consent.withdrawn_on).is_not(None))
    )
    latest: dict[ConsentKey, date] = {}
    for record in session.exec(refusals):
        key = (record.pupil_id, record.use, record.scope)
        day = record.withdrawn_on or record.given_on or record.recorded_at.date()
        latest[key] = max(day, latest.get(key, day))
    guardians = current_guardians(session)
    for key, said in consents_said(session).items():
        if _a_guardian_refuses(said, guardians.get(key[0], _NOBODY)):
            latest[key] = date.max
    return latest


def _a_guardian_refuses(said: Iterable[Said[Any]], current: Set[str]) -> bool:
    return any(each.row.refuses and each.guardian_id in current for each in said)


def newest_biometric(
    session: Session, person_ids: Collection[str] | None = None
) -> dict[str, BiometricRow]:
    """What is said of each person's face, in two queries. A child's refusal beats every yes."""
    said = biometric_said(session, person_ids)
    guardians = current_guardians(session, person_ids)
    rows = {
        who: combined_biometric(each, guardians.get(who, _NOBODY)) for who, each in said.items()
    }
    return {who: row for who, row in rows.items() if row is not None}


def combined_biometric(
    said: Collection[Said[BiometricRow]], current: Set[str]
) -> BiometricRow | None:
    """What counts of a face's streams: a child's refusal beats every yes (G02)."""
    if len(said) == 1 and (only := next(iter(said))).guardian_id is None:
        return only.row  # nearly always so (`combined`)
    # What the child says stands beside what the parents say, so it is put aside meanwhile.
    parents = [each._replace(row=replace(each.row, child_refused=False)) for each in said]
    row = combined(parents, current)
    refused = any(each.row.child_refused for each in said)
    return row and replace(row, child_refused=refused)


def biometric_said(
    session: Session, person_ids: Collection[str] | None = None
) -> dict[str, list[Said[BiometricRow]]]:
    """The newest record of each stream about each person's face, in one query."""
    newest = select(func.max(BiometricConsent.id)).group_by(
        col(BiometricConsent.person_id), col(BiometricConsent.guardian_id)
    )
    if person_ids is not None:
        newest = newest.where(col(BiometricConsent.person_id).in_(person_ids))
    columns = [col(getattr(BiometricConsent, each.name)) for each in fields(BiometricRow)]
    query = sa.select(col(BiometricConsent.id), col(BiometricConsent.guardian_id), *columns)
    said: dict[str, list[Said[BiometricRow]]] = {}
    for number, guardian_id, *values in session.execute(
        query.where(col(BiometricConsent.id).in_(newest))
    ):
        row = BiometricRow(*values)
        said.setdefault(row.person_id, []).append(Said(number, guardian_id, row))
    return said


def biometric_refused_on(session: Session) -> dict[str, date]:
    """The last day on which each child refused or consent was withdrawn; `date.max` while a
    guardian's own refusal stands.
    """
    refused, withdrawn = col(BiometricConsent.child_refused), col(BiometricConsent.withdrawn_on)
    latest: dict[str, date] = {}
    for record in session.exec(
        select(BiometricConsent).where(or_(refused, withdrawn.is_not(None)))
    ):
        # A child's refusal carries no day of its own, so it counts from when it was recorded.
        recorded = record.recorded_at.date()
        day = record.withdrawn_on or recorded
        day = max(day, recorded) if record.child_refused else day
        latest[record.person_id] = max(day, latest.get(record.person_id, day))
    guardians = current_guardians(session)
    for who, said in biometric_said(session).items():
        if _a_guardian_refuses(said, guardians.get(who, _NOBODY)):
            latest[who] = date.max
    return latest


def at_school(session: Session, person_ids: Collection[str] | None = None) -> set[str]:
    """Ids of the pupils and staff who have not left; of these people only, where given."""
    pupils = select(Pupil.pupil_id).where(col(Pupil.left_on).is_(None))
    staff = select(StaffMember.staff_id).where(col(StaffMember.left_on).is_(None))
    if person_ids is not None:
        pupils = pupils.where(col(Pupil.pupil_id).in_(person_ids))
        staff = staff.where(col(StaffMember.staff_id).in_(person_ids))
    return {*session.exec(pupils), *session.exec(staff)}


def biometric_in_force(
    session: Session, on: date, person_ids: Collection[str] | None = None
) -> set[str]:
    """Ids of the people at the school whose face may be learnt on that day (G02)."""
    records = newest_biometric(session, person_ids)
    allowed = {who for who, record in records.items() if biometric_allowed(record, on)}
    return allowed & at_school(session, person_ids)


def roll_imported_at(session: Session) -> datetime | None:
    """When the school last said who is on its roll; None when it never did."""
    return session.exec(select(func.max(RollImport.at))).one()
