"""Whose parent somebody is, today. Other children are as if they did not exist."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import Session, col, select

from gatekeeper.web.errors import Conflict, NotFound
from gatekeeper.web.site import Caller
from gatekeeper_consent.models import Guardianship, Pupil
from gatekeeper_consent.ports import Recorder
from gatekeeper_consent.records import protected
from gatekeeper_queue.models import User

GIVEN_BY = "parent or carer"
"""Written down as the giver where the register does not say what the guardian is to the child."""


def own_children(session: Session, user: User) -> list[Pupil]:
    """The children that this account's guardian has a say about, by name."""
    if user.guardian_id is None:
        return []
    ids = select(Guardianship.pupil_id).where(
        Guardianship.guardian_id == user.guardian_id, col(Guardianship.ended_at).is_(None)
    )
    query = select(Pupil).where(col(Pupil.pupil_id).in_(ids))
    return sorted(session.exec(query), key=lambda child: (child.first_name, child.pupil_id))


def own_child(session: Session, user: User, pupil_id: str) -> Pupil:
    """One of them. Raises `NotFound`."""
    found = next((one for one in own_children(session, user) if one.pupil_id == pupil_id), None)
    if found is None:
        raise NotFound
    return found


def refuse_unasked(session: Session, child: Pupil) -> None:
    """Raises `Conflict` for a child about whom no answer is recorded now."""
    if child.pupil_id in protected(session, [child.pupil_id]):
        raise Conflict("No picture of your child is published. Please ask the school office.")
    if child.left_on is not None:
        raise Conflict("Your child has left the school, so no new answer is recorded.")


def recorder(caller: Caller, session: Session) -> Recorder:
    """Writes what the parent does into the audit log."""

    def record(kind: str, subject: str, data: Mapping[str, object]) -> None:
        caller.school.audit.append(session, caller.user.id, kind, subject, data)

    return record
