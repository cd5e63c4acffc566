"""Give, withdraw and refuse the learning of a face. What takes leave away purges at once."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from sqlmodel import Session

from gatekeeper_consent.contents import BiometricRow
from gatekeeper_consent.faces import purge_templates
from gatekeeper_consent.forms import require_form
from gatekeeper_consent.guardians import require_guardian
from gatekeeper_consent.models import BiometricConsent, Pupil, StaffMember
from gatekeeper_consent.ports import Recorder, UnknownPerson
from gatekeeper_consent.records import at_school, biometric_in_force, biometric_said


def give_biometric(
    session: Session,
    person_id: str,
    *,
    given_by: str,
    given_on: date,
    guardian_id: str | None = None,
    form_id: str | None = None,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> None:
    """Record written consent: one guardian's, or without `guardian_id` the family's (of staff:
    their own). A child's refusal stays, and so does another guardian's (G02).

    Raises `UnknownPerson` for somebody who is not at the school, `NotTheirGuardian`,
    `UnknownForm`, and ValueError without a giver.
    """
    if person_id not in at_school(session, [person_id]):
        raise UnknownPerson(person_id)
    if not given_by.strip():
        raise ValueError("Biometric consent needs the person who gave it.")
    entry = _Entry(session, guardian_id, recorded_by, now, record, form_id)
    before = entry.newest(person_id)
    after = replace(before, given_by=given_by.strip(), given_on=given_on, withdrawn_on=None)
    entry.append(after, "biometric.given")


def withdraw_biometric(
    session: Session,
    person_id: str,
    *,
    given_by: str,
    on: date,
    guardian_id: str | None = None,
    form_id: str | None = None,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> None:
    """Record a withdrawal, or a refusal, by `given_by`, and purge the template and references
    at once.

    Raises `UnknownPerson` for an id that nobody ever had: a mistyped id must not pass for
    a withdrawal; and `NotTheirGuardian`, `UnknownForm`.
    """
    _require_known(session, person_id)
    entry = _Entry(session, guardian_id, recorded_by, now, record, form_id)
    after = replace(entry.newest(person_id), given_by=given_by, withdrawn_on=on)
    entry.append(after, "biometric.withdrawn")


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
    entry = _Entry(session, None, recorded_by, now, record)
    after = replace(entry.newest(person_id), child_refused=refused)
    entry.append(after, "biometric.refused" if refused else "biometric.refusal-lifted")


def _require_known(session: Session, person_id: str) -> None:
    if session.get(Pupil, person_id) is None and session.get(StaffMember, person_id) is None:
        raise UnknownPerson(person_id)


@dataclass(frozen=True)
class _Entry:
    """Whose word is recorded, by whom, and when."""

    session: Session
    guardian_id: str | None
    recorded_by: str
    now: datetime
    record: Recorder
    form_id: str | None = None

    def newest(self, person_id: str) -> BiometricRow:
        """The newest record of the same stream."""
        said = biometric_said(self.session, [person_id]).get(person_id, [])
        own = (each.row for each in said if each.guardian_id == self.guardian_id)
        return next(own, BiometricRow(person_id))

    def append(self, row: BiometricRow, kind: str) -> None:
        session, person_id = self.session, row.person_id
        if self.guardian_id is not None:
            require_guardian(session, self.guardian_id, person_id)
        if self.form_id is not None:
            require_form(session, self.form_id, person_id)
        session.add(
            BiometricConsent(
                **asdict(row),
                guardian_id=self.guardian_id,
                form_id=self.form_id,
                recorded_at=self.now,
                recorded_by=self.recorded_by,
            )
        )
        session.flush()
        data = {} if self.guardian_id is None else {"guardian": self.guardian_id}
        self.record(kind, person_id, data)
        if person_id not in biometric_in_force(session, self.now.date(), [person_id]):
            purge_templates(session, person_id, record=self.record)
