"""Every submission with one child in it, published or not: by their face or by words."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from gatekeeper_queue.appearing import Seen, names_in, photos_seen, texts_of
from gatekeeper_queue.models import FaceWord, Post, PostPerson, Submission, SubmissionPhoto
from gatekeeper_queue.submissions import photos_of


@dataclass(frozen=True)
class Trace:
    """One submission in which the child is, or may be named."""

    submission: Submission
    photos: list[SubmissionPhoto]
    by_face: bool
    """By a match, or by anybody's word on a face."""
    by_name: bool
    """By words that surely name the child."""

    @property
    def sure(self) -> bool:
        return self.by_face or self.by_name


def traces_of(session: Session, pupil_id: str) -> list[Trace]:
    """The child's submissions, the oldest first; those whose words only may name the child
    are among them, and not `sure`. About 1 ms for each text that is still kept."""
    named_in, noted = names_in(session, [pupil_id]), _noted(session, pupil_id)
    photos = photos_seen(session)
    found = []
    for submission_id, caption, note in session.execute(_submissions()):
        mine = photos.get(submission_id, [])
        by_face = submission_id in noted or any(_shows(photo, pupil_id) for photo in mine)
        sure, maybe = named_in([caption, note, *(photo.name for photo in mine), *texts_of(mine)])
        if by_face or sure or maybe:
            found.append((submission_id, by_face, bool(sure)))
    return [
        Trace(session.get_one(Submission, one), photos_of(session, one), by_face, by_name)
        for one, by_face, by_name in found
    ]


def _submissions() -> sa.Select[str, str, str]:
    """Columns, not objects: whatever was ever submitted."""
    columns = (col(Submission.id), col(Submission.caption), col(Submission.note))
    return sa.select(*columns).order_by(col(Submission.created_at))


def _noted(session: Session, pupil_id: str) -> set[str]:
    """Submissions of which a post, or a person's word on a face, says that the child is in."""
    posts = select(Post.submission_id).where(
        col(Post.id).in_(select(PostPerson.post_id).where(PostPerson.person_id == pupil_id))
    )
    words = select(SubmissionPhoto.submission_id).where(
        col(SubmissionPhoto.id).in_(select(FaceWord.photo_id).where(FaceWord.person_id == pupil_id))
    )
    return {*session.exec(posts), *session.exec(words)}


def shown_as(face: dict[str, object], pupil_id: str) -> bool:
    """Does a stored face say, in whatever part, that it is this child?"""
    return any(value == pupil_id for value in face.values())


def _shows(photo: Seen, pupil_id: str) -> bool:
    return any(shown_as(face, pupil_id) for face in photo.faces or ())
