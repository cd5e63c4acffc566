"""Deciding about what others submitted."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from pydantic import AwareDatetime
from sqlmodel import Session

from gatekeeper.api.access import Known
from gatekeeper.api.shapes import Page, Shape, Text
from gatekeeper.api.submission_inputs import FaceWords
from gatekeeper.api.submission_shapes import SubmissionLine, SubmissionOut, line_out
from gatekeeper.api.submissions import change_submission, face_words
from gatekeeper.web.entries import entry
from gatekeeper.web.review import waiting_rows
from gatekeeper.web.site import Caller
from gatekeeper_queue.face_words import say_who
from gatekeeper_queue.models import Submission
from gatekeeper_queue.people import Act
from gatekeeper_queue.review import approve, send_back, take_back

router = APIRouter(prefix="/review", tags=["review"])


class Approve(Shape):
    """An approval of what was seen."""

    verdict: int
    """The submission's `verdict` when the reviewer read it."""
    over_at: AwareDatetime | None = None
    """Where the text tells where children will be: when that is over."""
    tells_nothing: bool = False
    """… or that no stranger could find children by it."""


class SendBack(Shape):
    """Why the author has to change it."""

    reason: Text
    for_the_pictures: bool = False
    """The photos themselves must not be used."""


@router.get("")
def queue(caller: Known) -> Page[SubmissionLine]:
    """What waits for a person, flagged items first, the oldest first."""
    caller.require(Act.REVIEW)
    with caller.school.database.read() as session:
        rows = waiting_rows(session)
        return Page(items=[line_out(entry(session, row, caller.user)) for row in rows], more=False)


@router.post("/{submission_id}/approve")
def do_approve(submission_id: str, sent: Approve, caller: Known) -> SubmissionOut:
    """Approve it. Where the register has changed since the check, it is checked again instead."""

    def act(session: Session, row: Submission) -> None:
        approve(
            caller.school, session, caller.user, row, sent.verdict,
            over_at=sent.over_at, tells_nothing=sent.tells_nothing,
        )  # fmt: skip

    return _review(caller, submission_id, act)


@router.post("/{submission_id}/send-back")
def do_send_back(submission_id: str, sent: SendBack, caller: Known) -> SubmissionOut:
    """Return it to its author."""

    def act(session: Session, row: Submission) -> None:
        send_back(
            caller.school, session, caller.user, row, sent.reason,
            for_the_pictures=sent.for_the_pictures,
        )  # fmt: skip

    return _review(caller, submission_id, act)


@router.post("/{submission_id}/undo")
def do_take_back(submission_id: str, caller: Known) -> SubmissionOut:
    """Take an approval back while nothing has been sent."""
    return _review(
        caller,
        submission_id,
        lambda session, row: take_back(caller.school, session, caller.user, row),
    )


@router.post("/{submission_id}/faces")
def do_say_who(submission_id: str, sent: FaceWords, caller: Known) -> SubmissionOut:
    """Say who faces are; the rules run again with it."""
    return _review(
        caller,
        submission_id,
        lambda session, row: say_who(caller.school, session, caller.user, row, face_words(sent)),
    )


def _review(
    caller: Caller, submission_id: str, act: Callable[[Session, Submission], None]
) -> SubmissionOut:
    caller.require(Act.REVIEW)
    return change_submission(caller, submission_id, act)
