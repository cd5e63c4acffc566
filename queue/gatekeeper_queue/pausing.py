"""A pause: nothing is sent for a while.

It is not incident mode: what is up stays up and can be seen, removals go on, approvals stand, and
one person with the right ends it. What was due meanwhile goes out then.
"""

from __future__ import annotations

from sqlmodel import Session, col, select

from gatekeeper_queue.models import User
from gatekeeper_queue.people import Act, require
from gatekeeper_queue.record_models import Pause
from gatekeeper_queue.school import School

MAX_WHY = 200
"""Characters of the reason, which staff read on every page."""


def current_pause(session: Session) -> Pause | None:
    """The pause that is on; None in ordinary times."""
    return session.exec(select(Pause).where(col(Pause.lifted_at).is_(None))).first()


def why_paused(session: Session) -> str:
    """Why nothing is sent, for people; empty in ordinary times."""
    row = current_pause(session)
    if row is None:
        return ""
    return f"Publishing is paused: nothing is sent.{f' {row.why}' if row.why else ''}"


def pause(school: School, session: Session, user: User, why: str) -> Pause:
    """Stop sending, for the whole school. A second press changes nothing. Raises `NotAllowed`."""
    require(user, Act.SEE_TO_POSTS)
    if (current := current_pause(session)) is not None:
        return current
    row = Pause(begun_by=user.id, begun_at=school.clock(), why=why.strip()[:MAX_WHY])
    session.add(row)
    session.flush()
    # The reason is a person's free text, and the log cannot forget (promise 9).
    school.audit.append(session, user.id, "publishing.paused", str(row.id), {})
    return row


def resume(school: School, session: Session, user: User) -> None:
    """Send again. Nothing happens where nothing is paused. Raises `NotAllowed`."""
    require(user, Act.SEE_TO_POSTS)
    row = current_pause(session)
    if row is None:
        return
    row.lifted_by, row.lifted_at = user.id, school.clock()
    session.add(row)
    school.audit.append(session, user.id, "publishing.resumed", str(row.id), {})
