"""Sending approved posts, at most once each (promises 1 and 5).

The order makes every crash harmless: claim → commit; upload → commit its references;
publish → commit. A worker that dies before the references were stored had not published.
One that dies after may have: the post is `unknown` until a look at the channel says.

The claim is the lease of the account as well: nothing else is sent from it meanwhile, by
whatever worker (`ix_post_sending`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from gatekeeper_queue.approvals import current_fingerprint, people_in
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.budget import note_limits, resting
from gatekeeper_queue.channel import Outgoing, OutgoingPicture, PermanentFailure, RetryLater
from gatekeeper_queue.gate import held
from gatekeeper_queue.models import Account, Approval, Post, Submission
from gatekeeper_queue.records import photo_from_row
from gatekeeper_queue.schedule import ask_again
from gatekeeper_queue.school import School
from gatekeeper_queue.settling import Settler
from gatekeeper_queue.slots import ready, why_ask_again
from gatekeeper_queue.states import PostState, Stale, SubmissionState
from gatekeeper_queue.submissions import photos_of, send_to_checks
from gatekeeper_queue.verdicts import people_object

CLAIM = timedelta(minutes=5)
LONGEST_CALL = timedelta(minutes=2)
"""No call to a channel lasts so long: each has a time-out well below it."""


@dataclass(frozen=True)
class Publisher(Settler):
    """Sends due posts."""

    def publish_due(self) -> int:
        """Send every post whose time has come; returns how many are live now."""
        live = 0
        while (post := self._claim()) is not None:
            live += self._send(post)
        return live

    def _claim(self) -> Post | None:
        """Take the next due post for this worker, if what it holds is still approved."""
        now = self.school.clock()
        try:
            with self.school.database.write() as session:
                if held(self.school, session):
                    return None
                return self._claim_one(session, now)
        except IntegrityError:  # at this very moment another worker began with the account
            return None

    def _claim_one(self, session: Session, now: datetime) -> Post | None:
        for post in ready(self.school, session, session.exec(_due(now)).all()):
            if not may_leave(self.school, session, post):
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

    def _send(self, post: Post) -> bool:
        """Upload, commit, publish, commit. Returns whether the post is live."""
        self.step("claimed")
        try:
            with self.school.database.read() as session:
                if _is_switched_off(session, post):
                    raise PermanentFailure("The account to post from is switched off.")
                item = self._outgoing(session, post)
            channel = self.open_channel(post)
            references = channel.prepare(item)
        except PermanentFailure as error:
            return self._fail(post, error)
        except Exception as error:  # nothing can have been published yet
            return self._try_later(post, error)
        self.step("prepared")
        until = self._commit_references(post, item, references)
        if until is None:
            return False
        self.step("ready")
        if self.school.clock() > until:
            return False  # held up so long that another worker may take over during the call
        try:
            receipt = channel.publish(item, references)
        except RetryLater as error:
            return self._try_later(post, error)
        except PermanentFailure as error:
            return self._fail(post, error)
        except Exception as error:  # `OutcomeUnknown`, or a fault: it may be up
            return self._lost(post, error)
        self.step("published")
        live = self._live(post, receipt)
        with self.school.database.write() as session:
            note_limits(session, post.account_id, channel, self.school.clock())
        self.step("live")
        return live

    def _outgoing(self, session: Session, post: Post) -> Outgoing:
        submission = session.get_one(Submission, post.submission_id)
        rows = photos_of(session, submission.id)
        pictures = tuple(
            OutgoingPicture(
                self.school.store.clean(row.clean_sha256 or ""), row.clean_sha256 or "", row.alt
            )
            for row in rows
        )
        return Outgoing(post.id, submission.caption, pictures)

    def _commit_references(
        self, post: Post, item: Outgoing, references: tuple[str, ...]
    ) -> datetime | None:
        """Store the fingerprint of this try. The last moment at which it can be called off;
        returns until when the call may begin, and None when it may not.
        """
        with self.school.database.write() as session:
            stored = session.get_one(Post, post.id)
            if not self._is_mine(post, stored):
                return None  # the claim ran out and somebody else has it
            stopped = (
                stored.removal_reason
                or held(self.school, session)
                or _is_switched_off(session, stored)
            )
            if (
                stopped
                or not may_leave(self.school, session, stored)
                or _content(session, stored) != _content_of(item)
            ):
                self._change(session, stored, PostState.SCHEDULED, "called off")
                self._call_off_if_asked(session, stored)
                return None
            stored.references = [*stored.references, *references]
            stored.ready = True
            stored.sends += 1
            stored.claimed_until = self.school.clock() + CLAIM
            return stored.claimed_until - LONGEST_CALL


_Content = tuple[str, list[tuple[str, str]]]
"""Caption, and digest and alt text of each picture."""


def _content(session: Session, post: Post) -> _Content:
    """What the post consists of at this moment."""
    rows = photos_of(session, post.submission_id)
    caption = session.get_one(Submission, post.submission_id).caption
    return caption, [(row.clean_sha256 or "", row.alt) for row in rows]


def _content_of(item: Outgoing) -> _Content:
    return item.text, [(picture.sha256, picture.alt) for picture in item.pictures]


def may_leave(school: School, session: Session, post: Post) -> bool:
    """The last look before sending: exactly what was approved, by today's register."""
    submission = session.get_one(Submission, post.submission_id)
    if submission.state != SubmissionState.APPROVED:
        return False  # the post on its other channel has just sent it back to the checks
    if stale := why_ask_again(school, session, post):
        ask_again(school, session, submission, stale)
        return False
    approval = session.get_one(Approval, post.approval_id)
    rows = photos_of(session, submission.id)
    photos = [photo_from_row(row) for row in rows]
    now_is = current_fingerprint(school, session, submission, rows, people_in(photos), post.channel)
    reason = ""
    if approval.voided_at is not None or approval.fingerprint != now_is:
        reason = "not what was approved any more"
    elif people_object(school, session, submission, post.channel):
        reason = "consent, roll, training or a stopped picture changed"
    if not reason:
        return True
    send_to_checks(school, session, submission, actor=SYSTEM, reason=reason)
    return False


def _due(now: datetime) -> SelectOfScalar[Post]:
    """What may be sent now, from accounts from which nothing is being sent."""
    other = aliased(Post)
    busy = select(other.id).where(
        other.state == PostState.SENDING, other.account_id == Post.account_id
    )
    return (
        select(Post)
        .join(Submission, col(Submission.id) == col(Post.submission_id))
        .where(
            Post.state == PostState.SCHEDULED,
            col(Post.due_at) <= now,
            or_(col(Post.not_before).is_(None), col(Post.not_before) <= now),
            Submission.state == SubmissionState.APPROVED,
            ~busy.exists(),
            col(Post.account_id).is_(None) | col(Post.account_id).not_in(resting("send", now)),
        )
        .order_by(col(Post.due_at))
    )


def _is_switched_off(session: Session, post: Post) -> bool:
    """May nothing be sent from its account any more?"""
    account = session.get(Account, post.account_id) if post.account_id else None
    return account is not None and not account.active
