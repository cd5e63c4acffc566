"""Judging a submission for each of its channels, and keeping the verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from gatekeeper_consent.register import Use, consent_snapshot
from gatekeeper_detectors.findings import Action, Finding, Outcome, Verdict
from gatekeeper_detectors.policy import judge, run_rules
from gatekeeper_detectors.rule import Rule
from gatekeeper_detectors.rules import ALL_RULES
from gatekeeper_detectors.values import CHECKLIST, Author, Case, Photo
from gatekeeper_queue.approvals import people_in
from gatekeeper_queue.models import Judgement, Submission
from gatekeeper_queue.records import findings_from_json, findings_to_json, photo_from_row
from gatekeeper_queue.register_view import register_for, roll_age_days
from gatekeeper_queue.school import School
from gatekeeper_queue.stopped import stopped_elsewhere
from gatekeeper_queue.submissions import photos_of
from gatekeeper_queue.training import standing

PEOPLE_RULES = tuple(rule for rule in ALL_RULES if rule.about_people)


def case_for(
    school: School,
    session: Session,
    submission: Submission,
    photos: Sequence[Photo],
    alts: Sequence[str],
    channel: str,
) -> Case:
    """The submission as the rules look at it, by today's register."""
    held = standing(session, submission.author_id)
    return Case(
        channel=channel,
        caption=submission.caption,
        photos=tuple(photos),
        register=register_for(session, channel, school.today()),
        today=school.today(),
        alts=tuple(alts),
        class_name=submission.class_name,
        stopped=stopped_elsewhere(session, submission, channel),
        author=Author(
            submission.author_id,
            held.trained_on,
            held.aup_signed_on,
            aup_is_current=held.aup_version == school.aup.version,
        ),
        confirmed=frozenset(point for point in CHECKLIST if point in submission.confirmed),
        roll_age_days=roll_age_days(school, session),
    )


def verdict_on(school: School, case: Case, rules: Iterable[Rule] = ALL_RULES) -> Verdict:
    """Run the rules and let the school's policy judge."""
    return judge(run_rules(case, school.policy, rules), school.policy)


def keep_verdict(
    school: School,
    session: Session,
    submission: Submission,
    channel: str,
    verdict: Verdict,
    photos: Sequence[Photo],
) -> None:
    """Store the verdict on the present version for one channel."""
    session.add(
        Judgement(
            submission_id=submission.id,
            version=submission.version,
            channel=channel,
            outcome=str(verdict.outcome),
            findings=findings_to_json(verdict.findings),
            rule_set=verdict.rule_set,
            consent_snapshot=consent_snapshot(
                session, people_in(photos), Use(channel), school.today()
            ),
            at=school.clock(),
        )
    )


def judgements_of(session: Session, submission: Submission) -> dict[str, Judgement]:
    """The newest verdict on the present version for each channel."""
    rows = session.exec(
        select(Judgement)
        .where(Judgement.submission_id == submission.id, Judgement.version == submission.version)
        .order_by(col(Judgement.id))
    )
    return {row.channel: row for row in rows}


def newest_verdict(session: Session, submission: Submission) -> int:
    """Number of the newest verdict on the present version; 0 when there is none."""
    return max((row.id or 0 for row in judgements_of(session, submission).values()), default=0)


def people_object(school: School, session: Session, submission: Submission, channel: str) -> bool:
    """Do the rules about people find anything now that the newest verdict did not hold?"""
    rows = photos_of(session, submission.id)
    photos, alts = [photo_from_row(row) for row in rows], [row.alt for row in rows]
    case = case_for(school, session, submission, photos, alts, channel)
    verdict = verdict_on(school, case, PEOPLE_RULES)
    return objects_anew(verdict, judgements_of(session, submission).get(channel))


def objects_anew(verdict: Verdict, judged: Judgement | None) -> bool:
    """Does the verdict hold any objection that was not in the earlier one?

    An approval was given in the knowledge of the earlier one; it covers nothing else.
    """
    known = set() if judged is None else _objections(findings_from_json(judged.findings))
    return not _objections(verdict.findings) <= known


def _objections(findings: Iterable[Finding]) -> set[tuple[object, ...]]:
    return {
        (found.rule, found.action, found.photo, found.box, found.field, found.span)
        for found in findings
        if found.action is not Action.NOTE
    }


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """A submission is as good as its worst channel."""
    order = (Outcome.REJECTED, Outcome.FLAGGED, Outcome.CLEAR)
    found = set(outcomes)
    return next((outcome for outcome in order if outcome in found), Outcome.REJECTED)


def verdict_is_current(
    school: School, session: Session, submission: Submission, people: Sequence[str]
) -> bool:
    """Was the newest verdict of each channel reached by today's register and rules?"""
    judged = judgements_of(session, submission)
    return all(
        (found := judged.get(channel)) is not None
        and found.rule_set == school.policy.rule_set
        and found.consent_snapshot
        == consent_snapshot(session, people, Use(channel), school.today())
        for channel in submission.channels
    )
