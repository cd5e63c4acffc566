"""Which changes of state people are told of. Called at the one door (`states.change_state`)."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from gatekeeper_queue.models import Post, Submission
from gatekeeper_queue.notices import put, settle
from gatekeeper_queue.people import ALLOWED, Act, Role

_REVIEWERS = tuple(role for role in Role if Act.REVIEW in ALLOWED[role])

_WAITING = "item-waiting"
_OF_SUBMISSION = {"rejected": "item-rejected", "returned": "item-returned"}
"""To the author."""
_OF_POST = {"live": "post-live", "failed": "post-failed", "removed": "post-removed"}
"""To the author, about the submission."""


def announce(session: Session, row: Submission | Post, actor: str, now: datetime) -> None:
    """Tell those whom the new state of `row` concerns, but not the person who caused it.

    What earlier notices said of a submission's state is over. So one that is clear and approved
    at once, in the same transaction, troubles no reviewer.
    """
    if isinstance(row, Submission):
        settle(session, now, (_WAITING, *_OF_SUBMISSION.values()), row.id)
        if row.state in ("flagged", "clear"):
            put(session, now, _WAITING, row.id, roles=_REVIEWERS, but=(row.author_id,))
        elif kind := _OF_SUBMISSION.get(row.state):
            put(session, now, kind, row.id, users=(row.author_id,), but=(actor,))
    elif kind := _OF_POST.get(row.state):
        author = session.get_one(Submission, row.submission_id).author_id
        roles = (Role.COORDINATOR,) if row.state == "failed" else ()
        put(session, now, kind, row.submission_id, users=(author,), roles=roles)
