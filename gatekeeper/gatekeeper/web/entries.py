"""Submissions as lines of a list."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from gatekeeper.web.findings import findings_of
from gatekeeper.web.words import StateWords, author_words, review_words
from gatekeeper_queue.models import Submission, User
from gatekeeper_queue.states import SubmissionState
from gatekeeper_queue.submissions import photos_of, posts_of
from gatekeeper_queue.verdicts import judgements_of

_OPEN = (SubmissionState.REJECTED, SubmissionState.FLAGGED, SubmissionState.CLEAR)
"""Something is still to be done about what the checks found."""


@dataclass(frozen=True)
class Entry:
    """One line of a list of submissions."""

    row: Submission
    author: str
    words: StateWords
    photo_id: str
    """The first photo that has a clean picture; empty when none has."""
    why: str
    """The colleague's note or the most serious finding; empty when nothing is open."""
    own: bool


def entry(session: Session, row: Submission, reader: User) -> Entry:
    photos = photos_of(session, row.id)
    posts = [post.state for post in posts_of(session, row.id)]
    own = row.author_id == reader.id
    return Entry(
        row=row,
        author=session.get_one(User, row.author_id).display_name,
        words=(author_words if own else review_words)(row.state, posts),
        photo_id=next((photo.id for photo in photos if photo.clean_sha256), ""),
        why=_why(session, row, own),
        own=own,
    )


def _why(session: Session, row: Submission, own: bool) -> str:
    if row.state == SubmissionState.RETURNED:
        return row.note
    if row.state not in _OPEN:
        return ""
    findings = findings_of(judgements_of(session, row), row.channels, ())
    first = next((found for found in findings if found.look != "off"), None)
    if first is None:
        return ""
    return first.message if own else first.review_message
