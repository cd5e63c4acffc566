"""Pictures that were stopped once, by what they look like (P24).

Remembered is what was rejected for a child in it, what a reviewer sent back because of the
picture itself, what a parent objected to, and what was taken down. Other rules judge the same
picture the same way each time, so they need no memory. A submission is never compared with what
it was stopped for itself: it may be mended.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from sqlmodel import Session, col, select

from gatekeeper_detectors import values
from gatekeeper_detectors.findings import Action, Verdict
from gatekeeper_detectors.pictures.likeness import gradient_hash
from gatekeeper_detectors.rules import unconsented_face
from gatekeeper_queue.models import StoppedPicture, Submission, SubmissionPhoto
from gatekeeper_queue.school import School

log = logging.getLogger(__name__)

REJECTED = "was rejected because of a child who may not be shown"
SENT_BACK = "a reviewer sent back"
TAKEN_DOWN = "was taken down"
OBJECTED = "a parent objected to"
EVERYWHERE = ""


def rejected_photos(verdict: Verdict) -> list[int]:
    """Which photos are rejected for somebody in them."""
    return sorted(
        {
            finding.photo
            for finding in verdict.findings
            if finding.action is Action.REJECT
            and finding.rule == unconsented_face.RULE.id
            and finding.photo is not None
        }
    )


def note_stopped(
    school: School,
    session: Session,
    submission_id: str,
    photos: Iterable[SubmissionPhoto],
    why: str,
    channel: str = EVERYWHERE,
) -> None:
    """Remember what these photos of a submission look like; the newest reason counts."""
    known = {(row.gradient_hash, row.channel): row for row in _of(session, submission_id)}
    for photo in photos:
        looks = photo.gradient_hash or _hash_of(school, photo)
        if not looks:
            continue
        row = known.get((looks, channel)) or StoppedPicture(
            submission_id=submission_id,
            gradient_hash=looks,
            channel=channel,
            why=why,
            on=school.today(),
        )
        row.why, row.on = why, school.today()
        session.add(row)


def _hash_of(school: School, photo: SubmissionPhoto) -> str:
    """For a picture from before there were hashes; empty where it cannot be read."""
    try:
        return gradient_hash(school.store.clean(photo.clean_sha256 or ""))
    except (OSError, ValueError):
        log.warning("photo %s was stopped, but what it looks like is not known", photo.id)
        return ""


def forget_stopped(
    session: Session, submission: Submission, photos: Iterable[SubmissionPhoto]
) -> None:
    """These photos are approved after all: the reason was mended."""
    approved = {photo.gradient_hash for photo in photos}
    for row in _of(session, submission.id):
        if row.gradient_hash in approved:
            session.delete(row)


def stopped_elsewhere(
    session: Session, submission: Submission, channel: str
) -> tuple[values.StoppedPicture, ...]:
    """What every other submission was stopped for on this channel, the newest first."""
    rows = session.exec(
        select(StoppedPicture)
        .where(
            StoppedPicture.submission_id != submission.id,
            col(StoppedPicture.channel).in_((EVERYWHERE, channel)),
        )
        .order_by(col(StoppedPicture.id).desc())
    )
    return tuple(values.StoppedPicture(row.gradient_hash, row.why, row.on) for row in rows)


def _of(session: Session, submission_id: str) -> list[StoppedPicture]:
    query = select(StoppedPicture).where(StoppedPicture.submission_id == submission_id)
    return list(session.exec(query).all())
