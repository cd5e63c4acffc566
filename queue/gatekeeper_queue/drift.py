"""Looking again at what is up, and at what was taken down (P05, G01).

Once a night each post is looked up on its channel: is it still there and still what was approved,
and do the rules about people still let it be? What was taken down, and what was sent and never
seen, is looked for too: it must still be gone. Whatever differs is told, never mended silently,
but for what must not be seen: that is removed.

The looks are spread over the night, and each account is asked no more than so often in an hour:
the platforms count. What was sent more than once is looked for as soon as it had time to show.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby, islice

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.channel import (
    Channel,
    LooksAtPosts,
    Outgoing,
    Receipt,
    RetryLater,
    Seen,
    words_for,
)
from gatekeeper_queue.expiry import objections
from gatekeeper_queue.incidents import open_incident
from gatekeeper_queue.models import Post, Submission
from gatekeeper_queue.notices import settle, tell
from gatekeeper_queue.people import Role
from gatekeeper_queue.record_models import Notice
from gatekeeper_queue.removal import OpenChannel
from gatekeeper_queue.school import School
from gatekeeper_queue.settling import Settler
from gatekeeper_queue.states import PostState
from gatekeeper_queue.strays import TWICE, copies_on, note_stray
from gatekeeper_queue.submissions import photos_of

log = logging.getLogger(__name__)

FOUND = {
    "gone": "It is not on its channel any more, and nobody here took it down.",
    "changed": "It does not show there what was approved.",
    "objected": "The rules about people object to it today.",
}
"""What a look can find wrong with a live post, in words for staff."""

AN_HOUR = 30
"""Posts of one account that are looked up within an hour."""
OWN_AT_ONCE = 200
"""Items of our own pages that are looked at in one tick; they cost no call to anybody."""
EVERY = timedelta(hours=20)
"""No post is looked up again sooner: once a night."""
NIGHT = (time(22), time(6))
"""At the school, when the accounts have nothing else to do."""
SHOWN = timedelta(minutes=10)
"""After so long whatever a lost call has made can be seen."""
REMOVED_FOR = timedelta(days=60)
"""So long after its removal a post is looked for."""

_NEVER_SEEN = (PostState.CANCELLED, PostState.FAILED)


@dataclass(frozen=True)
class NightLook:
    """Compares what is on the channels with what should be, a few posts at a time."""

    school: School
    open_channel: OpenChannel
    settler: Settler
    """Writes down what turns out to be up after all."""
    an_hour: int = AN_HOUR

    def tick(self) -> int:
        """Look at what is due and within the budget; returns how many posts were looked at."""
        with self.school.database.read() as session:
            due = self._due(session)
        return sum(self._look_at_account(list(posts)) for _, posts in groupby(due, _account))

    def look(self, post: Post) -> None:
        """Look one post up now, whatever the time. Raises what the channel raises."""
        channel = self.open_channel(post)
        if post.state == PostState.LIVE:
            seen = _seen(channel, post)
            copies = copies_on(channel, post)
            with self.school.database.write() as session:
                stored = session.get_one(Post, post.id)
                if stored.state == PostState.LIVE and not stored.removal_reason:
                    self._compare(session, stored, seen)
                for copy in copies:
                    note_stray(self.school, session, stored, copy, TWICE)
        else:
            for receipt in _up_again(channel, post):
                self.settler.found(post, receipt)
        self._note_look(post, "")

    # --- which are due ----------------------------------------------------------------------

    def _due(self, session: Session) -> list[Post]:
        """By account, those that were not looked at for longest first."""
        now = self.school.clock()
        query = (
            select(Post.id, Post.account_id)
            .where(*_worth_a_look(now))
            .order_by(col(Post.account_id), col(Post.looked_at).nulls_first(), col(Post.due_at))
        )
        if not self._is_night(now):
            # One that was sent again may show twice once its first try has arrived.
            query = query.where(col(Post.sends) > 1, col(Post.looked_at).is_(None))
        looked: dict[str | None, int] = dict(
            session.exec(
                select(Post.account_id, func.count())
                .where(col(Post.looked_at) > now - timedelta(hours=1))
                .group_by(col(Post.account_id))
            ).all()
        )
        due: list[str] = []
        for account_id, rows in groupby(session.exec(query).all(), lambda row: row[1]):
            left = OWN_AT_ONCE if account_id is None else self.an_hour - looked.get(account_id, 0)
            due += [post_id for post_id, _ in islice(rows, max(left, 0))]
        return [session.get_one(Post, post_id) for post_id in due]

    def _is_night(self, now: datetime) -> bool:
        local = now.astimezone(self.school.zone).time()
        return local >= NIGHT[0] or local < NIGHT[1]

    # --- one look ---------------------------------------------------------------------------

    def _look_at_account(self, posts: list[Post]) -> int:
        failed = False
        for done, post in enumerate(posts):
            try:
                self.look(post)
            except Exception as error:  # one that cannot be looked up keeps no other waiting
                log.warning("post %s could not be looked up: %s", post.id, words_for(error))
                if isinstance(error, RetryLater) and error.not_before is not None:
                    return done  # the account is to be left alone
                self._note_look(post, words_for(error))
                failed = True
        self._note_account(_account(posts[0]), failed)
        return len(posts)

    def _note_account(self, account_id: str, failed: bool) -> None:
        """Tell who can find out why, once a night; it is over once every post could be seen."""
        now = self.school.clock()
        told = select(Notice.id).where(
            Notice.kind == "look-failed", Notice.subject == account_id, Notice.at > now - EVERY
        )
        with self.school.database.write() as session:
            if not failed:
                settle(session, now, ("look-failed",), account_id)
            elif session.exec(told).first() is None:
                roles = [Role.TECHNICIAN, Role.COORDINATOR]
                tell(self.school, session, "look-failed", account_id, roles=roles)

    def _note_look(self, post: Post, problem: str) -> None:
        with self.school.database.write() as session:
            stored = session.get_one(Post, post.id)
            stored.looked_at = self.school.clock()
            if stored.state == PostState.LIVE:  # elsewhere it says why the post is there
                stored.last_error = problem

    def _compare(self, session: Session, post: Post, seen: Seen | None) -> None:
        """Write down and tell what is new."""
        found = self._drift(session, post, seen)
        if found == post.drift:
            return
        post.drift = found
        session.add(post)
        self.school.audit.append(
            session, SYSTEM, "post.drifted" if found else "post.as-approved", post.id,
            {"found": found},
        )  # fmt: skip
        if found:
            roles = [Role.COORDINATOR, Role.HEAD]
            tell(self.school, session, "post-drifted", post.id, roles=roles)
        if found == "changed":
            open_incident(self.school, session, "post-changed", post.id)

    def _drift(self, session: Session, post: Post, seen: Seen | None) -> str:
        if seen is None:
            return "gone"
        if not _is_approved(session, post, seen):
            return "changed"
        return "objected" if objections(self.school, session, post) else ""


def _account(post: Post) -> str:
    return post.account_id or ""


def _worth_a_look(now: datetime) -> list[ColumnElement[bool]]:
    """What is up; what was taken down; and what was sent and never seen."""
    up = (col(Post.state) == PostState.LIVE) & (col(Post.removal_reason) == "")
    down = (col(Post.state) == PostState.REMOVED) & (col(Post.removed_at) > now - REMOVED_FOR)
    unseen = (
        col(Post.state).in_(_NEVER_SEEN)
        & (col(Post.sends) > 0)
        & (col(Post.due_at) > now - REMOVED_FOR)
    )
    return [
        or_(up, down, unseen),
        or_(col(Post.looked_at).is_(None), col(Post.looked_at) <= now - EVERY),
        or_(col(Post.claimed_until).is_(None), col(Post.claimed_until) <= now - SHOWN),
    ]


def _seen(channel: Channel, post: Post) -> Seen | None:
    receipt = Receipt(post.remote_id, post.url)
    if isinstance(channel, LooksAtPosts):
        return channel.look(receipt)
    return Seen() if channel.is_up(receipt) else None


def _up_again(channel: Channel, post: Post) -> tuple[Receipt, ...]:
    """Where a post that should not be up can be seen after all."""
    found: list[Receipt] = []
    if post.remote_id:
        known = Receipt(post.remote_id, post.url)
        found += [known] if channel.is_up(known) else []
        return (*found, *copies_on(channel, post))
    once = channel.find(Outgoing(post.id, "", ()), tuple(post.references))
    others = copies_on(channel, post) if once is not None else ()
    return () if once is None else (once, *(one for one in others if one != once))


def _is_approved(session: Session, post: Post, seen: Seen) -> bool:
    """Is what can be seen what was approved, as far as the channel can tell?

    While a post is up its submission does not change.
    """
    submission = session.get_one(Submission, post.submission_id)
    if seen.text is not None and seen.text.split() != submission.caption.split():
        return False
    pictures = tuple(row.clean_sha256 for row in photos_of(session, post.submission_id))
    if seen.sha256 is not None and seen.sha256 != pictures:
        return False
    references = seen.references
    return references is None or (
        len(references) == len(pictures) and set(references) <= set(post.references)
    )
