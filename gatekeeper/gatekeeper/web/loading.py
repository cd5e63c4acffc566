"""Rows that a person may see; what they may not see is as if it did not exist."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from sqlmodel import Session, col, select

from gatekeeper.web.errors import NotFound
from gatekeeper.web.postlines import OUT
from gatekeeper.web.site import Caller
from gatekeeper_queue.by_hand import puts_up
from gatekeeper_queue.models import Post, Submission, SubmissionPhoto
from gatekeeper_queue.people import Act

PAGE = 25
RowId = Annotated[int, Path(ge=0, lt=2**31)]
"""A row's number in an address; any other leads nowhere."""


def visible_submission(session: Session, visit: Caller, submission_id: str) -> Submission:
    """The person's own, or anybody's for a reviewer. Raises `NotFound`."""
    found = session.get(Submission, submission_id)
    if found is None or not (found.author_id == visit.user.id or visit.may(Act.REVIEW)):
        raise NotFound
    return found


def visible_photo(session: Session, visit: Caller, photo_id: str) -> SubmissionPhoto:
    """A photo whose submission the person may see. Raises `NotFound`.

    The office sees as well whatever was sent: it answers the families. Who looks after a site
    by hand sees what they are to put there.
    """
    found = session.get(SubmissionPhoto, photo_id)
    if found is None:
        raise NotFound
    sent = visit.may(Act.EDIT_REGISTER) and _was_sent(session, found.submission_id)
    if not sent and not puts_up(session, visit.user, found.submission_id):
        visible_submission(session, visit, found.submission_id)
    return found


def _was_sent(session: Session, submission_id: str) -> bool:
    query = select(Post.id).where(Post.submission_id == submission_id, col(Post.state).in_(OUT))
    return session.exec(query).first() is not None


def visible_post(session: Session, visit: Caller, post_id: str) -> Post:
    """A post whose submission the person may see. Raises `NotFound`."""
    found = session.get(Post, post_id)
    if found is None:
        raise NotFound
    visible_submission(session, visit, found.submission_id)
    return found


def page_number(text: str) -> int:
    """A page number from the address, from 1; nonsense is the first page."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
    return max(number, 1)
