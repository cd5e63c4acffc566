"""The reference pictures with which a reviewer compares a face (P06, G02).

A reviewer sees the reference of those whom a face on the present photos may be, by the machine
or by its author, while it may still be said who it is; of nobody else, and of nobody without
biometric consent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta

from sqlmodel import Session, col, func, select

from gatekeeper_consent.models import ReferenceFace
from gatekeeper_consent.records import biometric_in_force
from gatekeeper_detectors.values import NOBODY, Box
from gatekeeper_queue.face_words import NAMEABLE, NOT_SURE, words_on
from gatekeeper_queue.models import AuditEvent, Submission, SubmissionPhoto, User
from gatekeeper_queue.people import Act, allowed
from gatekeeper_queue.recognition import recognises
from gatekeeper_queue.records import photo_from_row
from gatekeeper_queue.school import School
from gatekeeper_queue.submissions import photos_of

COMPARED = "references.compared"
_ONE_SITTING = timedelta(hours=12)
"""Loading a page again within it is the same look, and is not written down again."""


def comparable(
    school: School, session: Session, reviewer: User, submission: Submission
) -> Mapping[str, int]:
    """Whose reference this person may see beside the faces: the id of the newest picture by the
    id of the person. Empty for the author, whatever their role."""
    may_review = allowed(reviewer, Act.REVIEW, author_id=submission.author_id)
    if not may_review or submission.state not in NAMEABLE or not recognises(school, session):
        return {}
    people = biometric_in_force(session, school.today(), _resembled(session, submission))
    newest = (
        select(ReferenceFace.person_id, func.max(ReferenceFace.id))
        .where(col(ReferenceFace.person_id).in_(people))
        .group_by(col(ReferenceFace.person_id))
    )
    return {who: number for who, number in session.exec(newest) if number is not None}


def is_on_record(
    school: School, session: Session, reviewer: User, submission: Submission, person_id: str
) -> bool:
    """Is it written down already that this reviewer compares this person's reference here?"""
    since = school.clock() - _ONE_SITTING
    events = session.exec(
        select(AuditEvent.data).where(
            AuditEvent.subject == submission.id,
            AuditEvent.actor == reviewer.id,
            AuditEvent.kind == COMPARED,
            col(AuditEvent.at) > since,
        )
    )
    return any(person_id in json.loads(data)["people"] for data in events)


def put_on_record(
    school: School, session: Session, reviewer: User, submission: Submission, person_id: str
) -> None:
    """Write one event for everybody whose reference is offered with this person's: a page with
    twenty of them is one look. To be called before the first of them is handed out."""
    if is_on_record(school, session, reviewer, submission, person_id):
        return  # another picture of the same page was quicker
    people = sorted(comparable(school, session, reviewer, submission))
    school.audit.append(session, reviewer.id, COMPARED, submission.id, {"people": people})


def _resembled(session: Session, submission: Submission) -> set[str]:
    """Everybody whom the machine or the author takes a face for, or may."""
    return {
        person_id
        for row in photos_of(session, submission.id)
        for person_id in _on_photo(session, row, submission.author_id)
    } - {NOBODY, NOT_SURE}


def _on_photo(session: Session, row: SubmissionPhoto, author_id: str) -> Iterator[str]:
    faces = photo_from_row(row).faces or ()
    for face in faces:
        yield from (candidate.person_id for candidate in face.candidates)
        yield face.claimed
    boxes = {face.box for face in faces}
    for word in words_on(session, row):  # a name that was taken back is offered, too
        if word.said_by == author_id and Box(*word.box) in boxes:
            yield word.person_id
