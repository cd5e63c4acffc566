"""The numbers of the governors' report, counted from the database.

Nothing but counts, durations, roles and the names of rules: no id, no name, no text that
anybody wrote. All days and moments are the school's.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Text, case, cast
from sqlmodel import Session, col, func, select

from gatekeeper.report.words import change_words
from gatekeeper_consent.answers import Decision
from gatekeeper_consent.models import Consent, Pupil
from gatekeeper_detectors.findings import Action, Outcome
from gatekeeper_detectors.rules import ALL_RULES, identifiable_face
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.incidents import BREACHES
from gatekeeper_queue.models import Approval, AuditEvent, Judgement, Meta, Post, Submission, User
from gatekeeper_queue.record_models import (
    AccessReview,
    ChangeRequest,
    Incident,
    Objection,
    Withdrawal,
)
from gatekeeper_queue.register_view import roll_age_days, roll_is_stale
from gatekeeper_queue.sampling import Group, MissRate, miss_rates
from gatekeeper_queue.school import School
from gatekeeper_queue.states import OVER, PostState, SubmissionState
from gatekeeper_queue.terms import Span
from gatekeeper_queue.training import authors_of, may_tweet, standings

ACKNOWLEDGE = timedelta(days=30)
"""Within this an objection must be acknowledged (G05)."""
POLICY_REVIEW = "policy_reviewed_on"
_DECISIONS = (SubmissionState.APPROVED, SubmissionState.RETURNED, SubmissionState.REJECTED)
_WORST = {Outcome.CLEAR: 0, Outcome.FLAGGED: 1, Outcome.REJECTED: 2}
_TITLES = {rule.id: rule.title for rule in ALL_RULES}


@dataclass(frozen=True)
class Times:
    """How long something took."""

    count: int = 0
    middle: timedelta | None = None
    """Half of them took no longer."""
    ninety: timedelta | None = None
    """Nine of ten took no longer."""
    longest: timedelta | None = None


@dataclass(frozen=True)
class RuleCount:
    """In how many submissions a rule found something, by the worst that it said."""

    title: str
    rejected: int
    flagged: int

    @property
    def total(self) -> int:
        return self.rejected + self.flagged


@dataclass(frozen=True)
class TakeDowns:
    asked: int
    still_up: int
    """Asked for in these days and not verified as gone by now."""
    took: Times
    """From being asked for until the channel no longer showed it."""


@dataclass(frozen=True)
class Objections:
    received: int
    in_time: int
    """Acknowledged within 30 days."""
    late: int
    """Acknowledged later, or not yet and the 30 days are over."""
    upheld: int
    declined: int

    @property
    def open(self) -> int:
        return self.received - self.upheld - self.declined


@dataclass(frozen=True)
class IncidentCount:
    heading: str
    opened: int
    open: int


@dataclass(frozen=True)
class SafeguardChange:
    """A safeguard that was changed, or was to be, and by which roles."""

    on: date
    what: str
    proposed_by: str
    decided_by: str
    outcome: str


@dataclass(frozen=True)
class Roll:
    """The list of children as it is today (P01)."""

    children: int
    age: int | None
    """Days since it was last brought up to date; None where nobody ever did."""
    too_old: bool
    """So old that everything waits for a person (`stale_roll`)."""


@dataclass(frozen=True)
class Figures:
    """Everything that the report says."""

    span: Span
    made_on: date
    submissions: int
    verdicts: dict[Outcome, int]
    """What the checks said first, of the submissions of these days."""
    rules: list[RuleCount]
    """The busiest first."""
    decided: Times
    """From being sent in until it was approved, sent back or rejected."""
    decided_by_people: Times
    """Of those, what a person approved or sent back."""
    published: int
    """Posts that went live in these days, on whatever channel."""
    identifiable: int
    """Of those, posts with a face that is large and looks at the camera."""
    take_downs: TakeDowns
    expired_consents: int
    expired_children: int
    withdrawn_children: int
    objections: Objections
    incidents: list[IncidentCount]
    changes: list[SafeguardChange]
    authors: int
    """People who may submit."""
    trained: int
    """Of those, with training and a signed policy that both count today."""
    roll: Roll
    access_reviewed_on: date | None
    policy_reviewed_on: date | None
    sample: dict[Group, MissRate]

    @property
    def identifiable_share(self) -> float | None:
        return self.identifiable / self.published if self.published else None


def figures_for(school: School, session: Session, span: Span) -> Figures:
    """Count everything about the days of `span`; later days than today count as not yet come."""
    begins, ends = span.moments(school.zone)
    count = _Counting(school, session, begins, ends)
    expired = count.expired()
    decided, by_people = count.decided()
    authors, trained = count.training()
    return Figures(
        span=span,
        made_on=school.today(),
        submissions=count.submissions(),
        verdicts=count.verdicts(),
        rules=count.rules(),
        decided=decided,
        decided_by_people=by_people,
        **count.published(),
        take_downs=count.take_downs(),
        expired_consents=len(expired),
        expired_children=len(set(expired)),
        withdrawn_children=count.withdrawn(),
        objections=count.objections(),
        incidents=count.incidents(),
        changes=count.changes(),
        authors=authors,
        trained=trained,
        roll=count.roll(),
        access_reviewed_on=count.access_reviewed_on(),
        policy_reviewed_on=policy_reviewed_on(session),
        sample=miss_rates(session, school, span),
    )


def policy_reviewed_on(session: Session) -> date | None:
    """When the head last said that the policy was reviewed."""
    row = session.get(Meta, POLICY_REVIEW)
    return date.fromisoformat(row.value) if row else None


def times_of(durations: Iterable[timedelta]) -> Times:
    """Nearest rank: the ninety is a duration that was really measured."""
    ordered = sorted(durations)
    if not ordered:
        return Times()
    middle = timedelta(seconds=median(time.total_seconds() for time in ordered))
    rank = -(-9 * len(ordered) // 10)
    return Times(len(ordered), middle, ordered[rank - 1], ordered[-1])


@dataclass(frozen=True)
class _Counting:
    school: School
    session: Session
    begins: datetime
    ends: datetime

    def _within(self, column: Any) -> Any:
        return (col(column) >= self.begins) & (col(column) < self.ends)

    def submissions(self) -> int:
        query = select(func.count()).select_from(Submission)
        return self.session.exec(query.where(self._within(Submission.created_at))).one()

    def verdicts(self) -> dict[Outcome, int]:
        first = (
            select(func.min(Judgement.id))
            .join(Submission, col(Submission.id) == col(Judgement.submission_id))
            .where(self._within(Submission.created_at))
            .group_by(col(Judgement.submission_id), col(Judgement.channel))
        )
        worst = func.max(case(_WORST, value=col(Judgement.outcome))).label("worst")
        each = (
            select(worst)
            .where(col(Judgement.id).in_(first))
            .group_by(col(Judgement.submission_id))
            .subquery()
        )
        counts = self.session.exec(select(each.c.worst, func.count()).group_by(each.c.worst))
        found = dict(counts.all())
        return {outcome: found.get(rank, 0) for outcome, rank in _WORST.items()}

    def rules(self) -> list[RuleCount]:
        worst_said: dict[tuple[str, str], int] = {}
        # A clear verdict has nothing but notes, and they are not counted.
        objecting = col(Judgement.outcome) != Outcome.CLEAR
        for submission_id, findings in self._findings(self._within(Judgement.at), objecting):
            for finding in findings:
                key = (submission_id, finding["rule"])
                rank = Action(finding["action"]).rank
                worst_said[key] = max(rank, worst_said.get(key, 0))
        said: dict[str, Counter[int]] = defaultdict(Counter)
        for (_, rule), rank in worst_said.items():
            said[rule][rank] += 1
        found = [
            RuleCount(_TITLES.get(rule, rule), ranks[Action.REJECT.rank], ranks[Action.FLAG.rank])
            for rule, ranks in said.items()
        ]
        busy = [rule for rule in found if rule.total]
        return sorted(busy, key=lambda rule: (-rule.total, rule.title))

    def _findings(self, *conditions: Any) -> Iterable[tuple[str, list[dict[str, Any]]]]:
        """Submission and findings of the judgements; read as text, which is quicker than
        making ten thousand rows."""
        query = select(Judgement.submission_id, cast(col(Judgement.findings), Text))
        for submission_id, text in self.session.exec(query.where(*conditions)):
            yield submission_id, json.loads(text)

    def decided(self) -> tuple[Times, Times]:
        """Of everything that was decided in these days, and of what a person decided."""
        first = (
            select(AuditEvent.subject, func.min(AuditEvent.seq).label("seq"))
            .where(col(AuditEvent.kind).in_([f"submission.{state}" for state in _DECISIONS]))
            .group_by(col(AuditEvent.subject))
            .subquery()
        )
        query = (
            select(AuditEvent.actor, AuditEvent.at, Submission.created_at)
            .join(first, first.c.seq == AuditEvent.seq)
            .join(Submission, col(Submission.id) == first.c.subject)
            .where(self._within(AuditEvent.at))
        )
        took = [(actor, at - created) for actor, at, created in self.session.exec(query)]
        by_people = times_of(time for actor, time in took if actor != SYSTEM)
        return times_of(time for _, time in took), by_people

    def published(self) -> dict[str, int]:
        live = self._within(Post.live_at)
        published = self.session.exec(select(func.count()).select_from(Post).where(live)).one()
        mark = identifiable_face.RULE.id
        with_mark = cast(col(Judgement.findings), Text).contains(mark, autoescape=True)
        marked = select(Judgement.submission_id).where(with_mark)
        newest = (
            select(func.max(Judgement.id))
            .join(Approval, col(Approval.submission_id) == col(Judgement.submission_id))
            .join(Post, col(Post.approval_id) == col(Approval.id))
            .where(live, col(Judgement.submission_id).in_(marked))
            .where(Judgement.version == Approval.version, Judgement.channel == Post.channel)
            .group_by(col(Post.id))
        )
        identifiable = sum(
            any(finding["rule"] == mark for finding in findings)
            for _, findings in self._findings(col(Judgement.id).in_(newest), with_mark)
        )
        return {"published": published, "identifiable": identifiable}

    def take_downs(self) -> TakeDowns:
        query = select(Post.state, Post.removal_asked_at, Post.removed_at).where(
            self._within(Post.removal_asked_at), Post.state != PostState.CANCELLED
        )
        rows = self.session.exec(query).all()
        gone = [gone - asked for state, asked, gone in rows if gone and asked]
        still = sum(state not in OVER for state, _, _ in rows)
        return TakeDowns(len(rows), still, times_of(gone))

    def expired(self) -> list[str]:
        """The child of each consent that ran out in these days and was not given anew."""
        zone = self.school.zone
        first, after = (moment.astimezone(zone).date() for moment in (self.begins, self.ends))
        last = min(after, self.school.today() + timedelta(days=1))
        ended = (col(Consent.expires_on) >= first) & (col(Consent.expires_on) < last)
        newest = (
            select(func.max(Consent.id))
            .where(col(Consent.pupil_id).in_(select(Consent.pupil_id).where(ended)))
            .group_by(
                col(Consent.pupil_id), col(Consent.use), col(Consent.scope),
                col(Consent.guardian_id),
            )
        )  # fmt: skip
        query = select(Consent.pupil_id).where(
            col(Consent.id).in_(newest),
            Consent.decision == Decision.YES,
            col(Consent.withdrawn_on).is_(None),
            ended,
        )
        return list(self.session.exec(query))

    def withdrawn(self) -> int:
        """Children: a family that takes back three permissions is one. A "no" where there was a
        "yes" is a withdrawal too, whether or not it was called one."""
        recorded = select(AuditEvent.subject).where(
            AuditEvent.kind == "consent.withdrawn", self._within(AuditEvent.at)
        )
        followed = select(Withdrawal.pupil_id).where(self._within(Withdrawal.at))
        return len({*self.session.exec(recorded), *self.session.exec(followed)})

    def objections(self) -> Objections:
        rows = self.session.exec(select(Objection).where(self._within(Objection.at))).all()
        now = self.school.clock()
        in_time = [_acknowledged(row, now) for row in rows]
        outcomes = Counter(row.outcome for row in rows)
        return Objections(
            received=len(rows),
            in_time=in_time.count(True),
            late=in_time.count(False),
            upheld=outcomes["upheld"],
            declined=outcomes["declined"],
        )

    def incidents(self) -> list[IncidentCount]:
        query = select(Incident.kind, Incident.closed_at).where(self._within(Incident.opened_at))
        by_kind: dict[str, list[bool]] = defaultdict(list)
        for kind, closed_at in self.session.exec(query):
            by_kind[kind].append(closed_at is None)
        return [
            IncidentCount(
                BREACHES[kind].heading if kind in BREACHES else kind, len(found), sum(found)
            )
            for kind, found in sorted(by_kind.items())
        ]

    def changes(self) -> list[SafeguardChange]:
        query = select(ChangeRequest).where(self._within(ChangeRequest.proposed_at))
        rows = self.session.exec(query.order_by(col(ChangeRequest.proposed_at).desc())).all()
        role = self._roles({who for row in rows for who in (row.proposed_by, row.decided_by)})
        return [
            SafeguardChange(
                on=row.proposed_at.astimezone(self.school.zone).date(),
                what=change_words(row.kind),
                proposed_by=role(row.proposed_by),
                decided_by=role(row.decided_by),
                outcome=row.outcome or "open",
            )
            for row in rows
        ]

    def _roles(self, ids: set[str]) -> Callable[[str], str]:
        people = self.session.exec(select(User.id, User.role).where(col(User.id).in_(ids)))
        known = dict(people.all())
        return lambda who: known.get(who, "Gatekeeper" if who else "")

    def training(self) -> tuple[int, int]:
        """How many people may submit, and how many of them may post to X by today's training."""
        authors = [author.id for author in authors_of(self.session)]
        held = standings(self.session, authors)
        return len(authors), sum(may_tweet(self.school, one) for one in held.values())

    def roll(self) -> Roll:
        here = select(func.count()).select_from(Pupil).where(col(Pupil.left_on).is_(None))
        return Roll(
            children=self.session.exec(here).one(),
            age=roll_age_days(self.school, self.session),
            too_old=roll_is_stale(self.school, self.session),
        )

    def access_reviewed_on(self) -> date | None:
        at = self.session.exec(select(func.max(AccessReview.at))).one()
        return at.astimezone(self.school.zone).date() if at else None


def _acknowledged(row: Objection, now: datetime) -> bool | None:
    """In time; None while there is still time."""
    answered = row.acknowledged_at or row.decided_at
    if answered is None:
        return None if now - row.at <= ACKNOWLEDGE else False
    return answered - row.at <= ACKNOWLEDGE
