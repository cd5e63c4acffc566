"""What a person can do about a post that is on its way, failed or was lost.

Nothing here sends anything: a post is put where the worker takes it up, and whatever may be up is
looked for first.
"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from gatekeeper_queue.channel import Receipt
from gatekeeper_queue.models import Approval, Post, Submission
from gatekeeper_queue.school import School
from gatekeeper_queue.states import OVER, PostState, SubmissionState, change_state
from gatekeeper_queue.strays import strays_of

WAITS = (PostState.SCHEDULED, PostState.UNKNOWN, PostState.REMOVING)
"""States in which the next try or look may be far off, and can be brought forward."""


class CannotOperate(Exception):
    """The post is not in a state for this; the message says what to do instead."""


def retry(school: School, session: Session, post: Post, *, actor: str) -> None:
    """Have the worker try again now: send, look or remove, whichever is next.

    One that failed after it was tried is looked for first. Raises `CannotOperate`.
    """
    now = school.clock()
    if post.state == PostState.FAILED:
        _require_approval(session, post)
        after = PostState.UNKNOWN if _was_tried(post) else PostState.SCHEDULED
        columns: dict[str, Any] = {"not_before": None, "attempts": 0, "unknown_since": now}
        change_state(
            session, post, after, school.audit, actor=actor, reason="tried again", **columns
        )
        return
    strays = strays_of(session, post.id)
    if post.state not in WAITS and not strays:
        raise CannotOperate("There is nothing to try again: this post is not waiting for anything.")
    if post.state in WAITS:
        post.not_before = None
        session.add(post)
    for stray in strays:
        stray.not_before = None
        session.add(stray)
    school.audit.append(session, actor, "post.retried", post.id, {})


def may_be_settled(post: Post) -> bool:
    """Can a person say whether it is there? It was sent, and nobody knows what became of it."""
    return post.state == PostState.UNKNOWN or (post.state == PostState.FAILED and _was_tried(post))


def _was_tried(post: Post) -> bool:
    """May it be on its channel? One that was sent before sends were counted has references."""
    return bool(post.sends or post.references)


def settle_there(
    school: School, session: Session, post: Post, receipt: Receipt, *, actor: str
) -> None:
    """A person found it on its channel, where `receipt` says. It is live, or comes down at once
    where that was asked for. Raises `CannotOperate`.
    """
    _require_unsettled(post)
    other = select(Post.id).where(
        Post.channel == post.channel,
        Post.remote_id == receipt.remote_id,
        Post.id != post.id,
        col(Post.state).not_in(OVER),
    )
    if session.exec(other).first() is not None:
        raise CannotOperate("That is the address of another post. Look again.")
    change_state(
        session,
        post,
        PostState.LIVE,
        school.audit,
        actor=actor,
        reason="seen by a person",
        remote_id=receipt.remote_id,
        url=receipt.url,
        live_at=school.clock(),
        last_error="",
        claimed_by=None,
        attempts=0,
        not_before=None,
        looked_at=None,
    )
    school.audit.append(session, actor, "post.settled", post.id, {"there": True})
    if post.removal_reason:
        change_state(
            session, post, PostState.REMOVING, school.audit, actor=actor, reason="asked for before"
        )


def settle_absent(school: School, session: Session, post: Post, *, actor: str) -> None:
    """A person looked and it is not there. It is not sent again by this: it has failed, or is
    cancelled where it was to come down. Raises `CannotOperate`.
    """
    _require_unsettled(post)
    if post.state == PostState.UNKNOWN:
        change_state(
            session, post, PostState.FAILED, school.audit, actor=actor,
            reason="not seen by a person", last_error="A person looked for it: it is not there.",
            looked_at=None,
        )  # fmt: skip
    school.audit.append(session, actor, "post.settled", post.id, {"there": False})
    if post.removal_reason:
        change_state(
            session, post, PostState.CANCELLED, school.audit, actor=actor,
            reason="not seen by a person",
        )  # fmt: skip


def _require_unsettled(post: Post) -> None:
    if not may_be_settled(post):
        raise CannotOperate("What became of this post is known. Look at it again.")


def _require_approval(session: Session, post: Post) -> None:
    submission = session.get_one(Submission, post.submission_id)
    approval = session.get_one(Approval, post.approval_id)
    if submission.state != SubmissionState.APPROVED or approval.voided_at is not None:
        raise CannotOperate(
            "It is not approved any more, so it cannot be sent. Its author can have it checked "
            "again."
        )
