"""What became of a post that was sent: live, refused, put off, or lost and looked for."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, or_, select

from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.budget import rest
from gatekeeper_queue.channel import Outgoing, Receipt, wait_until, words_for
from gatekeeper_queue.models import Post
from gatekeeper_queue.removal import OpenChannel, ask_removal
from gatekeeper_queue.school import School
from gatekeeper_queue.states import OVER, PostState, change_state
from gatekeeper_queue.strays import BACK, TWICE, copies_on, note_stray

log = logging.getLogger(__name__)

SETTLE = timedelta(seconds=30)
"""How long a lost post may take to show on the channel before absent means absent."""
_RETRY = timedelta(minutes=1)
_LONGEST_LOOK = timedelta(hours=1)
MAX_ATTEMPTS = 8
"""Tries of a post that the channel puts off."""
MAX_LOST = 3
"""Tries of a post whose answer is lost each time."""

_NOT_OVER = (PostState.SENDING, PostState.UNKNOWN, PostState.SCHEDULED, PostState.FAILED)


@dataclass(frozen=True)
class Settler:
    """Writes what became of posts; for those whose answer was lost it looks on the channel.

    Nothing is written over what another worker has found out meanwhile.
    """

    school: School
    open_channel: OpenChannel
    worker: str
    settle: timedelta = SETTLE
    step: Callable[[str], None] = lambda name: None
    """Called at each step by name; the crash tests stop the process there."""

    def release_abandoned(self) -> None:
        """Sort out what a dead worker had claimed, by whether it can have published."""
        now = self.school.clock()
        with self.school.database.write() as session:
            for post in session.exec(
                select(Post).where(Post.state == PostState.SENDING, col(Post.claimed_until) < now)
            ).all():
                if post.ready:
                    self._change(session, post, PostState.UNKNOWN, "interrupted", unknown_since=now)
                else:
                    self._change(session, post, PostState.SCHEDULED, "interrupted")
                    self._call_off_if_asked(session, post)

    def settle_unknown(self) -> int:
        """Look for each lost post on its channel; returns how many are settled."""
        now = self.school.clock()
        with self.school.database.read() as session:
            lost = session.exec(
                select(Post)
                .where(Post.state == PostState.UNKNOWN)
                .where(or_(col(Post.not_before).is_(None), col(Post.not_before) <= now))
            ).all()
        return sum(self.look_for(post) for post in lost)

    def found(self, post: Post, receipt: Receipt) -> None:
        """It can be seen on its channel, although it failed, was cancelled or was taken down."""
        self._live(post, receipt)

    # --- a lost answer ----------------------------------------------------------------------

    def look_for(self, post: Post) -> bool:
        """Look for one lost post now. Live if any of its references is on the channel; to be
        sent anew only if surely absent. Returns whether it is settled."""
        now = self.school.clock()
        try:
            channel = self.open_channel(post)
            # The references are enough to know it again, whatever has become of its content.
            sought = Outgoing(post.id, "", ())
            found = channel.find(sought, tuple(post.references))
            others = copies_on(channel, post)
        except Exception as error:  # one that cannot be looked up must not hold up the others
            self._look_later(post, error)
            return False
        if found is not None:
            for receipt in (found, *others):  # all but the first are copies, which must go
                self._live(post, receipt)
            return True
        if now - (post.unknown_since or now) < self.settle:
            self._look_later(post, None)
            return False
        if post.attempts >= MAX_LOST:  # it never arrives: a person must look
            after, reason = PostState.FAILED, post.last_error
        else:
            after, reason = PostState.SCHEDULED, "absent on the channel"
        self._write(post, after, reason, self._is_still_lost, not_before=None)
        return True

    @staticmethod
    def _is_still_lost(before: Post, stored: Post) -> bool:
        same = stored.unknown_since == before.unknown_since
        return stored.state == PostState.UNKNOWN and same

    def _look_later(self, post: Post, error: Exception | None) -> None:
        """Soon at first, then less and less often, and not before the channel wants to be asked."""
        now = self.school.clock()
        waited = now - (post.unknown_since or now)
        moment = now + min(max(self.settle / 3, waited / 4), _LONGEST_LOOK)
        if error is not None and (wait := wait_until(error, now)) is not None:
            moment = max(moment, wait)
        with self.school.database.write() as session:
            stored = session.get_one(Post, post.id)
            if not self._is_still_lost(post, stored):
                return
            stored.not_before = moment
            stored.last_error = words_for(error) if error else stored.last_error

    # --- what the sender found out ----------------------------------------------------------

    def _live(self, post: Post, receipt: Receipt) -> bool:
        """The post is up. False when it is a copy of one that is up, or that has come down: this
        copy must go."""
        with self.school.database.write() as session:
            stored = session.get_one(Post, post.id)
            if stored.state not in _NOT_OVER:
                if stored.remote_id == receipt.remote_id and stored.state not in OVER:
                    return True
                note_stray(
                    self.school, session, stored, receipt, BACK if stored.state in OVER else TWICE
                )
                return False
            self._change(
                session,
                stored,
                PostState.LIVE,
                "",
                remote_id=receipt.remote_id,
                url=receipt.url,
                live_at=self.school.clock(),
                last_error="",
                claimed_by=None,
                attempts=0,
                not_before=None,
            )
            if stored.removal_reason:
                self._change(session, stored, PostState.REMOVING, "asked for while it was sent")
            return True

    def _lost(self, post: Post, error: Exception) -> bool:
        log.warning("the answer for post %s was lost: %s", post.id, words_for(error))
        now = self.school.clock()
        columns = {"unknown_since": now, "not_before": None}
        self._write(post, PostState.UNKNOWN, words_for(error), self._is_mine, **columns)
        return False

    def _try_later(self, post: Post, error: Exception) -> bool:
        """Nothing was published; try again, a few times."""
        if post.attempts >= MAX_ATTEMPTS:
            return self._fail(post, error)
        now = self.school.clock()
        moment = now + _RETRY * 2 ** (post.attempts - 1)
        if (wait := wait_until(error, now)) is not None:
            moment = wait
            with self.school.database.write() as session:
                rest(session, post.account_id, "send", moment)
        self._write(post, PostState.SCHEDULED, words_for(error), self._is_mine, not_before=moment)
        return False

    def _fail(self, post: Post, error: Exception) -> bool:
        log.warning("post %s failed: %s", post.id, words_for(error))
        self._write(post, PostState.FAILED, words_for(error), self._is_mine)
        return False

    def _is_mine(self, before: Post, stored: Post) -> bool:
        return stored.state == PostState.SENDING and stored.claimed_by == self.worker

    # --- writing ----------------------------------------------------------------------------

    def _write(
        self,
        post: Post,
        after: PostState,
        reason: str,
        still_so: Callable[[Post, Post], bool],
        **columns: object,
    ) -> None:
        with self.school.database.write() as session:
            stored = session.get_one(Post, post.id)
            if not still_so(post, stored):
                return
            self._change(session, stored, after, reason, last_error=reason, **columns)
            if still_so == self._is_still_lost and stored.removal_reason:
                self._change(session, stored, PostState.CANCELLED, "absent on the channel")
            else:
                self._call_off_if_asked(session, stored)

    def _call_off_if_asked(self, session: Session, post: Post) -> None:
        """It was asked to come down while it was on its way, and is not on its way any more."""
        if post.removal_reason and post.state in (PostState.SCHEDULED, PostState.FAILED):
            ask_removal(self.school, session, post, actor=SYSTEM, reason="asked for")

    def _change(
        self, session: Session, post: Post, after: PostState, reason: str, **columns: object
    ) -> None:
        change_state(
            session, post, after, self.school.audit, actor=SYSTEM, reason=reason, **columns
        )
