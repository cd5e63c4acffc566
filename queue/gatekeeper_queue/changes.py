"""Change control: one person proposes to change a safeguard, another confirms (P20).

Every kind of change has one entry in `KINDS`. What makes the school stricter (closing a
sign-in, switching an account off) takes effect at once and is on record here all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, col, select

from gatekeeper_queue.change_kinds import KINDS, BadChange, Proposal
from gatekeeper_queue.models import User
from gatekeeper_queue.notices import settle, tell
from gatekeeper_queue.people import Act, NotAllowed, Role, require
from gatekeeper_queue.record_models import ChangeRequest
from gatekeeper_queue.school import School

__all__ = ["AT_ONCE", "ON_THE_SERVER", "BadChange", "propose"]

AT_ONCE, ON_THE_SERVER = "at once", "on the server"
_MAX_WHY = 500


def propose(
    school: School,
    session: Session,
    user: User,
    kind: str,
    subject: str,
    after: Mapping[str, Any],
    why: str,
    *,
    secrets: bytes = b"",
) -> ChangeRequest:
    """Ask for a change. Nothing has effect until somebody else confirms it.

    `subject` is the id of what is to change, empty for something new; `secrets` are encrypted
    already. Raises `NotAllowed`, or `BadChange` when there is nothing to change or the same is
    proposed already.
    """
    require(user, Act.PROPOSE_SETTINGS)
    if not why.strip():
        raise BadChange("Say why, in one sentence. The head reads it.")
    before = KINDS[kind].look(school, session, Proposal(subject, dict(after), secrets))
    _refuse_twice(session, kind, subject, after)
    change = ChangeRequest(
        kind=kind,
        subject=subject,
        before=before,
        after=dict(after),
        secrets=secrets,
        why=why.strip()[:_MAX_WHY],
        proposed_by=user.id,
        proposed_at=school.clock(),
    )
    session.add(change)
    session.flush()
    data = {"kind": kind, "subject": subject}
    school.audit.append(session, user.id, "change.proposed", change.id, data)
    tell(school, session, "change-waits", change.id, roles=[Role.HEAD])
    return change


def confirm(school: School, session: Session, user: User, change_id: str) -> ChangeRequest:
    """Let it take effect. Raises `NotAllowed` for whoever proposed it, and `BadChange` when it
    was decided meanwhile, or when what it changes is not as it was any more.
    """
    require(user, Act.CONFIRM_SETTINGS)
    change = _open_change(session, change_id)
    if change.proposed_by == user.id:
        raise NotAllowed("You proposed this. Another person must confirm it.")
    kind = KINDS[change.kind]
    proposal = Proposal(change.subject, change.after, change.secrets)
    if kind.look(school, session, proposal) != change.before:
        raise BadChange(
            "What this would change has been changed meanwhile. Decline it, and have it "
            "proposed again."
        )
    change.subject = kind.apply(school, session, proposal, user.id) or change.subject
    _decide(school, session, change, user, "confirmed")
    return change


def decline(school: School, session: Session, user: User, change_id: str) -> ChangeRequest:
    """Say no to it. Raises as `confirm` does."""
    require(user, Act.CONFIRM_SETTINGS)
    change = _open_change(session, change_id)
    if change.proposed_by == user.id:
        raise NotAllowed("You proposed this. Withdraw it, or leave it to another person.")
    _decide(school, session, change, user, "declined")
    return change


def withdraw_change(school: School, session: Session, user: User, change_id: str) -> ChangeRequest:
    """The proposer thinks better of it. Raises `NotAllowed` for anybody else, or `BadChange`."""
    change = _open_change(session, change_id)
    if change.proposed_by != user.id:
        raise NotAllowed("Only the person who proposed this may withdraw it.")
    _decide(school, session, change, user, "withdrawn")
    return change


def on_record(
    school: School,
    session: Session,
    actor: str,
    kind: str,
    subject: str,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    *,
    how: str = AT_ONCE,
) -> None:
    """Keep a change that has taken effect without a second person, beside those with one. Of
    what was done on the server the head is told.
    """
    now = school.clock()
    change = ChangeRequest(
        kind=kind,
        subject=subject,
        before=dict(before or {}),
        after=dict(after),
        proposed_by=actor,
        proposed_at=now,
        decided_by=actor,
        decided_at=now,
        outcome=how,
    )
    session.add(change)
    session.flush()
    data = {"kind": kind, "subject": subject, "how": how}
    school.audit.append(session, actor, "change.made", change.id, data)
    if how == ON_THE_SERVER:
        tell(school, session, "change-on-server", change.id, roles=[Role.HEAD])


def open_changes(session: Session) -> list[ChangeRequest]:
    """What waits for an answer, oldest first."""
    query = select(ChangeRequest).where(ChangeRequest.outcome == "")
    return list(session.exec(query.order_by(col(ChangeRequest.proposed_at))))


def decided_changes(session: Session, most: int = 100) -> list[ChangeRequest]:
    """What was decided, newest first."""
    query = select(ChangeRequest).where(ChangeRequest.outcome != "")
    return list(session.exec(query.order_by(col(ChangeRequest.decided_at).desc()).limit(most)))


def _open_change(session: Session, change_id: str) -> ChangeRequest:
    """Locked until the transaction ends, so that it is decided once."""
    query = select(ChangeRequest).where(ChangeRequest.id == change_id).with_for_update()
    change = session.exec(query).first()
    if change is None:
        raise BadChange("There is no such change.")
    if change.outcome:
        raise BadChange("This has been decided already.")
    return change


def _decide(
    school: School, session: Session, change: ChangeRequest, user: User, outcome: str
) -> None:
    change.outcome, change.decided_by, change.decided_at = outcome, user.id, school.clock()
    change.secrets = b""
    session.add(change)
    settle(session, school.clock(), ("change-waits",), change.id)
    data = {"kind": change.kind, "subject": change.subject, "proposed_by": change.proposed_by}
    school.audit.append(session, user.id, f"change.{outcome}", change.id, data)
    if outcome != "withdrawn":
        tell(school, session, "change-decided", change.id, users=[change.proposed_by])


def _refuse_twice(session: Session, kind: str, subject: str, after: Mapping[str, Any]) -> None:
    query = select(ChangeRequest).where(
        ChangeRequest.outcome == "", ChangeRequest.kind == kind, ChangeRequest.subject == subject
    )
    if any(subject or other.after == after for other in session.exec(query)):
        raise BadChange("A change of this waits for an answer already.")
