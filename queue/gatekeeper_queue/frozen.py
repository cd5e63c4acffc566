"""Is incident mode on? Asked before anything is sent, and each time a page of ours is read."""

from __future__ import annotations

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from gatekeeper_queue.record_models import Freeze

_WHY = "Incident mode is on: nothing is sent, and the school’s own pages show nothing."


def open_freezes() -> SelectOfScalar[Freeze]:
    """What was frozen and has not been lifted; also for use in other queries."""
    return select(Freeze).where(col(Freeze.lifted_at).is_(None))


def current_freeze(session: Session) -> Freeze | None:
    """The freeze that is on; None in ordinary times."""
    return session.exec(open_freezes()).first()


def is_frozen(session: Session) -> bool:
    """Is everything to be hidden and nothing to be sent?"""
    return current_freeze(session) is not None


def why_frozen(session: Session) -> str:
    """Why nothing may be sent, for people; empty in ordinary times."""
    return _WHY if is_frozen(session) else ""
