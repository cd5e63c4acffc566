"""The newest records, past refusals, and who is at the school: what the rest builds on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlmodel import Session, col, func, or_, select

from gatekeeper_consent.answers import Decision, Use, biometric_allowed
from gatekeeper_consent.contents import BiometricRow, ConsentKey, ConsentRow
from gatekeeper_consent.models import BiometricConsent, Consent, Pupil, RollImport, StaffMember


def newest_consents(
    session: Session, *, use: Use | None = None, pupil_ids: Collection[str] | None = None
) -> dict[ConsentKey, ConsentRow]:
    """The newest record of each pupil, use and scope, in one query."""
    newest = select(func.max(Consent.id)).group_by(
        col(Consent.pupil_id), col(Consent.use), col(Consent.scope)
    )
    if use is not None:
        newest = newest.where(col(Consent.use) == use)
    if pupil_ids is not None:
        newest = newest.where(col(Consent.pupil_id).in_(pupil_ids))
    records = session.exec(select(Consent).where(col(Consent.id).in_(newest)))
    return {row.key: row for row in map(_consent_row, records)}


def _consent_row(record: Consent) -> ConsentRow:
    return ConsentRow(
        pupil_id=record.pupil_id,
        use=record.use,
        scope=record.scope,
        decision=record.decision,
        given_by=record.given_by,
        given_on=record.given_on,
        expires_on=record.expires_on,
        withdrawn_on=record.withdrawn_on,
    )


def consents_refused_on(session: Session) -> dict[ConsentKey, date]:
    """The last day on which each family said no to a use and scope, or withdrew from it."""
    refusals = select(Consent).where(
        or_(col(Consent.decision) == Decision.NO, col(Consent.withdrawn_on).is_not(None))
    )
    latest: dict[ConsentKey, date] = {}
    for record in session.exec(refusals):
        key = (record.pupil_id, record.use, record.scope)
        day = record.withdrawn_on or record.given_on or record.recorded_at.date()
        latest[key] = max(day, latest.get(key, day))
    return latest


def newest_biometric(
    session: Session, person_ids: Collection[str] | None = None
) -> dict[str, BiometricRow]:
    """The newest biometric record of each person, in one query."""
    newest = select(func.max(BiometricConsent.id)).group_by(col(BiometricConsent.person_id))
    if person_ids is not None:
        newest = newest.where(col(BiometricConsent.person_id).in_(person_ids))
    records = session.exec(select(BiometricConsent).where(col(BiometricConsent.id).in_(newest)))
    return {row.person_id: row for row in map(_biometric_row, records)}


def _biometric_row(record: BiometricConsent) -> BiometricRow:
    return BiometricRow(
        person_id=record.person_id,
        given_by=record.given_by,
        given_on=record.given_on,
        child_refused=record.child_refused,
        withdrawn_on=record.withdrawn_on,
    )


def biometric_refused_on(session: Session) -> dict[str, date]:
    """The last day on which each child refused or consent was withdrawn."""
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
