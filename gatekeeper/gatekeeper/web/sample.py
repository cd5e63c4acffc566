"""A second look at a random sample of what went out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from gatekeeper.web.errors import CHANGED_MEANWHILE, NotFound, in_words
from gatekeeper.web.loading import RowId
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Caller, Visit
from gatekeeper.web.views import SubmissionView, submission_view
from gatekeeper_queue.models import Post, Submission
from gatekeeper_queue.people import Act, NotAllowed
from gatekeeper_queue.record_models import SampleCheck
from gatekeeper_queue.sampling import (
    AT_ONCE,
    Outcome,
    draw,
    judge_sample,
    may_check,
    miss_rates,
    to_check,
)
from gatekeeper_queue.states import PostState

router = APIRouter()

_DONE = {
    "right": "Thank you. Here is the next one.",
    "missed": "Recorded, and entered in the incident log.",
    "none": "There is nothing more to draw from.",
}


@dataclass(frozen=True)
class Drawn:
    """One post of the sample, as it is looked at again."""

    id: int
    view: SubmissionView
    channel: str
    live_at: datetime | None
    removed: bool


@router.get("/sample")
def sample(visit: SignedIn, done: str = "") -> Response:
    return _page(visit, message=_DONE.get(done, ""))


def _page(
    visit: Visit, *, message: str = "", problem: str = "", note: str = "", status: int = 200
) -> Response:
    visit.require(Act.TAKE_DOWN)
    school, this = visit.school, visit.school.days.term_of(visit.school.today())
    with school.database.read() as session:
        waiting = to_check(session)
        mine = [check for check in waiting if may_check(session, visit.user, check)]
        first = _drawn(visit, session, mine[0]) if mine else None
        rates = [
            (term.name, miss_rates(session, school, term))
            for term in (this, visit.school.days.term_before(this))
        ]
    return visit.page(
        "sample.html",
        status=status,
        drawn=first,
        left=len(mine),
        others=len(waiting) - len(mine),
        rates=rates,
        at_once=AT_ONCE,
        note=note,
        message=message,
        problem=problem,
    )


def _drawn(visit: Visit, session: Session, check: SampleCheck) -> Drawn:
    post = session.get_one(Post, check.post_id)
    row = session.get_one(Submission, post.submission_id)
    return Drawn(
        id=check.id or 0,
        view=submission_view(visit.school, session, row),
        channel=post.channel,
        live_at=post.live_at,
        removed=post.state == PostState.REMOVED,
    )


@router.post("/sample")
def do_draw(visit: SignedIn, form: Posted) -> Response:
    """Draw what is missing of this term's sample, and of the last one's."""
    visit.require(Act.TAKE_DOWN)
    return RedirectResponse("/sample" if draw_missing(visit) else "/sample?done=none", 303)


def draw_missing(caller: Caller) -> list[SampleCheck]:
    """What was missing of this term's sample and of the last one's, drawn by this person."""
    this = caller.school.days.term_of(caller.school.today())
    with caller.school.database.write() as session:
        return [
            row
            for term in (this, caller.school.days.term_before(this))
            for row in draw(caller.school, session, caller.user, term)
        ]


@router.post("/sample/{check_id}")
def do_check(check_id: RowId, visit: SignedIn, form: Posted) -> Response:
    """Right, or missed and what. What was missed can be taken down at once."""
    visit.require(Act.TAKE_DOWN)
    note = form.text("note")
    try:
        outcome = Outcome(form.text("outcome"))
    except ValueError:
        return _page(visit, problem="Choose “All right” or “Something was missed”.", status=422)
    try:
        with visit.school.database.write() as session:
            check = session.get(SampleCheck, check_id)
            if check is None:
                raise NotFound
            judge_sample(visit.school, session, visit.user, check, outcome, note)
            post = session.get_one(Post, check.post_id)
    except NotAllowed as refused:
        return _page(visit, problem=str(refused), status=403)
    except CHANGED_MEANWHILE as refused:
        return _page(visit, problem=in_words(refused), note=note, status=409)
    if outcome is Outcome.MISSED and post.state == PostState.LIVE and not post.removal_reason:
        return RedirectResponse(f"/posts/{post.id}/take-down", 303)
    return RedirectResponse(f"/sample?done={outcome}", 303)
