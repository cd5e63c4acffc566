"""Who people say a face is: the author's word is a claim, a reviewer's settles it (G02, G03).

What the author says can stop a picture and never pass it: `Face.decision` holds a claim back
until a second person confirms it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from gatekeeper_detectors.values import NOBODY, Box, Face, Register
from gatekeeper_queue.models import FaceWord, Submission, SubmissionPhoto, User
from gatekeeper_queue.people import Act, require
from gatekeeper_queue.register_view import register_for
from gatekeeper_queue.school import School
from gatekeeper_queue.states import SubmissionState
from gatekeeper_queue.submissions import photos_of, require_own, send_to_checks

SAME_FACE = 0.7
"""Overlap from which two boxes in the same clean picture are the same face."""

NAMEABLE = (SubmissionState.FLAGGED, SubmissionState.CLEAR, SubmissionState.REJECTED)
"""States in which a person may say who a face is."""

NOT_SURE = ""
"""An author's word that takes an earlier one back."""


class CannotName(Exception):
    """Not in this state, or not this person; the message says what to do."""


@dataclass(frozen=True)
class Word:
    """A person's word on one face: a pupil's or staff member's id, or `NOBODY`."""

    photo_id: str
    box: Box
    """Pixels of the clean picture."""
    person_id: str


def say_who(
    school: School, session: Session, reviewer: User, submission: Submission, words: Sequence[Word]
) -> None:
    """Record who faces are; the rules run again with it, also where they rejected.

    Raises `NotAllowed` for the author, whatever their role, and `CannotName`.
    """
    require(reviewer, Act.REVIEW, author_id=submission.author_id)
    if any(word.person_id == NOT_SURE for word in words):
        raise CannotName("That person is not on the register.")
    _record(school, session, reviewer, submission, words, "face.named", "faces named")


def claim_who(
    school: School, session: Session, author: User, submission: Submission, words: Sequence[Word]
) -> None:
    """Record whom the author takes faces for; the rules run again with it.

    A child who may not be shown stops the picture at once. Everything else waits for a second
    person, who has the last word on the whole submission from now on. Raises `NotAllowed` and
    `CannotName`.
    """
    require_own(author, submission)
    _record(school, session, author, submission, words, "face.claimed", "faces named by author")


def _record(
    school: School,
    session: Session,
    user: User,
    submission: Submission,
    words: Sequence[Word],
    kind: str,
    reason: str,
) -> None:
    if submission.state not in NAMEABLE:
        raise CannotName(f"Faces cannot be named while this is {submission.state}.")
    named = {word.person_id for word in words}
    register = register_for(session, submission.channels[0], school.today(), only=named)
    rows = {row.id: row for row in photos_of(session, submission.id)}
    for word in words:
        row = _photo(rows, register, word)
        session.add(
            FaceWord(
                photo_id=row.id,
                clean_sha256=row.clean_sha256 or "",
                box=list(word.box),
                person_id=word.person_id,
                said_by=user.id,
                said_at=school.clock(),
            )
        )
        data = {"photo": row.id, "box": list(word.box), "person": word.person_id}
        school.audit.append(session, user.id, kind, submission.id, data)
    if words:
        submission.needs_person = True
        send_to_checks(school, session, submission, actor=user.id, reason=reason)


def _photo(rows: dict[str, SubmissionPhoto], register: Register, word: Word) -> SubmissionPhoto:
    """The photo that the word is about. Raises `CannotName`."""
    row = rows.get(word.photo_id)
    if row is None or row.clean_sha256 is None:
        raise CannotName("That photo is no longer part of this submission.")
    known = word.person_id in register.pupil_by_id or word.person_id in register.staff_by_id
    if word.person_id not in (NOBODY, NOT_SURE) and not known:
        raise CannotName("That person is not on the register.")
    return row


def with_words(session: Session, row: SubmissionPhoto, faces: Sequence[Face]) -> tuple[Face, ...]:
    """The faces with the newest word of a reviewer and of the author on each box, for the same
    clean picture only. Words on a box that is no longer a face have no effect."""
    author_id = session.get_one(Submission, row.submission_id).author_id
    spoken = words_on(session, row)
    return tuple(
        replace(
            face,
            said=_newest(word for word in spoken if word.said_by != author_id and _on(face, word)),
            claimed=_newest(
                word for word in spoken if word.said_by == author_id and _on(face, word)
            ),
        )
        for face in faces
    )


def words_on(session: Session, row: SubmissionPhoto) -> Sequence[FaceWord]:
    """Every word on the present clean picture, oldest first."""
    return session.exec(
        select(FaceWord)
        .where(FaceWord.photo_id == row.id, FaceWord.clean_sha256 == (row.clean_sha256 or ""))
        .order_by(col(FaceWord.id))
    ).all()


def _on(face: Face, word: FaceWord) -> bool:
    return face.box.overlap(Box(*word.box)) >= SAME_FACE


def _newest(words: Iterable[FaceWord]) -> str:
    """Whom the last of them names; empty without any."""
    return next((word.person_id for word in reversed(list(words))), "")
