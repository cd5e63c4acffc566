"""Whose parent somebody is, today. Other children are as if they did not exist."""

from __future__ import annotations

from sqlmodel import Session, col, select

from gatekeeper.web.errors import NotFound
from gatekeeper_consent.models import Guardianship, Pupil
from gatekeeper_queue.models import User


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
