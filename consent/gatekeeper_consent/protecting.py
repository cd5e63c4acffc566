"""Children who are never to be published: a court order beats every consent (P01, P24)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from gatekeeper_consent.models import Protection, Pupil
from gatekeeper_consent.ports import Recorder, UnknownPerson


def protect(
    session: Session,
    pupil_id: str,
    reason: str,
    *,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> Protection:
    """From now on the child is a no for every use. Take down their posts in the same
    transaction. Raises `UnknownPerson`, and ValueError without a reason.
    """
    return _append(session, pupil_id, True, reason, recorded_by, now, record)


def lift_protection(
    session: Session,
    pupil_id: str,
    reason: str,
    *,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> Protection:
    """From now on the family's answers count again. Only a person who may `LIFT_PROTECTION`
    must be let do it. Raises `UnknownPerson`, and ValueError without a reason or protection.
    """
    if protection_of(session, pupil_id) is None and session.get(Pupil, pupil_id) is not None:
        raise ValueError("This child is not marked as never to be published.")
    return _append(session, pupil_id, False, reason, recorded_by, now, record)


def _append(
    session: Session,
    pupil_id: str,
    protected: bool,
    reason: str,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> Protection:
    if session.get(Pupil, pupil_id) is None:
        raise UnknownPerson(pupil_id)
    if not reason.strip():
        raise ValueError("Say why: the reason stays on record.")
    row = Protection(
        pupil_id=pupil_id,
        protected=protected,
        reason=reason.strip(),
        recorded_at=now,
        recorded_by=recorded_by,
    )
    session.add(row)
    session.flush()
    # The reason stays in the register: it may say more of the child than a log should.
    record("pupil.protected" if protected else "pupil.protection-lifted", pupil_id, {})
    return row


def protection_of(session: Session, pupil_id: str) -> Protection | None:
    """The protection in force, with its reason; None where there is none."""
    newest = protections(session, pupil_id)
    return newest[0] if newest and newest[0].protected else None


def protections(session: Session, pupil_id: str) -> list[Protection]:
    """Every setting and lifting, newest first."""
    query = select(Protection).where(Protection.pupil_id == pupil_id)
    return list(session.exec(query.order_by(col(Protection.id).desc())))
