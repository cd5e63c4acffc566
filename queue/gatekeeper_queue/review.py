"""What a reviewer can do: approve, send back, say who a face is. Never their own work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from gatekeeper_detectors.values import NOBODY, Box, Decision, Face, Photo, Register
from gatekeeper_queue.approvals import grant, people_in, void_approvals
from gatekeeper_queue.models import FaceWord, Submission, SubmissionPhoto, User
from gatekeeper_queue.people import Act, require
from gatekeeper_queue.records import photo_from_row
from gatekeeper_queue.register_view import register_for
from gatekeeper_queue.school import School
from gatekeeper_queue.states import SubmissionState, change_state
from gatekeeper_queue.stopped import SENT_BACK, note_stopped
from gatekeeper_queue.submissions import may_be_live, photos_of, send_to_checks
from gatekeeper_queue.verdicts import newest_verdict, people_object, verdict_is_current

SAME_FACE = 0.7
"""Overlap from which two boxes in the same clean picture are the same face."""


NAMEABLE = (SubmissionState.FLAGGED, SubmissionState.CLEAR, SubmissionState.REJECTED)
"""States in which a person may say who a face is."""


class CannotReview(Exception):
    """Not in this state, or something is still open; the message says what to do."""


@dataclass(frozen=True)
class Word:
    """A person's word on one face: a pupil's or staff member's id, or `NOBODY`."""

    photo_id: str
    box: Box
    """Pixels of the clean picture."""
    person_id: str


def approve(
    school: School, session: Session, reviewer: User, submission: Submission, seen: int
) -> None:
    """Approve what the reviewer saw; `seen` is the `newest_verdict` of the page.

    Raises `NotAllowed`, or `CannotReview` where it has been checked anew since, or a face is
    still unknown: unknown consent is no consent. Where the register has changed since the
    check, it is checked again instead.
    """
    require(reviewer, Act.REVIEW, author_id=submission.author_id)
    if newest_verdict(session, submission) != seen:
        raise CannotReview("This was changed or checked again since you opened it. Look again.")
    if submission.state not in (SubmissionState.FLAGGED, SubmissionState.CLEAR):
        raise CannotReview(f"This cannot be approved while it is {submission.state}.")
    rows = photos_of(session, submission.id)
    photos = [photo_from_row(row) for row in rows]
    for channel in submission.channels:
        if unknown_faces(photos, register_for(session, channel, school.today())):
            raise CannotReview(
                "Say first who each unmarked face is, or that it shows no pupil who can be known."
            )
    people = people_in(photos)
    changed = not verdict_is_current(school, session, submission, people)
    if changed or any(
        people_object(school, session, submission, channel) for channel in submission.channels
    ):
        void_approvals(school, session, submission, actor=reviewer.id, reason="register changed")
        send_to_checks(school, session, submission, actor=reviewer.id, reason="register changed")
        return
    grant(school, session, submission, rows, people, by=reviewer.id)


def send_back(
    school: School,
    session: Session,
    reviewer: User,
    submission: Submission,
    reason: str,
    *,
    for_the_pictures: bool = False,
) -> None:
    """Return it to the author with a reason. Cancels what has not been sent.

    With `for_the_pictures` they are remembered, and known when they come back elsewhere.
    """
    require(reviewer, Act.REVIEW, author_id=submission.author_id)
    if not reason.strip():
        raise CannotReview("Write what the author should change.")
    if may_be_live(session, submission):
        raise CannotReview("This is published or being sent. Take it down instead.")
    void_approvals(school, session, submission, actor=reviewer.id, reason="sent back")
    if for_the_pictures:
        rows = photos_of(session, submission.id)
        note_stopped(school, session, submission.id, rows, SENT_BACK)
    change_state(
        session,
        submission,
        SubmissionState.RETURNED,
        school.audit,
        actor=reviewer.id,
        note=reason.strip()[:2000],
        needs_person=True,
        changed_at=school.clock(),
    )


def say_who(
    school: School, session: Session, reviewer: User, submission: Submission, words: Sequence[Word]
) -> None:
    """Record who faces are; the rules run again with it, also where they rejected."""
    require(reviewer, Act.REVIEW, author_id=submission.author_id)
    if submission.state not in NAMEABLE:
        raise CannotReview(f"Faces cannot be named while this is {submission.state}.")
    register = register_for(session, submission.channels[0], school.today())
    rows = {row.id: row for row in photos_of(session, submission.id)}
    for word in words:
        _store_word(school, session, reviewer, register, rows, word)
    if words:
        submission.needs_person = True
        send_to_checks(school, session, submission, actor=reviewer.id, reason="faces named")


def unknown_faces(photos: Sequence[Photo], register: Register) -> list[tuple[int, Face]]:
    """Faces that nobody on the register answers for: unknown to the machine and to people,
    or said to be somebody who has left since. Faces too small to be known are not among them."""
    return [
        (index, face)
        for index, photo in enumerate(photos)
        for face in photo.faces or ()
        if face.recognisable and face.decision(register) is Decision.UNKNOWN
    ]


def with_words(session: Session, row: SubmissionPhoto, faces: Sequence[Face]) -> tuple[Face, ...]:
    """The faces with the newest word on each box, for the same clean picture only."""
    words = session.exec(
        select(FaceWord)
        .where(FaceWord.photo_id == row.id, FaceWord.clean_sha256 == (row.clean_sha256 or ""))
        .order_by(col(FaceWord.id))
    ).all()
    named = []
    for face in faces:
        said = ""
        for word in words:
            if face.box.overlap(Box(*word.box)) >= SAME_FACE:
                said = word.person_id
        named.append(replace(face, said=said))
    return tuple(named)


def _store_word(
    school: School,
    session: Session,
    reviewer: User,
    register: Register,
    rows: dict[str, SubmissionPhoto],
    word: Word,
) -> None:
    row = rows.get(word.photo_id)
    if row is None or row.clean_sha256 is None:
        raise CannotReview("That photo is no longer part of this submission.")
    known = word.person_id in register.pupil_by_id or word.person_id in register.staff_by_id
    if word.person_id != NOBODY and not known:
        raise CannotReview("That person is not on the register.")
    session.add(
        FaceWord(
            photo_id=row.id,
            clean_sha256=row.clean_sha256,
            box=list(word.box),
            person_id=word.person_id,
            said_by=reviewer.id,
            said_at=school.clock(),
        )
    )
    school.audit.append(
        session,
        reviewer.id,
        "face.named",
        row.submission_id,
        {"photo": row.id, "box": list(word.box), "person": word.person_id},
    )
