"""Pictures that were stopped once, by what they look like (P24).

A submission is never compared with what it was stopped for itself: it may be mended.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlmodel import Session, col, select

from gatekeeper_detectors import values
from gatekeeper_detectors.findings import Action, Verdict
from gatekeeper_queue.models import StoppedPicture, Submission, SubmissionPhoto

REJECTED = "was rejected"
SENT_BACK = "was sent back to its author"
TAKEN_DOWN = "was taken down"


_NOT_THE_SIGHT = frozenset({"unreadable-picture", "hidden-metadata", "rule-did-not-run"})
"""Rules that object to a file or a check, not to what can be seen."""


def rejected_photos(verdict: Verdict) -> list[int]:
    """Which photos are rejected for what can be seen in them, not for a text or a file."""
    return sorted(
        {
            finding.photo
            for finding in verdict.findings
            if finding.action is Action.REJECT
            and finding.photo is not None
            and finding.field is None
            and finding.rule not in _NOT_THE_SIGHT
        }
    )


def note_stopped(
    session: Session, submission_id: str, photos: Iterable[SubmissionPhoto], why: str, on: date
) -> None:
    """Remember what these photos of a submission look like; the newest reason counts."""
    known = {row.gradient_hash: row for row in _of(session, submission_id)}
    for photo in photos:
        if photo.gradient_hash:
            row = known.get(photo.gradient_hash) or StoppedPicture(
                submission_id=submission_id, gradient_hash=photo.gradient_hash, why=why, on=on
            )
            row.why, row.on = why, on
            session.add(row)


def forget_stopped(
    session: Session, submission: Submission, photos: Iterable[SubmissionPhoto]
) -> None:
    """These photos are approved after all: the reason was mended."""
    approved = {photo.gradient_hash for photo in photos}
    for row in _of(session, submission.id):
        if row.gradient_hash in approved:
            session.delete(row)


def stopped_elsewhere(
    session: Session, submission: Submission
) -> tuple[values.StoppedPicture, ...]:
    """What every other submission was stopped for, the newest first."""
    rows = session.exec(
        select(StoppedPicture)
        .where(StoppedPicture.submission_id != submission.id)
        .order_by(col(StoppedPicture.id).desc())
    )
    return tuple(values.StoppedPicture(row.gradient_hash, row.why, row.on) for row in rows)


def _of(session: Session, submission_id: str) -> list[StoppedPicture]:
    query = select(StoppedPicture).where(StoppedPicture.submission_id == submission_id)
    return list(session.exec(query).all())
