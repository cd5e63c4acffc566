"""Live posts are looked at again: after a while somebody says that one may stay, or it comes
down (P05, G01). Silence never keeps a post up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rules import stale_roll, untrained_author
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.models import Post, Submission, User
from gatekeeper_queue.notices import settle, tell
from gatekeeper_queue.people import Act, Role, require
from gatekeeper_queue.records import findings_from_json, photo_from_row
from gatekeeper_queue.removal import EXPIRED, ask_removal
from gatekeeper_queue.review import CannotReview
from gatekeeper_queue.school import School
from gatekeeper_queue.states import PostState
from gatekeeper_queue.submissions import photos_of
from gatekeeper_queue.verdicts import (
    PEOPLE_RULES,
    case_for,
    judgements_of,
    objects_anew,
    verdict_on,
)

_ONLY_BEFORE_SENDING = (untrained_author.RULE, stale_roll.RULE)
KEEPING_RULES = tuple(rule for rule in PEOPLE_RULES if rule not in _ONLY_BEFORE_SENDING)
"""The rules that may object to a live post: about who is shown and named in it."""


@dataclass(frozen=True)
class Reaudit:
    """Asks about live posts that have been up long enough, and takes down the unanswered."""

    school: School

    def tick(self) -> int:
        """Ask and take down what is due; returns how many posts were asked about or go."""
        if not self.school.periods.live:
            return 0
        with self.school.database.read() as session:
            if not (self._old(session) or self._unanswered(session)):
                return 0
        with self.school.database.write() as session:
            old, unanswered = self._old(session), self._unanswered(session)
            for post in old:
                _ask(self.school, session, post, SYSTEM)
            for post in unanswered:
                self._expire(session, post)
        return len(old) + len(unanswered)

    def _old(self, session: Session) -> list[Post]:
        before = self.school.clock() - timedelta(days=self.school.periods.live)
        seen = func.coalesce(col(Post.kept_at), col(Post.live_at))
        query = _live().where(col(Post.keep_asked_at).is_(None), seen <= before)
        return list(session.exec(query))

    def _unanswered(self, session: Session) -> list[Post]:
        before = self.school.clock() - timedelta(days=self.school.periods.answer)
        return list(session.exec(_live().where(col(Post.keep_asked_at) <= before)))

    def _expire(self, session: Session, post: Post) -> None:
        author = session.get_one(Submission, post.submission_id).author_id
        ask_removal(self.school, session, post, actor=SYSTEM, reason=EXPIRED)
        tell(
            self.school, session, "post-expired", post.submission_id,
            users=[author], roles=[Role.COORDINATOR],
        )  # fmt: skip


def ask_about_everything(school: School, session: Session, user: User) -> int:
    """Begin a re-audit of all that is live; returns how many posts have to be answered for."""
    require(user, Act.TAKE_DOWN)
    posts = session.exec(_live().where(col(Post.keep_asked_at).is_(None))).all()
    for post in posts:
        _ask(school, session, post, user.id)
    return len(posts)


def waiting_for_answer(session: Session) -> list[Post]:
    """Live posts about which somebody is asked, the most urgent first."""
    asked = _live().where(col(Post.keep_asked_at).is_not(None))
    return list(session.exec(asked.order_by(col(Post.keep_asked_at), col(Post.live_at))))


def answer_by(school: School, post: Post) -> datetime:
    """When the post comes down unless it is kept."""
    return (post.keep_asked_at or school.clock()) + timedelta(days=school.periods.answer)


def keep(school: School, session: Session, user: User, post: Post) -> None:
    """A reviewer says that it may stay for another period.

    Raises `NotAllowed` for who submitted it, and `CannotReview` when nobody is asked about it
    (any more), or the rules about people now object.
    """
    submission = session.get_one(Submission, post.submission_id)
    require(user, Act.REVIEW, author_id=submission.author_id)
    if post.state != PostState.LIVE or post.removal_reason or post.keep_asked_at is None:
        raise CannotReview("Nobody is asked about this post any more.")
    if objections(school, session, post):
        raise CannotReview("The checks now object to this post, so it cannot stay. Take it down.")
    post.kept_at, post.keep_asked_at = school.clock(), None
    session.add(post)
    settle(session, school.clock(), ("post-to-keep",), post.id)
    school.audit.append(session, user.id, "post.kept", post.id, {})


def objections(school: School, session: Session, post: Post) -> list[Finding]:
    """What the rules about people find in a live post today that was not found, and so not
    approved, before it went out."""
    submission = session.get_one(Submission, post.submission_id)
    rows = photos_of(session, submission.id)
    photos, alts = [photo_from_row(row) for row in rows], [row.alt for row in rows]
    case = case_for(school, session, submission, photos, alts, post.channel)
    verdict = verdict_on(school, case, KEEPING_RULES)
    judged = judgements_of(session, submission).get(post.channel)
    if not objects_anew(verdict, judged):
        return []
    known = [] if judged is None else findings_from_json(judged.findings)
    return [
        found
        for found in verdict.findings
        if found.action is not Action.NOTE and found not in known
    ]


def _live() -> SelectOfScalar[Post]:
    return select(Post).where(Post.state == PostState.LIVE, Post.removal_reason == "")


def _ask(school: School, session: Session, post: Post, actor: str) -> None:
    post.keep_asked_at = school.clock()
    session.add(post)
    school.audit.append(session, actor, "post.keep-asked", post.id, {})
    tell(school, session, "post-to-keep", post.id, roles=[Role.COORDINATOR])
