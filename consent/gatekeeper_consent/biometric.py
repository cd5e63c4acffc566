"""Give, withdraw and refuse the learning of a face. What takes leave away purges at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlmodel import Session

from gatekeeper_consent.contents import BiometricRow
from gatekeeper_consent.faces import purge_templates
from gatekeeper_consent.models import BiometricConsent, Pupil, StaffMember
from gatekeeper_consent.ports import Recorder, UnknownPerson
from gatekeeper_consent.records import at_school, biometric_in_force, newest_biometric


def give_biometric(
    session: Session,
    person_id: str,
    *,
    given_by: str,
    given_on: date,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> None:
    """Record a parent's written consent (of staff: their own). A child's refusal stays (G02).

    Raises `UnknownPerson` for somebody who is not at the school, ValueError without a giver.
    """
    if person_id not in at_school(session, [person_id]):
        raise UnknownPerson(person_id)
    if not given_by.strip():
        raise ValueError("Biometric consent needs the person who gave it.")
    before = _newest(session, person_id)
    after = replace(before, given_by=given_by.strip(), given_on=given_on, withdrawn_on=None)
    _append(session, after, "biometric.given", recorded_by, now, record)


def withdraw_biometric(
    session: Session,
    person_id: str,
    *,
    given_by: str,
    on: date,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> None:
    """Record a withdrawal by `given_by`, and purge the template and references at once.

    Raises `UnknownPerson` for an id that nobody ever had: a mistyped id must not pass for
    a withdrawal.
    """
    _require_known(session, person_id)
    after = replace(_newest(session, person_id), given_by=given_by, withdrawn_on=on)
    _append(session, after, "biometric.withdrawn", recorded_by, now, record)


def set_child_refusal(
    session: Session,
    person_id: str,
    refused: bool,
    *,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> None:
    """Record that the child refuses, which overrides the parents and purges, or agrees again.

    Raises `UnknownPerson` for an id that nobody ever had.
    """
    _require_known(session, person_id)
    after = replace(_newest(session, person_id), child_refused=refused)
    kind = "biometric.refused" if refused else "biometric.refusal-lifted"
    _append(session, after, kind, recorded_by, now, record)


def _require_known(session: Session, person_id: str) -> None:
    if session.get(Pupil, person_id) is None and session.get(StaffMember, person_id) is None:
        raise UnknownPerson(person_id)


def _newest(session: Session, person_id: str) -> BiometricRow:
    return newest_biometric(session, [person_id]).get(person_id, BiometricRow(person_id))


def _append(
    session: Session,
    row: BiometricRow,
    kind: str,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> None:
    session.add(biometric_record(row, recorded_by, now))
    session.flush()
    record(kind, row.person_id, {})
    if row.person_id not in biometric_in_force(session, now.date(), [row.person_id]):
        purge_templates(session, row.person_id, record=record)


def biometric_record(row: BiometricRow, recorded_by: str, now: datetime) -> BiometricConsent:
    """The table row for a plain one."""
    return BiometricConsent(
        person_id=row.person_id,
        given_by=row.given_by,
        given_on=row.given_on,
        child_refused=row.child_refused,
        withdrawn_on=row.withdrawn_on,
        recorded_at=now,
        recorded_by=recorded_by,
    )
