"""Posts that the checks passed, drawn at random and looked at again by a person (P22).

What went out without anybody's approval is drawn apart from what a person approved: the two
miss things for different reasons, and each gets a rate of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from secrets import SystemRandom

from sqlmodel import Session, col, select

from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.incidents import open_incident
from gatekeeper_queue.models import Approval, Post, Submission, SubmissionPhoto, User
from gatekeeper_queue.people import Act, NotAllowed, require
from gatekeeper_queue.record_models import SampleCheck
from gatekeeper_queue.review import CannotReview
from gatekeeper_queue.school import School
from gatekeeper_queue.terms import Span

AT_ONCE = 20
"""So many of each group are drawn in a term."""
_Z = 1.959964
"""Of a 95 % interval."""


class Group(StrEnum):
    """Who let a post out."""

    MACHINE = "machine"
    PERSON = "person"


class Outcome(StrEnum):
    RIGHT = "right"
    MISSED = "missed"


@dataclass(frozen=True)
class MissRate:
    """What the second look found in one group."""

    drawn: int
    checked: int
    missed: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lowest and highest rate that fit (95 %, Wilson); None while nothing is checked."""
        return wilson(self.missed, self.checked) if self.checked else None


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % score interval of a share (E. B. Wilson, 1927). Unlike the textbook one it
    does not claim that nothing is ever missed because twenty posts were right."""
    share, z2 = hits / of, _Z * _Z
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    low = 0.0 if hits == 0 else max(centre - half, 0.0)
    return low, 1.0 if hits == of else min(centre + half, 1.0)


def draw(
    school: School, session: Session, user: User, term: Span, number: int = AT_ONCE
) -> list[SampleCheck]:
    """Fill each group up to `number` posts that went live in the term; returns the new ones.

    Every post of a group has the same chance. Posts whose pictures are no longer kept cannot
    be looked at and are not drawn.
    """
    require(user, Act.TAKE_DOWN)
    drawn = []
    for group in Group:
        have = len(_checks(session, school, term, group))
        pool = _pool(session, school, term, group)
        drawn += SystemRandom().sample(pool, min(max(number - have, 0), len(pool)))
    rows = [SampleCheck(post_id=post_id, drawn_at=school.clock()) for post_id in drawn]
    session.add_all(rows)
    session.flush()
    if rows:
        data = {"posts": sorted(drawn), "term": term.name}
        school.audit.append(session, user.id, "sample.drawn", "sample", data)
    return rows


def _group(group: Group) -> object:
    alone = col(Approval.approved_by) == SYSTEM
    return alone if group is Group.MACHINE else ~alone


def _pool(session: Session, school: School, term: Span, group: Group) -> list[str]:
    begins, ends = term.moments(school.zone)
    query = (
        select(Post.id)
        .join(Approval, col(Approval.id) == col(Post.approval_id))
        .where(
            col(Post.live_at) >= begins,
            col(Post.live_at) < ends,
            _group(group),  # type: ignore[arg-type]
            col(Post.submission_id).in_(select(SubmissionPhoto.submission_id)),
            col(Post.id).not_in(select(SampleCheck.post_id)),
        )
    )
    return sorted(session.exec(query))


def _checks(session: Session, school: School, term: Span, group: Group) -> Sequence[SampleCheck]:
    begins, ends = term.moments(school.zone)
    query = (
        select(SampleCheck)
        .join(Post, col(Post.id) == col(SampleCheck.post_id))
        .join(Approval, col(Approval.id) == col(Post.approval_id))
        .where(col(Post.live_at) >= begins, col(Post.live_at) < ends)
        .where(_group(group))  # type: ignore[arg-type]
    )
    return session.exec(query).all()


def miss_rates(session: Session, school: School, term: Span) -> dict[Group, MissRate]:
    """Of the posts that went live in the term, by who let them out."""
    rates = {}
    for group in Group:
        checks = _checks(session, school, term, group)
        rates[group] = MissRate(
            drawn=len(checks),
            checked=sum(bool(check.outcome) for check in checks),
            missed=sum(check.outcome == Outcome.MISSED for check in checks),
        )
    return rates


def to_check(session: Session) -> list[SampleCheck]:
    """What was drawn, still has its pictures and waits for a second look, in the order in
    which it was drawn."""
    kept = (
        select(Post.id)
        .join(SubmissionPhoto, col(SubmissionPhoto.submission_id) == col(Post.submission_id))
        .distinct()
    )
    waiting = select(SampleCheck).where(
        col(SampleCheck.checked_at).is_(None), col(SampleCheck.post_id).in_(kept)
    )
    return list(session.exec(waiting.order_by(col(SampleCheck.id))))


def may_check(session: Session, user: User, check: SampleCheck) -> bool:
    """Neither who submitted it nor who approved it looks again."""
    post = session.get_one(Post, check.post_id)
    author = session.get_one(Submission, post.submission_id).author_id
    approver = session.get_one(Approval, post.approval_id).approved_by
    return user.id not in (author, approver)


def judge_sample(
    school: School, session: Session, user: User, check: SampleCheck, outcome: Outcome, note: str
) -> None:
    """Record the second look. Something missed is entered in the incident log, which tells
    those who handle incidents and the e-safety address (P21).

    Raises `NotAllowed` for who submitted or approved it, `CannotReview` for one that is done
    or a miss without a word on what was missed.
    """
    require(user, Act.TAKE_DOWN)
    if not may_check(session, user, check):
        raise NotAllowed("You submitted or approved this post. Another person looks again.")
    if check.outcome:
        raise CannotReview("Somebody has looked at this one meanwhile.")
    if outcome is Outcome.MISSED and not note.strip():
        raise CannotReview("Write what was missed. Name no child.")
    check.outcome, check.note = str(outcome), note.strip()[:500]
    check.checked_by, check.checked_at = user.id, school.clock()
    session.add(check)
    data = {"outcome": str(outcome)}
    school.audit.append(session, user.id, "sample.checked", check.post_id, data)
    if outcome is Outcome.MISSED:
        open_incident(school, session, "sample-missed", check.post_id, by=user.id, note=check.note)
