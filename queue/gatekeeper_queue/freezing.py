"""Incident mode (P17, P21): one press and nothing is sent and nothing of ours is shown.

The school's own pages ask each time they are read whether it is on, so they are hidden with the
press, even when no worker runs; posts on other channels are asked to come down, and do not come
back. Of very many the worker asks for the rest, so that nobody waits at the press. It takes two
people to lift it.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from gatekeeper_queue.approvals import void_approvals
from gatekeeper_queue.frozen import current_freeze, is_frozen
from gatekeeper_queue.incidents import HANDLERS, CannotHandle, open_incident
from gatekeeper_queue.models import Account, Post, Submission, SubmissionPhoto, User
from gatekeeper_queue.notices import settle, tell
from gatekeeper_queue.people import Act, allowed, require
from gatekeeper_queue.record_models import Freeze, Incident
from gatekeeper_queue.removal import MAY_BE_UP, NOT_SEEN_GONE, ask_removal
from gatekeeper_queue.school import School
from gatekeeper_queue.states import PostState, SubmissionState
from gatekeeper_queue.submissions import send_to_checks

_UNSENT = (PostState.SCHEDULED, PostState.FAILED)
_AT_ONCE = 100
"""So many posts elsewhere are asked to come down in one transaction: about half a second."""
_OPEN = (SubmissionState.FLAGGED, SubmissionState.CLEAR, SubmissionState.APPROVED)


def seen_by_platform(session: Session) -> dict[str | None, int]:
    """How many posts are up, or may be, on each kind of channel; None: the school's own pages."""
    query = (
        select(Account.platform, func.count())
        .select_from(Post)
        .outerjoin(Account, col(Account.id) == col(Post.account_id))
        .where(col(Post.state).in_(NOT_SEEN_GONE))
        .group_by(col(Account.platform))
        .order_by(col(Account.platform))
    )
    return dict(session.exec(query).all())


def waiting_posts(session: Session) -> int:
    """How many posts are planned and have not been sent."""
    return session.exec(select(func.count()).where(col(Post.state).in_(_UNSENT))).one()


def freeze(school: School, session: Session, user: User) -> Freeze:
    """Stop everything. The evidence is kept first, then what is elsewhere is asked to come down.

    A second press changes nothing. Raises `NotAllowed`.
    """
    require(user, Act.HANDLE_INCIDENTS)
    if (current := current_freeze(session)) is not None:
        return current
    evidence = _evidence(session)
    incident = open_incident(school, session, "freeze", "", by=user.id, evidence=evidence)
    row = Freeze(incident_id=incident.id, begun_by=user.id, begun_at=school.clock())
    session.add(row)
    data = {"posts": len(evidence), "evidence_sha256": digest_of(evidence)}
    school.audit.append(session, user.id, "freeze.begun", incident.id, data)
    session.flush()
    _take_down(school, session, row, _AT_ONCE)
    return row


def take_down_elsewhere(school: School) -> int:
    """The worker's part of the press: the next of what is still up elsewhere is asked to come
    down. Returns how many."""
    with school.database.read() as session:
        if not is_frozen(session) or session.exec(_elsewhere().limit(1)).first() is None:
            return 0
    with school.database.write() as session:
        row = current_freeze(session)
        return _take_down(school, session, row, _AT_ONCE) if row else 0


def _elsewhere() -> SelectOfScalar[Post]:
    """What may be up on channels that are not ours and was not asked to come down, the newest
    first."""
    query = select(Post).where(
        col(Post.state).in_(MAY_BE_UP),
        col(Post.account_id).is_not(None),
        Post.removal_reason == "",
    )
    return query.order_by(col(Post.live_at).desc(), Post.id)


def _take_down(school: School, session: Session, row: Freeze, most: int | None) -> int:
    posts = session.exec(_elsewhere().limit(most)).all()
    for post in posts:
        session.get_one(Submission, post.submission_id).needs_person = True
        ask_removal(school, session, post, actor=row.begun_by, reason="incident")
    return len(posts)


def ask_lift(school: School, session: Session, user: User) -> None:
    """The first of the two people. Raises `NotAllowed` or `CannotHandle`."""
    row = _frozen(session, user)
    if row.lift_asked_by:
        raise CannotHandle("A colleague has asked for this already. Confirm it, or say not yet.")
    row.lift_asked_by, row.lift_asked_at = user.id, school.clock()
    session.add(row)
    school.audit.append(session, user.id, "freeze.lift-asked", row.incident_id, {})
    tell(school, session, "lift-asked", row.incident_id, roles=HANDLERS)


def not_yet(school: School, session: Session, user: User) -> None:
    """Take the wish to lift it back, one's own or a colleague's. Raises as `ask_lift`."""
    row = _frozen(session, user)
    row.lift_asked_by, row.lift_asked_at = "", None
    session.add(row)
    settle(session, school.clock(), ("lift-asked",), row.incident_id)
    school.audit.append(session, user.id, "freeze.lift-declined", row.incident_id, {})


def confirm_lift(school: School, session: Session, user: User) -> None:
    """The second of the two people. The school's own pages are back with it; whatever had not
    been sent is checked again and needs a person's approval again.

    Raises `NotAllowed` or `CannotHandle`.
    """
    row = _frozen(session, user)
    if not row.lift_asked_by:
        raise CannotHandle("Ask for it to be lifted first; another person confirms it.")
    if row.lift_asked_by == user.id:
        raise CannotHandle("You asked for it yourself. Another person must confirm it.")
    asked_by = session.get_one(User, row.lift_asked_by)
    if not allowed(asked_by, Act.HANDLE_INCIDENTS):
        raise CannotHandle("Who asked for it may not do so any more. Say not yet, and ask anew.")
    _take_down(school, session, row, None)  # what the worker has not come to
    row.lifted_by, row.lifted_at = user.id, school.clock()
    session.add(row)
    settle(session, school.clock(), ("lift-asked", "freeze-begun"), row.incident_id)
    school.audit.append(
        session, user.id, "freeze.lifted", row.incident_id, {"asked_by": row.lift_asked_by}
    )
    for submission in _unsent_submissions(session):
        submission.needs_person = True
        void_approvals(school, session, submission, actor=user.id, reason="incident mode lifted")
        send_to_checks(school, session, submission, actor=user.id, reason="incident mode lifted")
    tell(school, session, "freeze-lifted", row.incident_id, roles=HANDLERS, esafety=True)


def digest_of(evidence: Sequence[dict[str, Any]]) -> str:
    """sha256 in hex over the evidence as canonical JSON; it is in the audit log as well."""
    text = json.dumps(list(evidence), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def evidence_is_whole(session: Session, incident: Incident, kept: str) -> bool:
    """Is the stored evidence what the audit log says (`kept`) it was?"""
    return digest_of(incident.evidence) == kept


def _frozen(session: Session, user: User) -> Freeze:
    require(user, Act.HANDLE_INCIDENTS)
    row = current_freeze(session)
    if row is None:
        raise CannotHandle("Incident mode is not on any more.")
    return row


def _evidence(session: Session) -> list[dict[str, Any]]:
    """What is up, or may be, by ids, digests and addresses: enough to prove it, nothing to
    leak."""
    posts = session.exec(
        select(Post).where(col(Post.state).in_(NOT_SEEN_GONE)).order_by(col(Post.live_at), Post.id)
    )
    ids = select(Post.submission_id).where(col(Post.state).in_(NOT_SEEN_GONE))
    about = {
        row.id: row for row in session.exec(select(Submission).where(col(Submission.id).in_(ids)))
    }
    pictures = defaultdict(list)
    photos = (
        select(SubmissionPhoto.submission_id, SubmissionPhoto.clean_sha256)
        .where(col(SubmissionPhoto.submission_id).in_(ids))
        .order_by(col(SubmissionPhoto.position))
    )
    for submission_id, sha256 in session.exec(photos):
        pictures[submission_id].append(sha256)
    return [
        {
            "post": post.id,
            "submission": post.submission_id,
            "version": about[post.submission_id].version,
            "channel": post.channel,
            "state": post.state,
            "remote_id": post.remote_id,
            "url": post.url,
            "live_at": post.live_at.isoformat() if post.live_at else None,
            "caption_sha256": hashlib.sha256(
                about[post.submission_id].caption.encode()
            ).hexdigest(),
            "pictures": pictures[post.submission_id],
        }
        for post in posts
    ]


def _unsent_submissions(session: Session) -> list[Submission]:
    """Everything of which something could still go out."""
    unsent = select(Post.submission_id).where(col(Post.state).in_(_UNSENT))
    posted = select(Post.submission_id).where(col(Post.state).not_in(_UNSENT))
    query = select(Submission).where(
        col(Submission.state).in_(_OPEN),
        col(Submission.id).in_(unsent) | col(Submission.id).not_in(posted),
    )
    return list(session.exec(query))
