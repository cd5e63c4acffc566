"""Training and the signed acceptable use policy: nothing to Twitter without both (P13).

Records are only ever added. Of each kind the newest counts, so a mistake is mended by recording
again what is right.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from gatekeeper_detectors.rules import untrained_author
from gatekeeper_queue.models import Judgement, Submission, User
from gatekeeper_queue.people import ALLOWED, Act, NotAllowed, Role, require
from gatekeeper_queue.record_models import TrainingRecord
from gatekeeper_queue.school import School
from gatekeeper_queue.states import SubmissionState
from gatekeeper_queue.submissions import send_to_checks

TRAINING, AUP = "training", "aup"
KINDS = (TRAINING, AUP)


class BadTraining(Exception):
    """What was to be recorded cannot be; the message says why."""


@dataclass(frozen=True)
class Standing:
    """What counts of one person: the newest record of each kind."""

    trained_on: date | None = None
    aup_signed_on: date | None = None
    aup_version: str = ""


@dataclass(frozen=True)
class Due:
    """A training or signature that lapses, or has."""

    user_id: str
    kind: str
    until: date | None
    """The last day on which it counts; None: there is none, or it is for another version."""


def standings(session: Session, user_ids: Collection[str]) -> dict[str, Standing]:
    """How each of these people stands."""
    found: dict[str, dict[str, TrainingRecord]] = {user_id: {} for user_id in user_ids}
    query = select(TrainingRecord).where(col(TrainingRecord.user_id).in_(user_ids))
    for record in session.exec(query.order_by(col(TrainingRecord.id))):
        found[record.user_id][record.kind] = record
    return {user_id: _standing(newest) for user_id, newest in found.items()}


def standing(session: Session, user_id: str) -> Standing:
    return standings(session, [user_id])[user_id]


def counts_until(school: School, kind: str, held: Standing) -> date | None:
    """The last day on which the person's training or signature counts; None without one, for
    a day that has not come, and for a signature under another version of the policy.
    """
    on = held.trained_on if kind == TRAINING else held.aup_signed_on
    if (
        on is None
        or on > school.today()
        or (kind == AUP and held.aup_version != school.aup.version)
    ):
        return None
    return on + timedelta(days=_valid_days(school))


def may_tweet(school: School, held: Standing) -> bool:
    """Do training and signature both count today?"""
    return all(
        (until := counts_until(school, kind, held)) is not None and until >= school.today()
        for kind in KINDS
    )


def sign_aup(school: School, session: Session, user: User, name: str, read: bool) -> None:
    """Sign the present version. The signature is the person's own name, typed while signed in
    as that person. Raises `NotAllowed` or `BadTraining`.
    """
    require(user, Act.SUBMIT)
    if not read:
        raise BadTraining("Tick that you have read it.")
    if _plain(name) != _plain(user.display_name):
        raise BadTraining(f"Type your name as it stands here: {user.display_name}.")
    keep_record(school, session, user.id, user.id, AUP, school.today(), school.aup.version)


def record_training(
    school: School, session: Session, by: User, user_ids: Collection[str], kind: str, on: date
) -> None:
    """Record a training for several people at once, or that they signed on paper.

    Raises `NotAllowed`, also for one's own, and `BadTraining`; then nothing is recorded.
    """
    require(by, Act.RECORD_TRAINING)
    if by.id in user_ids:
        raise NotAllowed("Your own training must be recorded by another person.")
    if not user_ids:
        raise BadTraining("Tick at least one person.")
    if kind not in KINDS:
        raise BadTraining("Choose what it was: the training, or a signature on paper.")
    authors = {user.id for user in authors_of(session)}
    if not authors >= set(user_ids):
        raise BadTraining("One of them does not post for the school.")
    for user_id in sorted(set(user_ids)):
        version = school.aup.version if kind == AUP else ""
        keep_record(school, session, by.id, user_id, kind, on, version)


def keep_record(
    school: School, session: Session, actor: str, user_id: str, kind: str, on: date, version: str
) -> None:
    """Add one record, and have what the person submitted judged by it. Raises `BadTraining`
    for a day that has not come.
    """
    if on > school.today():
        raise BadTraining("Give a day that is not in the future.")
    session.add(
        TrainingRecord(
            user_id=user_id,
            kind=kind,
            version=version,
            on=on,
            recorded_at=school.clock(),
            recorded_by=actor,
        )
    )
    session.flush()
    data = {"kind": kind, "on": on, "version": version}
    school.audit.append(session, actor, "training.recorded", user_id, data)
    _judge_again(school, session, user_id, actor)


def training_due(school: School, session: Session, days: int = 30) -> list[Due]:
    """What lapses within so many days or has lapsed, and what is missing, of everybody who
    posts for the school; the soonest first, what is missing last.
    """
    authors = [user.id for user in authors_of(session)]
    last = school.today() + timedelta(days=days)
    found = [
        Due(user_id, kind, until)
        for user_id, held in standings(session, authors).items()
        for kind in KINDS
        if (until := counts_until(school, kind, held)) is None or until <= last
    ]
    return sorted(found, key=lambda due: (due.until is None, due.until or last, due.user_id))


def authors_of(session: Session) -> list[User]:
    """Everybody who may submit, by name."""
    roles = [role.value for role in Role if Act.SUBMIT in ALLOWED[role]]
    query = select(User).where(col(User.active), col(User.role).in_(roles))
    return list(session.exec(query.order_by(col(User.display_name))))


def _judge_again(school: School, session: Session, user_id: str, actor: str) -> None:
    """What was stopped for want of this. A record that makes things worse is seen by the last
    look before sending.
    """
    stopped = (SubmissionState.REJECTED, SubmissionState.FLAGGED, SubmissionState.CLEAR)
    query = select(Submission).where(
        Submission.author_id == user_id, col(Submission.state).in_(stopped)
    )
    for row in session.exec(query).all():
        if _was_stopped_for_it(session, row):
            send_to_checks(school, session, row, actor=actor, reason="training recorded")


def _was_stopped_for_it(session: Session, row: Submission) -> bool:
    query = select(Judgement).where(
        Judgement.submission_id == row.id, Judgement.version == row.version
    )
    return any(
        finding["rule"] == untrained_author.RULE.id
        for judgement in session.exec(query)
        for finding in judgement.findings
    )


def _standing(newest: dict[str, TrainingRecord]) -> Standing:
    training, aup = newest.get(TRAINING), newest.get(AUP)
    return Standing(
        training.on if training else None, aup.on if aup else None, aup.version if aup else ""
    )


def _valid_days(school: School) -> int:
    options = school.policy.settings[untrained_author.RULE.id].options
    if not isinstance(options, untrained_author.UntrainedAuthorOptions):
        raise TypeError(type(options).__name__)
    return options.valid_days


def _plain(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
