"""Taking posts down, and making sure that they are gone (promise 6)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.channel import Channel, ChannelError, Receipt, RetryLater
from gatekeeper_queue.models import Post, Submission, User
from gatekeeper_queue.people import Act, require
from gatekeeper_queue.school import School
from gatekeeper_queue.states import PostState, change_state

log = logging.getLogger(__name__)

_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=1)

OpenChannel = Callable[[Post], Channel]
"""The channel object for a post's channel and account."""

MAY_BE_UP = (PostState.LIVE, PostState.SENDING, PostState.UNKNOWN)


def ask_removal(school: School, session: Session, post: Post, *, actor: str, reason: str) -> None:
    """This post must come down. One that is being sent comes down as soon as it is known."""
    if post.removal_reason:
        return
    now = school.clock()
    if post.state in (PostState.SCHEDULED, PostState.FAILED):
        change_state(session, post, PostState.CANCELLED, school.audit, actor=actor, reason=reason)
        return
    if post.state not in MAY_BE_UP:
        return
    post.removal_reason, post.removal_asked_at = reason, now
    session.add(post)
    if post.state == PostState.LIVE:
        change_state(
            session,
            post,
            PostState.REMOVING,
            school.audit,
            actor=actor,
            reason=reason,
            not_before=now,
            attempts=0,
        )
    else:
        school.audit.append(session, actor, "post.removal-asked", post.id, {"reason": reason})


def take_down(school: School, session: Session, user: User, post: Post, reason: str) -> None:
    """A coordinator or head takes a post down, or an author asks for their own to go."""
    author = session.get_one(Submission, post.submission_id).author_id
    if author == user.id:
        require(user, Act.SUBMIT)
    else:
        require(user, Act.TAKE_DOWN)
    ask_removal(school, session, post, actor=user.id, reason=reason or "asked for")


@dataclass(frozen=True)
class Remover:
    """Removes posts from their channels and looks until they are gone."""

    school: School
    open_channel: OpenChannel
    step: Callable[[str], None] = lambda name: None

    def remove_due(self) -> int:
        """Try every removal that is due once; returns how many were verified as gone."""
        now = self.school.clock()
        with self.school.database.read() as session:
            due = session.exec(
                select(Post)
                .where(Post.state == PostState.REMOVING)
                .where(col(Post.not_before).is_(None) | (col(Post.not_before) <= now))
                .order_by(col(Post.removal_asked_at))
            ).all()
        return sum(self._remove(post) for post in due)

    def _remove(self, post: Post) -> bool:
        receipt = Receipt(post.remote_id, post.url)
        try:
            channel = self.open_channel(post)
            channel.take_down(receipt)
            self.step("removed")
            if channel.is_up(receipt):
                raise RetryLater("the post is still there after it was deleted")
        except ChannelError as error:
            self._try_later(post, error)
            return False
        with self.school.database.write() as session:
            change_state(
                session,
                session.get_one(Post, post.id),
                PostState.REMOVED,
                self.school.audit,
                actor=SYSTEM,
                reason="verified on the channel",
                removed_at=self.school.clock(),
                last_error="",
            )
        return True

    def _try_later(self, post: Post, error: ChannelError) -> None:
        """Never give up: what is still up is tried again, at most an hour later."""
        now = self.school.clock()
        wait = min(_RETRY * 2**post.attempts, _LONGEST_RETRY)
        if isinstance(error, RetryLater) and error.not_before is not None:
            wait = max(timedelta(), error.not_before - now)
        log.warning("post %s could not be taken down yet: %s", post.id, error)
        with self.school.database.write() as session:
            stored = session.get_one(Post, post.id)
            stored.attempts += 1
            stored.last_error = str(error)
            stored.not_before = now + wait
            self.school.audit.append(
                session, SYSTEM, "post.removal-failed", post.id, {"attempt": stored.attempts}
            )
