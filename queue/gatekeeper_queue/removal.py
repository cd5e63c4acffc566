"""Taking posts down, and making sure that they are gone (promise 6)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.budget import note_limits, rest
from gatekeeper_queue.channel import Channel, Receipt, RetryLater, wait_until, words_for
from gatekeeper_queue.models import Post, Submission, SubmissionPhoto, User
from gatekeeper_queue.notices import settle
from gatekeeper_queue.people import Act, require
from gatekeeper_queue.record_models import AccountRest, StrayCopy
from gatekeeper_queue.school import School
from gatekeeper_queue.states import OVER, PostState, change_state
from gatekeeper_queue.stopped import TAKEN_DOWN, note_stopped
from gatekeeper_queue.strays import copies_on

log = logging.getLogger(__name__)

_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=1)

OpenChannel = Callable[[Post], Channel]
"""The channel object for a post's channel and account."""

MAY_BE_UP = (PostState.LIVE, PostState.SENDING, PostState.UNKNOWN)
NOT_SEEN_GONE = (*MAY_BE_UP, PostState.REMOVING)
"""Somebody may still see it, although it may be coming down."""


EXPIRED = "expired"
"""Nobody said that it may stay up: the one reason for which a removal can wait for others."""


def _urgency(post: Post) -> tuple[bool, bool]:
    """The school's own pages first: they do not wait for anybody. Then children before tidiness,
    since channels let an account remove only so much a day."""
    return post.account_id is not None, post.removal_reason == EXPIRED


def ask_removal(
    school: School, session: Session, post: Post, *, actor: str, reason: str, note: str = ""
) -> None:
    """This post must come down. One that is being sent comes down as soon as it is known.

    What is or may be up goes out again only by a person's decision, whatever the reason was.
    `reason` goes into the audit log; `note`, which may say more, stays with the post.
    """
    waiting = post.state in (PostState.SCHEDULED, PostState.FAILED)
    if post.state in OVER:
        return
    if post.removal_reason and not waiting:
        return
    now = school.clock()
    if not waiting:
        session.get_one(Submission, post.submission_id).needs_person = True
        photos = session.exec(
            select(SubmissionPhoto).where(SubmissionPhoto.submission_id == post.submission_id)
        ).all()
        note_stopped(school, session, post.submission_id, photos, TAKEN_DOWN)
    if not post.removal_reason:
        post.removal_reason, post.removal_asked_at = note or reason, now
        if post.keep_asked_at is not None:
            settle(session, now, ("post-to-keep",), post.id)
    session.add(post)
    session.flush()
    after: PostState | None = None
    columns: dict[str, Any] = {"not_before": now}
    if post.state == PostState.UNKNOWN:
        post.not_before = now  # looked for at once, not when it would have been its turn
    if post.state == PostState.LIVE:
        after, columns = PostState.REMOVING, {**columns, "attempts": 0}
    elif waiting:
        # Once it was tried, it may be up although its answer said otherwise: look first.
        after = PostState.UNKNOWN if post.references else PostState.CANCELLED
        columns["unknown_since"] = now
    if after is None:
        school.audit.append(session, actor, "post.removal-asked", post.id, {"reason": reason})
    else:
        change_state(session, post, after, school.audit, actor=actor, reason=reason, **columns)


def take_down(school: School, session: Session, user: User, post: Post, note: str) -> None:
    """A coordinator or head takes a post down, or an author asks for their own to go.

    From then on the submission goes nowhere without a reviewer.
    """
    submission = session.get_one(Submission, post.submission_id)
    if submission.author_id == user.id:
        require(user, Act.SUBMIT)
    else:
        require(user, Act.TAKE_DOWN)
    submission.needs_person = True
    ask_removal(school, session, post, actor=user.id, reason="asked for", note=note)


@dataclass(frozen=True)
class Remover:
    """Removes posts, and copies of them that must not be, and looks until they are gone."""

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
            strays = session.exec(
                select(StrayCopy, Post)
                .join(Post, col(Post.id) == col(StrayCopy.post_id))
                .where(col(StrayCopy.removed_at).is_(None))
                .where(col(StrayCopy.not_before).is_(None) | (col(StrayCopy.not_before) <= now))
            ).all()
        gone = sum(self._remove(post) for post in sorted(due, key=_urgency))
        return gone + sum(self._remove_stray(stray, post) for stray, post in strays)

    def _remove(self, post: Post) -> bool:
        if self._rests(post, post):
            return False
        try:
            channel = self.open_channel(post)
            # First what is known: looking for copies may fail, and must not keep it up.
            self._take_down(post, channel, Receipt(post.remote_id, post.url))
            for copy in copies_on(channel, post):
                self._take_down(post, channel, copy)
        except Exception as error:  # one post that cannot be removed must not keep others up
            self._try_later(post, error)
            return False
        with self.school.database.write() as session:
            stored = session.get_one(Post, post.id)
            if stored.state != PostState.REMOVING:
                return False  # another worker saw it first
            change_state(
                session,
                stored,
                PostState.REMOVED,
                self.school.audit,
                actor=SYSTEM,
                reason="verified on the channel",
                removed_at=self.school.clock(),
                last_error="",
            )
        return True

    def _remove_stray(self, stray: StrayCopy, post: Post) -> bool:
        if self._rests(post, stray):
            return False
        try:
            self._take_down(post, self.open_channel(post), Receipt(stray.remote_id, stray.url))
        except Exception as error:
            self._try_later(stray, error)
            return False
        with self.school.database.write() as session:
            stored = session.get_one(StrayCopy, stray.id)
            stored.removed_at, stored.last_error = self.school.clock(), ""
            self.school.audit.append(session, SYSTEM, "post.stray-removed", post.id, {})
        return True

    def _rests(self, post: Post, row: Post | StrayCopy) -> bool:
        """Has its account used up what the channel lets it remove? Then it waits until then."""
        with self.school.database.read() as session:
            found = (
                session.get(AccountRest, (post.account_id, "remove")) if post.account_id else None
            )
        if found is None or found.until <= self.school.clock():
            return False
        with self.school.database.write() as session:
            stored = session.get_one(type(row), row.id)
            stored.not_before = found.until
            stored.last_error = "The channel lets this account remove no more for now."
        return True

    def _take_down(self, post: Post, channel: Channel, receipt: Receipt) -> None:
        """Remove it and look. Raises whatever the channel raises, and `RetryLater` while it is
        still there."""
        try:
            channel.take_down(receipt)
        except RetryLater as error:
            if (until := wait_until(error, self.school.clock())) is not None:
                with self.school.database.write() as session:
                    rest(session, post.account_id, "remove", until)
            raise
        self.step("removed")
        with self.school.database.write() as session:
            note_limits(session, post.account_id, channel, self.school.clock())
        if channel.is_up(receipt):
            raise RetryLater("the post is still there after it was deleted")

    def _try_later(self, row: Post | StrayCopy, error: Exception) -> None:
        """Never give up: what is still up is tried again, at most an hour later."""
        now = self.school.clock()
        wait = min(_RETRY * 2 ** min(row.attempts, 10), _LONGEST_RETRY)
        if (until := wait_until(error, now)) is not None:
            wait = max(timedelta(), until - now)
        post_id = row.id if isinstance(row, Post) else row.post_id
        log.warning("post %s could not be taken down yet: %s", post_id, words_for(error))
        with self.school.database.write() as session:
            stored: Post | StrayCopy = (
                session.get_one(Post, row.id)
                if isinstance(row, Post)
                else session.get_one(StrayCopy, row.id)
            )
            if isinstance(stored, Post) and stored.state != PostState.REMOVING:
                return  # another worker saw it go
            stored.attempts += 1
            stored.last_error = words_for(error)
            stored.not_before = now + wait
            self.school.audit.append(
                session, SYSTEM, "post.removal-failed", post_id, {"attempt": stored.attempts}
            )
