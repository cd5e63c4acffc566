"""Sending approved posts, at most once each (promises 1 and 5).

The order makes every crash harmless: claim → commit; upload → commit its references;
publish → commit. A worker that dies before the references were stored had not published.
One that dies after may have: the post is `unknown` until a look at the channel says.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, or_, select

from gatekeeper_queue.approvals import current_fingerprint, people_in
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.channel import (
    ChannelError,
    OutcomeUnknown,
    Outgoing,
    OutgoingPicture,
    PermanentFailure,
    Receipt,
    RetryLater,
    words_for,
)
from gatekeeper_queue.models import Approval, Post, Submission
from gatekeeper_queue.records import photo_from_row
from gatekeeper_queue.removal import OpenChannel, ask_removal
from gatekeeper_queue.school import School
from gatekeeper_queue.slots import within_hours
from gatekeeper_queue.states import PostState, Stale, SubmissionState, change_state
from gatekeeper_queue.submissions import photos_of, send_to_checks
from gatekeeper_queue.verdicts import (
    PEOPLE_RULES,
    case_for,
    judgements_of,
    objects_anew,
    verdict_on,
)

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=5)
SETTLE = timedelta(seconds=30)
"""How long a lost post may take to show on the channel before absent means absent."""
_RETRY = timedelta(minutes=1)
MAX_ATTEMPTS = 8
"""Tries of a post that the channel puts off."""
MAX_LOST = 3
"""Tries of a post whose answer is lost each time."""


@dataclass(frozen=True)
class Publisher:
    """Sends due posts and settles those whose answer was lost."""

    school: School
    open_channel: OpenChannel
    worker: str
    settle: timedelta = SETTLE
    step: Callable[[str], None] = lambda name: None
    """Called at each step by name; the crash tests stop the process there."""

    def publish_due(self) -> int:
        """Send every post whose time has come; returns how many are live now."""
        live = 0
        while (post := self._claim()) is not None:
            live += self._send(post)
        return live

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

    def settle_unknown(self) -> int:
        """Look for each lost post on its channel; returns how many are settled."""
        now = self.school.clock()
        with self.school.database.read() as session:
            lost = session.exec(
                select(Post)
                .where(Post.state == PostState.UNKNOWN)
                .where(or_(col(Post.not_before).is_(None), col(Post.not_before) <= now))
            ).all()
        return sum(self._settle(post) for post in lost)

    # --- sending --------------------------------------------------------------------------

    def _claim(self) -> Post | None:
        """Take the next due post for this worker, if what it holds is still approved."""
        now = self.school.clock()
        if within_hours(self.school, now) != now:
            return None  # what is overdue waits for the morning too
        with self.school.database.write() as session:
            due = session.exec(
                select(Post)
                .join(Submission, col(Submission.id) == col(Post.submission_id))
                .where(
                    Post.state == PostState.SCHEDULED,
                    col(Post.due_at) <= now,
                    or_(col(Post.not_before).is_(None), col(Post.not_before) <= now),
                    Submission.state == SubmissionState.APPROVED,
                )
                .order_by(col(Post.due_at))
            ).all()
            for post in due:
                if not self._may_leave(session, post):
                    continue
                try:
                    self._change(
                        session,
                        post,
                        PostState.SENDING,
                        "",
                        ready=False,
                        claimed_by=self.worker,
                        claimed_until=now + CLAIM,
                        attempts=post.attempts + 1,
                    )
                except Stale:
                    continue
                return post
        return None

    def _may_leave(self, session: Session, post: Post) -> bool:
        """The last look before sending: exactly what was approved, by today's register."""
        submission = session.get_one(Submission, post.submission_id)
        if submission.state != SubmissionState.APPROVED:
            return False  # the post on its other channel has just sent it back to the checks
        approval = session.get_one(Approval, post.approval_id)
        rows = photos_of(session, submission.id)
        photos = [photo_from_row(row) for row in rows]
        now_is = current_fingerprint(
            self.school, session, submission, rows, people_in(photos), post.channel
        )
        reason = ""
        if approval.voided_at is not None or approval.fingerprint != now_is:
            reason = "not what was approved any more"
        elif self._people_object(session, submission, post.channel):
            reason = "consent, roll or training changed"
        if not reason:
            return True
        send_to_checks(self.school, session, submission, actor=SYSTEM, reason=reason)
        return False

    def _people_object(self, session: Session, submission: Submission, channel: str) -> bool:
        """Do the rules about people find anything that the approved verdict did not hold?"""
        rows = photos_of(session, submission.id)
        photos = [photo_from_row(row) for row in rows]
        case = case_for(
            self.school, session, submission, photos, [row.alt for row in rows], channel
        )
        verdict = verdict_on(self.school, case, PEOPLE_RULES)
        return objects_anew(verdict, judgements_of(session, submission).get(channel))

    def _send(self, post: Post) -> bool:
        """Upload, commit, publish, commit. Returns whether the post is live."""
        self.step("claimed")
        try:
            channel = self.open_channel(post)
            item = self._outgoing(post)
            references = channel.prepare(item)
        except RetryLater as error:
            return self._try_later(post, error)
        except Exception as error:  # nothing can have been published yet
            return self._fail(post, error)
        self.step("prepared")
        if not self._commit_references(post, references):
            return False
        self.step("ready")
        try:
            receipt = channel.publish(item, references)
        except OutcomeUnknown as error:
            return self._lost(post, error)
        except RetryLater as error:
            return self._try_later(post, error)
        except PermanentFailure as error:
            return self._fail(post, error)
        self.step("published")
        self._live(post, receipt)
        self.step("live")
        return True

    def _outgoing(self, post: Post) -> Outgoing:
        with self.school.database.read() as session:
            submission = session.get_one(Submission, post.submission_id)
            rows = photos_of(session, submission.id)
        pictures = tuple(
            OutgoingPicture(
                self.school.store.clean(row.clean_sha256 or ""), row.clean_sha256 or "", row.alt
            )
            for row in rows
        )
        return Outgoing(post.id, submission.caption, pictures)

    def _commit_references(self, post: Post, references: tuple[str, ...]) -> bool:
        """Store the fingerprint of this try. The last moment at which it can be called off."""
        with self.school.database.write() as session:
            stored = session.get_one(Post, post.id)
            if stored.state != PostState.SENDING or stored.claimed_by != self.worker:
                return False  # the claim ran out and somebody else has it
            if stored.removal_reason or not self._may_leave(session, stored):
                self._change(session, stored, PostState.SCHEDULED, "called off")
                if stored.removal_reason:
                    self._change(session, stored, PostState.CANCELLED, "removal asked for")
                return False
            stored.references = [*stored.references, *references]
            stored.ready = True
            stored.claimed_until = self.school.clock() + CLAIM
            return True

    # --- outcomes -------------------------------------------------------------------------

    def _live(self, post: Post, receipt: Receipt) -> None:
        with self.school.database.write() as session:
            stored = session.get_one(Post, post.id)
            if stored.state not in (PostState.SENDING, PostState.UNKNOWN):
                if stored.remote_id != receipt.remote_id:
                    log.error("post %s is up at %s, unexpectedly", post.id, receipt.url)
                return  # another worker found it first
            reason = stored.removal_reason
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
                removal_reason="",
                attempts=0,
                not_before=None,
            )
            if reason:  # it was asked to come down while it was on its way
                ask_removal(
                    self.school, session, stored, actor=SYSTEM, reason="asked for", note=reason
                )

    def _lost(self, post: Post, error: ChannelError) -> bool:
        log.warning("the answer for post %s was lost: %s", post.id, error)
        now = self.school.clock()
        self._write(post, PostState.UNKNOWN, str(error), unknown_since=now, not_before=None)
        return False

    def _try_later(self, post: Post, error: RetryLater) -> bool:
        if post.attempts >= MAX_ATTEMPTS:
            return self._fail(post, error)
        wait = self.school.clock() + _RETRY * 2 ** (post.attempts - 1)
        self._write(post, PostState.SCHEDULED, str(error), not_before=error.not_before or wait)
        return False

    def _fail(self, post: Post, error: Exception) -> bool:
        log.warning("post %s failed: %s", post.id, words_for(error))
        self._write(post, PostState.FAILED, words_for(error))
        return False

    def _settle(self, post: Post) -> bool:
        """Live if any of its references is on the channel; sent anew only if surely absent."""
        now = self.school.clock()
        try:
            found = self.open_channel(post).find(self._outgoing(post), tuple(post.references))
        except Exception as error:  # one that cannot be looked up must not hold up the others
            self._look_later(post, words_for(error))
            return False
        if found is not None:
            self._live(post, found)
            return True
        if now - (post.unknown_since or now) < self.settle:
            self._look_later(post, post.last_error)
            return False
        if post.attempts >= MAX_LOST:  # it never arrives: a person must look
            self._write(post, PostState.FAILED, post.last_error)
        else:
            self._write(post, PostState.SCHEDULED, "absent on the channel", not_before=None)
        return True

    def _look_later(self, post: Post, error: str) -> None:
        with self.school.database.write() as session:
            stored = session.get_one(Post, post.id)
            stored.not_before = self.school.clock() + self.settle / 3
            stored.last_error = error

    def _write(self, post: Post, after: PostState, reason: str, **columns: object) -> None:
        with self.school.database.write() as session:
            stored = session.get_one(Post, post.id)
            self._change(session, stored, after, reason, last_error=reason, **columns)
            if after in (PostState.SCHEDULED, PostState.FAILED) and stored.removal_reason:
                self._change(session, stored, PostState.CANCELLED, "removal asked for")

    def _change(
        self, session: Session, post: Post, after: PostState, reason: str, **columns: object
    ) -> None:
        change_state(
            session, post, after, self.school.audit, actor=SYSTEM, reason=reason, **columns
        )
