"""A family withdraws consent: what that means first, then the doing, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from gatekeeper.web.errors import NotFound
from gatekeeper.web.postlines import post_lines
from gatekeeper.web.register import pupil_view
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_consent.register import Use
from gatekeeper_queue.appearing import appearances
from gatekeeper_queue.models import Post, Submission
from gatekeeper_queue.people import Act
from gatekeeper_queue.states import SubmissionState
from gatekeeper_queue.withdrawing import withdraw_consent

router = APIRouter()

ALL: Final = "all"
_OPEN = (SubmissionState.FLAGGED, SubmissionState.CLEAR, SubmissionState.APPROVED)


@router.get("/register/{pupil_id}/withdraw")
def withdraw_page(pupil_id: str, visit: SignedIn, use: list[str] = Query(default=[])) -> Response:
    """What will happen, before it does."""
    visit.require(Act.EDIT_REGISTER)
    return _confirm(visit, pupil_id, use)


def _confirm(
    visit: Visit,
    pupil_id: str,
    asked: Sequence[str],
    *,
    given_by: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    uses = _uses(asked)
    if not uses:
        return _nothing_ticked(pupil_id)
    with visit.school.database.read() as session:
        pupil = pupil_view(session, pupil_id, visit.school.today())
        lines = post_lines(session, _up_with(session, pupil_id, uses))
        waiting = session.exec(select(Submission.id).where(col(Submission.state).in_(_OPEN))).all()
    return visit.page(
        "withdraw.html",
        status=status,
        pupil=pupil,
        everything=uses == ALL,
        asked=[ALL] if uses == ALL else [use.value for use in uses],
        posts=lines,
        waiting=len(waiting),
        given_by=given_by,
        problem=problem,
    )


@router.post("/register/{pupil_id}/withdraw")
def do_withdraw(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """Withdraw, check again what is open, and have taken down what is up."""
    visit.require(Act.EDIT_REGISTER)
    school, asked, given_by = visit.school, form.texts("use"), form.text("given_by").strip()
    uses = _uses(asked)
    if not uses:
        return _nothing_ticked(pupil_id)
    if not given_by:
        return _confirm(visit, pupil_id, asked, problem="Say who asked for it.", status=422)
    with school.database.write() as session:
        pupil_view(session, pupil_id, school.today())
        row = withdraw_consent(
            school, session, pupil_id, uses, given_by=given_by[:200], actor=visit.user.id
        )
    return RedirectResponse(f"/withdrawals/{row.id}", 303)


def _nothing_ticked(pupil_id: str) -> Response:
    return RedirectResponse(f"/register/{quote(pupil_id)}?withdrawn=nothing", 303)


def _uses(asked: Sequence[str]) -> list[Use] | Literal["all"]:
    """What was ticked. Raises `NotFound` for a use that does not exist."""
    if ALL in asked:
        return ALL
    known = [use for use in Use if use.value in asked]
    if len(known) != len(set(asked)):
        raise NotFound
    return known


def _up_with(session: Session, pupil_id: str, uses: Sequence[Use] | Literal["all"]) -> list[Post]:
    """Posts with the child that are up, or may be, on the channels in question."""
    channels = {str(use) for use in (Use if uses == ALL else uses)}
    return [
        found.post
        for found in appearances(session, [pupil_id])
        if pupil_id in found.sure and found.post.channel in channels
    ]
