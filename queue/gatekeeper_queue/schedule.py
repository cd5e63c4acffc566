"""What becomes of the plan: people move posts, the calendar changes, approvals grow old.

A post that moves takes its new time and pushes back, in their order, those that are in its way. No
move gets past the school's hours, the distance between two posts, or the end of an event.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session, col, select

from gatekeeper_queue.approvals import void_approvals
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.gate import held
from gatekeeper_queue.models import Approval, AuditEvent, Post, Submission, User
from gatekeeper_queue.people import Act, require
from gatekeeper_queue.school import School
from gatekeeper_queue.slots import (
    TOO_LATE,
    TOO_OLD,
    columns_of,
    first_slot,
    queue_of,
    sent,
    timetable_of,
    why_ask_again,
)
from gatekeeper_queue.states import PostState, SubmissionState
from gatekeeper_queue.submissions import send_to_checks
from gatekeeper_queue.timetable import Reason, Slot


class CannotMove(Exception):
    """The post cannot go there; the message says why."""


def move(school: School, session: Session, user: User, post: Post, where: str) -> None:
    """Move a planned post on its account, `where` being a key of `MOVES`.

    Raises `NotAllowed`, `CannotMove`, or `KeyError` for another word; the caller's transaction is
    not to be kept then.
    """
    go = MOVES[where]
    require(user, Act.ARRANGE)
    if post.state != PostState.SCHEDULED or post.removal_reason:
        raise CannotMove("This is not waiting for its time any more.")
    go(school, session, user, post)


def _now(school: School, session: Session, user: User, post: Post) -> None:
    """As soon as the hours allow, also on a closed day."""
    post.hurried_by = user.id
    _to_front(school, session, user, post, "now")


def _to_top(school: School, session: Session, user: User, post: Post) -> None:
    if queue_of(session, post)[0].id == post.id:
        raise CannotMove("It is the first already.")
    _to_front(school, session, user, post, "moved")


def _to_front(school: School, session: Session, user: User, post: Post, kind: str) -> None:
    gone = sent(school, session, post)
    slot = first_slot(school, session, post, school.clock(), gone)
    if slot.moment >= post.due_at:
        raise CannotMove(_why_not(slot))
    _place(school, session, user, post, slot, kind)


def _earlier(school: School, session: Session, user: User, post: Post) -> None:
    """Past the one before it."""
    before = [one for one in queue_of(session, post) if one.due_at < post.due_at]
    if not before:
        raise CannotMove("Nothing goes out before it on this account.")
    gone = sent(school, session, post)
    slot = first_slot(school, session, post, before[-1].due_at, gone)
    if slot.moment >= post.due_at:
        raise CannotMove(_why_not(slot))
    _place(school, session, user, post, slot, "moved")


def _later(school: School, session: Session, user: User, post: Post) -> None:
    """Past the one after it, which takes its place if it may."""
    queue = queue_of(session, post)
    after = next((one for one in queue if one.due_at > post.due_at), None)
    if after is None:
        raise CannotMove("Nothing goes out after it on this account.")
    gone = sent(school, session, post)
    slot = first_slot(school, session, after, post.due_at, gone)
    if slot.moment - post.due_at < timetable_of(school, session, post).spacing:
        _place(school, session, user, after, slot, "moved")
        return
    others = [one.due_at for one in queue if one.id != post.id]
    _write(
        school,
        session,
        user.id,
        post,
        _with("moved", first_slot(school, session, post, after.due_at, [*others, *gone])),
    )


MOVES: dict[str, Callable[[School, Session, User, Post], None]] = {
    "now": _now,
    "top": _to_top,
    "earlier": _earlier,
    "later": _later,
}


def follow_calendar(school: School) -> int:
    """Posts that are planned for a time which the settings do not allow any more get another.
    Returns how many."""
    now = school.clock()
    query = select(Post).where(Post.state == PostState.SCHEDULED, col(Post.due_at) > now)
    with school.database.read() as session:
        if not any(not _is_allowed(school, session, post) for post in session.exec(query)):
            return 0
    with school.database.write() as session:
        strays = [
            post
            for post in session.exec(query.order_by(col(Post.due_at))).all()
            if not _is_allowed(school, session, post)
        ]
        for post in strays:
            others = [one.due_at for one in queue_of(session, post) if one.id != post.id]
            taken = [*others, *sent(school, session, post)]
            slot = first_slot(school, session, post, post.due_at, taken)
            _write(school, session, SYSTEM, post, slot)
        return len(strays)


def ask_again_in_time(school: School) -> int:
    """Give back to people what may not go out by the approval that it has; returns how many
    submissions. While nothing can be sent anyway they are left alone."""
    query = (
        select(Post)
        .join(Submission, col(Submission.id) == col(Post.submission_id))
        .where(
            Post.state == PostState.SCHEDULED,
            Post.removal_reason == "",
            Submission.state == SubmissionState.APPROVED,
        )
    )
    with school.database.read() as session:
        if held(school, session):
            return 0
        if not any(why_ask_again(school, session, post) for post in session.exec(query)):
            return 0
    with school.database.write() as session:
        asked = set()
        for post in session.exec(query).all():
            why = why_ask_again(school, session, post)
            if why and post.submission_id not in asked:
                asked.add(post.submission_id)
                submission = session.get_one(Submission, post.submission_id)
                ask_again(school, session, submission, why)
        return len(asked)


def ask_again(school: School, session: Session, submission: Submission, why: str) -> None:
    """The approval is void, the rules run again, and a person has to approve."""
    submission.needs_person = True
    void_approvals(school, session, submission, actor=SYSTEM, reason=why)
    send_to_checks(school, session, submission, actor=SYSTEM, reason=why)


def why_asked_again(session: Session, submission: Submission) -> str:
    """Why its latest approval was given back to people (`slots.TOO_OLD` or `TOO_LATE`), if so."""
    approvals = select(Approval.id).where(Approval.submission_id == submission.id)
    newest = session.exec(
        select(AuditEvent.data)
        .where(AuditEvent.kind == "approval.voided", col(AuditEvent.subject).in_(approvals))
        .order_by(col(AuditEvent.seq).desc())
        .limit(1)
    ).first()
    reason = "" if newest is None else json.loads(newest).get("reason", "")
    return reason if reason in (TOO_OLD, TOO_LATE) else ""


def _is_allowed(school: School, session: Session, post: Post) -> bool:
    return first_slot(school, session, post, post.due_at, ()).moment == post.due_at


def _place(school: School, session: Session, user: User, post: Post, slot: Slot, kind: str) -> None:
    """Give the post this time, and push back those of its account that are in its way."""
    others = [one for one in queue_of(session, post) if one.id != post.id]
    spacing = timetable_of(school, session, post).spacing
    taken = [*sent(school, session, post), slot.moment]
    _write(school, session, user.id, post, _with(kind, slot))
    for other in others:
        if any(abs(other.due_at - moment) < spacing for moment in taken):
            pushed = first_slot(school, session, other, other.due_at, taken)
            _write(school, session, user.id, other, _with("room", pushed))
        taken.append(other.due_at)


def _with(kind: str, slot: Slot) -> Slot:
    kept = (reason for reason in slot.why if reason.kind != "spacing")
    return Slot(slot.moment, (Reason(kind), *kept))


def _write(school: School, session: Session, actor: str, post: Post, slot: Slot) -> None:
    before: datetime = post.due_at
    for name, value in columns_of(slot).items():
        setattr(post, name, value)
    session.add(post)
    session.flush()
    data = {"from": before, "due": post.due_at, "why": [reason.kind for reason in slot.why]}
    school.audit.append(session, actor, "post.moved", post.id, data)


def _why_not(slot: Slot) -> str:
    kinds = {reason.kind for reason in slot.why}
    if "event" in kinds:
        return "It tells where children will be, so it cannot go out before that is over."
    if "asked" in kinds:
        return "Its author asked for it not to go out sooner."
    if kinds:
        return "It cannot go out sooner: the school’s hours and days leave no earlier time."
    return "It is the next to go out already."
