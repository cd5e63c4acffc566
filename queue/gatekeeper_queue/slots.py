"""When a post goes out: the free times of its account, and what it has to wait for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from gatekeeper_queue.models import Account, Approval, Post, Submission
from gatekeeper_queue.school import School
from gatekeeper_queue.states import PostState
from gatekeeper_queue.timetable import Reason, Slot, Timetable

_SENT = (PostState.SENDING, PostState.UNKNOWN, PostState.LIVE, PostState.REMOVING)


def planned(
    school: School,
    session: Session,
    submission: Submission,
    approval: Approval,
    account_id: str | None,
) -> dict[str, Any]:
    """The columns of a new post that say when it goes out: at the first free time."""
    post = Post(
        submission_id=submission.id,
        approval_id=approval.id,
        channel=approval.channel,
        account_id=account_id,
        due_at=school.clock(),
    )
    return anew(school, session, post)


def anew(school: School, session: Session, post: Post) -> dict[str, Any]:
    """The columns that give a post the first free time from now."""
    taken = [one.due_at for one in queue_of(session, post) if one.id != post.id]
    slot = first_slot(school, session, post, school.clock(), [*taken, *sent(school, session, post)])
    return columns_of(slot)


def first_slot(
    school: School, session: Session, post: Post, start: datetime, taken: Iterable[datetime]
) -> Slot:
    """The first time from `start` at which this post may go out, clear of those `taken`."""
    moment, why = start, list[Reason]()
    for waits_for in _waits_for(session, post):
        until = datetime.fromisoformat(waits_for.until)
        if until > moment:
            moment, why = until, [waits_for]
    slot = timetable_of(school, session, post).next_free(moment, taken, school.zone, school.days)
    return Slot(slot.moment, (*why, *slot.why))


def columns_of(slot: Slot) -> dict[str, Any]:
    """How a slot is stored with its post."""
    return {"due_at": slot.moment, "why": [asdict(reason) for reason in slot.why]}


def reasons_of(post: Post) -> list[Reason]:
    """Why the post is not planned for an earlier time, as it was when it was planned."""
    return [Reason(**stored) for stored in post.why]


def timetable_of(school: School, session: Session, post: Post) -> Timetable:
    """The timetable of the post's account. For one that somebody wants out now, every day is
    like a school day and no time of day is better than another; the hours remain."""
    account = session.get(Account, post.account_id) if post.account_id else None
    timetable = school.slots.timetable(post.channel, account.handle if account else "")
    return timetable.for_haste() if post.hurried_by else timetable


def queue_of(session: Session, post: Post) -> list[Post]:
    """What is planned on the post's account, itself among it, in the order of going out."""
    query = (
        select(Post)
        .where(*_same_account(post), Post.state == PostState.SCHEDULED)
        .order_by(col(Post.due_at), col(Post.id))
    )
    return list(session.exec(query))


def sent(school: School, session: Session, post: Post) -> list[datetime]:
    """When others went out on the post's account, or may have; what is being sent goes now."""
    moment = func.coalesce(Post.live_at, Post.unknown_since, Post.due_at)
    query = select(Post).where(
        *_same_account(post),
        Post.id != post.id,
        or_(col(Post.state).in_(_SENT), col(Post.live_at).is_not(None)),
    )
    newest = session.exec(query.order_by(moment.desc()).limit(20))
    return [
        school.clock()
        if one.state == PostState.SENDING
        else one.live_at or one.unknown_since or one.due_at
        for one in newest
    ]


def ready(school: School, session: Session, due: Iterable[Post]) -> Iterator[Post]:
    """Those of the posts that the clock lets out at this moment, whatever was planned: what is
    overdue waits for the school's hours too, and keeps its distance from what went before."""
    now, too_near = school.clock(), set[tuple[str, str | None]]()
    for post in due:
        account = (post.channel, post.account_id)
        timetable = timetable_of(school, session, post)
        if account in too_near or not timetable.is_open(now, school.zone, school.days):
            continue
        if any(datetime.fromisoformat(one.until) > now for one in _waits_for(session, post)):
            continue
        if any(abs(other - now) < timetable.spacing for other in sent(school, session, post)):
            too_near.add(account)
            continue
        yield post


def why_ask_again(school: School, session: Session, post: Post) -> str:
    """Why a person must be asked again before this goes out; empty while the approval is good.

    Nothing is published because time passed (promise 3).
    """
    now, slots = school.clock(), school.slots
    approval = session.get_one(Approval, post.approval_id)
    if now - approval.approved_at > timedelta(days=slots.approval_days):
        return TOO_OLD
    if now - post.due_at > timedelta(hours=slots.late_hours):
        return TOO_LATE
    return ""


TOO_OLD = "approved too long ago"
TOO_LATE = "its time is long past"


def _waits_for(session: Session, post: Post) -> list[Reason]:
    """What the post's author and its approval make it wait for, whatever the clock says."""
    submission = session.get_one(Submission, post.submission_id)
    approval = session.get_one(Approval, post.approval_id)
    moments = (("asked", submission.publish_at), ("event", approval.not_before))
    return [Reason(kind, until=moment.isoformat()) for kind, moment in moments if moment]


def _same_account(post: Post) -> tuple[ColumnElement[bool], ...]:
    return col(Post.channel) == post.channel, col(Post.account_id) == post.account_id
