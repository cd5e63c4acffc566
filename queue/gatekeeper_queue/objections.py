"""A parent objects to a picture: it is hidden first, and decided afterwards (G05).

Within thirty days somebody acknowledges it; the coordinator or the head decides. Nobody can
approve the picture while an objection to it is open, or after one was upheld.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from gatekeeper_queue.approvals import void_approvals
from gatekeeper_queue.incidents import open_incident
from gatekeeper_queue.models import Post, Submission, SubmissionPhoto, User
from gatekeeper_queue.notices import settle, tell
from gatekeeper_queue.people import Act, NotAllowed, Role, require
from gatekeeper_queue.plain_text import plain
from gatekeeper_queue.record_models import Objection
from gatekeeper_queue.removal import NOT_SEEN_GONE, ask_removal
from gatekeeper_queue.school import School
from gatekeeper_queue.states import SubmissionState
from gatekeeper_queue.stopped import OBJECTED, forget_stopped, note_stopped
from gatekeeper_queue.submissions import photos_of, posts_of, send_to_checks

CLOCK = timedelta(days=30)
"""The law gives so long to acknowledge a complaint (G05)."""
MAX_WORDS = 2_000
UPHELD, DECLINED = "upheld", "declined"
_CHECKABLE = (
    SubmissionState.FLAGGED,
    SubmissionState.CLEAR,
    SubmissionState.APPROVED,
    SubmissionState.REJECTED,
)


class CannotDecide(Exception):
    """It is decided already, or an answer is missing; the message says what to do."""


def object_to(
    school: School, session: Session, parent: User, post: Post, words: str = ""
) -> Objection:
    """Hide the post, and every other that shows one of its pictures, and open a case.

    A second objection of the same parent while the first is open is the first. Raises
    `NotAllowed`. That the parent may see the post is for the caller to check.
    """
    require(parent, Act.OWN_CHILDREN)
    earlier = session.exec(
        select(Objection).where(
            Objection.submission_id == post.submission_id,
            Objection.by == parent.id,
            Objection.outcome == "",
        )
    ).first()
    if earlier is not None:
        return earlier
    row = Objection(
        submission_id=post.submission_id,
        post_id=post.id,
        by=parent.id,
        at=school.clock(),
        words=_sealed(school, words),
    )
    session.add(row)
    session.flush()
    for submission in _with_the_same_pictures(session, post.submission_id):
        _hide(school, session, submission, actor=parent.id)
    school.audit.append(session, parent.id, "objection.made", row.id, {"post": post.id})
    tell(school, session, "objection-made", row.id, roles=[Role.COORDINATOR, Role.HEAD])
    return row


def still_seen(session: Session, row: Objection) -> list[Post]:
    """Posts with one of its pictures that must come down and that others may still see. The
    school's own pages show nothing of them from the objection on."""
    ids = [each.id for each in _with_the_same_pictures(session, row.submission_id)]
    query = select(Post).where(
        col(Post.submission_id).in_(ids),
        col(Post.state).in_(NOT_SEEN_GONE),
        col(Post.account_id).is_not(None),
        Post.removal_reason != "",
    )
    return list(session.exec(query.order_by(col(Post.live_at), col(Post.id))))


def _with_the_same_pictures(session: Session, submission_id: str) -> list[Submission]:
    """The submission itself, and others of which a post is up that shows the very same."""
    digests = [row.clean_sha256 for row in photos_of(session, submission_id)]
    up = select(Post.submission_id).where(col(Post.state).in_(NOT_SEEN_GONE))
    same = select(SubmissionPhoto.submission_id).where(
        col(SubmissionPhoto.clean_sha256).in_([each for each in digests if each])
    )
    query = select(Submission).where(
        (col(Submission.id) == submission_id)
        | (col(Submission.id).in_(same) & col(Submission.id).in_(up))
    )
    return list(session.exec(query))


def _hide(school: School, session: Session, submission: Submission, *, actor: str) -> None:
    """Everything of it goes, what is up and what waits, and comes back only by a person."""
    submission.needs_person = True
    void_approvals(school, session, submission, actor=actor, reason="objected to")
    for post in posts_of(session, submission.id):
        ask_removal(school, session, post, actor=actor, reason="objected to")
    note_stopped(school, session, submission.id, photos_of(session, submission.id), OBJECTED)


def acknowledge(school: School, session: Session, user: User, row: Objection) -> None:
    """The school has seen it; the parent is told. A second time changes nothing."""
    require(user, Act.DECIDE_OBJECTIONS)
    if row.acknowledged_at is not None:
        return
    row.acknowledged_at, row.acknowledged_by = school.clock(), user.id
    session.add(row)
    settle(session, school.clock(), ("objection-clock",), row.id)
    school.audit.append(session, user.id, "objection.acknowledged", row.id, {})
    tell(school, session, "objection-acknowledged", row.id, users=[row.by])


def uphold(school: School, session: Session, user: User, row: Objection, answer: str = "") -> None:
    """The picture stays down for good, and it is in the incident log (P17).

    Raises `CannotDecide`, `NotAllowed`.
    """
    _decide(school, session, user, row, UPHELD, answer or _UPHELD)
    open_incident(school, session, "objection-upheld", row.id)


_UPHELD = "The picture stays down."


def decline(school: School, session: Session, user: User, row: Objection, answer: str) -> None:
    """The picture may be shown after all: it goes back to the checks, and a person decides.

    Whoever submitted it may not turn an objection to it down (promise 4). Raises
    `CannotDecide` without an answer for the parent, `NotAllowed`.
    """
    submission = session.get_one(Submission, row.submission_id)
    if submission.author_id == user.id:
        raise NotAllowed("You submitted this picture yourself. Another person must decide.")
    if not answer.strip():
        raise CannotDecide("Write the parent why the picture may be shown.")
    _decide(school, session, user, row, DECLINED, answer)
    if why_blocked(session, submission.id):
        return  # somebody else's objection still stands
    forget_stopped(session, submission, photos_of(session, submission.id))
    if submission.state in _CHECKABLE:
        send_to_checks(school, session, submission, actor=user.id, reason="objection declined")


def _decide(
    school: School, session: Session, user: User, row: Objection, outcome: str, answer: str
) -> None:
    require(user, Act.DECIDE_OBJECTIONS)
    if row.outcome:
        raise CannotDecide("This objection has been decided already.")
    if row.acknowledged_at is None:
        row.acknowledged_at, row.acknowledged_by = school.clock(), user.id
    row.outcome, row.decided_at, row.decided_by = outcome, school.clock(), user.id
    row.answer = _sealed(school, answer)
    session.add(row)
    settle(session, school.clock(), ("objection-made", "objection-clock"), row.id)
    school.audit.append(session, user.id, f"objection.{outcome}", row.id, {})
    tell(school, session, "objection-decided", row.id, users=[row.by])


def why_blocked(session: Session, submission_id: str) -> str:
    """Why nobody may approve this; empty where no objection stands."""
    query = select(Objection.outcome).where(Objection.submission_id == submission_id)
    outcomes = set(session.exec(query))
    if "" in outcomes:
        return "A parent objects to this picture. Decide on the objection first."
    if UPHELD in outcomes:
        return "A parent’s objection to this picture was upheld. It cannot be published again."
    return ""


def acknowledge_by(row: Objection) -> datetime:
    """The last moment to acknowledge it."""
    return row.at + CLOCK


def by_urgency(session: Session) -> list[Objection]:
    """Open ones first, those not acknowledged before all, the oldest first; then the decided,
    the newest first."""
    rows = session.exec(select(Objection).order_by(col(Objection.at), col(Objection.id))).all()
    undecided = [row for row in rows if not row.outcome]
    undecided.sort(key=lambda row: row.acknowledged_at is not None)
    return [*undecided, *reversed([row for row in rows if row.outcome])]


def late_objections(session: Session, now: datetime) -> list[Objection]:
    """Not acknowledged although the time is over."""
    return [row for row in _unacknowledged(session) if acknowledge_by(row) < now]


def _unacknowledged(session: Session) -> Iterable[Objection]:
    return session.exec(select(Objection).where(col(Objection.acknowledged_at).is_(None)))


def words_of(school: School, row: Objection) -> str:
    """What the parent wrote."""
    return _opened(school, row.words)


def answer_of(school: School, row: Objection) -> str:
    """What the parent is told."""
    return _opened(school, row.answer)


def _sealed(school: School, text: str) -> bytes:
    kept = plain(text)[:MAX_WORDS]
    return school.cipher.encrypt(kept.encode()) if kept else b""


def _opened(school: School, sealed: bytes) -> str:
    return school.cipher.decrypt(sealed).decode() if sealed else ""
