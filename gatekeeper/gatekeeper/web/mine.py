"""What happened to mine: the list, one submission, and what its author can do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from gatekeeper.web.entries import entry
from gatekeeper.web.errors import CHANGED_MEANWHILE, in_words
from gatekeeper.web.history import timeline
from gatekeeper.web.leaving_out import leave_names_out, suggestion_for
from gatekeeper.web.loading import PAGE, page_number, visible_submission
from gatekeeper.web.naming import Naming, Unreadable, read_claims
from gatekeeper.web.progress import progress_json, steps_of
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper.web.views import submission_view
from gatekeeper_detectors.values import NOBODY
from gatekeeper_queue.face_words import NAMEABLE, claim_who
from gatekeeper_queue.models import Submission, User
from gatekeeper_queue.people import Act
from gatekeeper_queue.school import School
from gatekeeper_queue.submissions import (
    BadSubmission,
    check_again,
    discard,
    photos_of,
    require_own,
)

router = APIRouter()


@router.get("/submissions")
def my_submissions(visit: SignedIn, page: str = "1") -> Response:
    visit.require(Act.SUBMIT)
    number = page_number(page)
    with visit.school.database.read() as session:
        rows = session.exec(
            select(Submission)
            .where(Submission.author_id == visit.user.id)
            .order_by(col(Submission.created_at).desc())
            .offset((number - 1) * PAGE)
            .limit(PAGE + 1)
        ).all()
        entries = [entry(session, row, visit.user) for row in rows[:PAGE]]
    return visit.page("mine.html", entries=entries, number=number, more=len(rows) > PAGE)


@router.get("/submissions/{submission_id}")
def one_submission(submission_id: str, visit: SignedIn) -> Response:
    return show_submission(visit, submission_id)


def show_submission(
    visit: Visit,
    submission_id: str,
    *,
    problem: str = "",
    chosen: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """The page of one submission, with a message about what could not be done; `chosen` is what
    was said of faces when it could not be used."""
    with visit.school.database.read() as session:
        row = visible_submission(session, visit, submission_id)
        view = submission_view(visit.school, session, row)
        steps = steps_of(row, photos_of(session, row.id))
        events = timeline(session, row)
        own = row.author_id == visit.user.id
        asked = own and row.state in NAMEABLE and any(face.askable for face in view.faces)
        naming = Naming.of(visit.school, session, view) if asked else None
    return visit.page(
        "submission.html",
        status=status,
        view=view,
        naming=naming,
        nobody=NOBODY,
        chosen=chosen or {},
        steps=steps,
        events=events,
        own=own,
        suggested=suggestion_for(view) if own and view.can_edit else None,
        may_remove=own or visit.may(Act.TAKE_DOWN),
        problem=problem,
        **({} if own else {"current": "/review"}),
    )


@router.get("/submissions/{submission_id}/progress.json")
def progress(submission_id: str, visit: SignedIn) -> dict[str, Any]:
    with visit.school.database.read() as session:
        return progress_json(session, visible_submission(session, visit, submission_id))


@router.post("/submissions/{submission_id}/faces")
def do_claim_who(submission_id: str, visit: SignedIn, form: Posted) -> Response:
    """The author says who faces are; a second person confirms it."""
    chosen = {name: value for name, value in form.data.items() if isinstance(value, str)}
    try:
        with visit.school.database.write() as session:
            row = visible_submission(session, visit, submission_id)
            words = read_claims(session, submission_view(visit.school, session, row), form)
            claim_who(visit.school, session, visit.user, row, words)
    except (*CHANGED_MEANWHILE, Unreadable) as refused:
        problem = in_words(refused)
        return show_submission(visit, submission_id, problem=problem, chosen=chosen, status=409)
    return RedirectResponse(f"/submissions/{submission_id}", 303)


@router.post("/submissions/{submission_id}/leave-names-out")
def do_leave_out(submission_id: str, visit: SignedIn, form: Posted) -> Response:
    """Take the suggested texts."""

    def act(_: School, session: Session, user: User, row: Submission) -> None:
        require_own(user, row)
        if row.version != form.number("version"):
            raise BadSubmission({"version": "This has changed since you opened it."})
        leave_names_out(visit, session, row)

    return _change(visit, submission_id, act)


@router.post("/submissions/{submission_id}/check-again")
def do_check_again(submission_id: str, visit: SignedIn, form: Posted) -> Response:
    return _change(visit, submission_id, check_again)


@router.post("/submissions/{submission_id}/discard")
def do_discard(submission_id: str, visit: SignedIn, form: Posted) -> Response:
    return _change(visit, submission_id, discard)


def _change(visit: Visit, submission_id: str, act: Any) -> Response:
    """Do it, or show the page again with why it cannot be done."""
    try:
        with visit.school.database.write() as session:
            row = visible_submission(session, visit, submission_id)
            act(visit.school, session, visit.user, row)
    except (*CHANGED_MEANWHILE, BadSubmission) as refused:
        return show_submission(visit, submission_id, problem=in_words(refused), status=409)
    return RedirectResponse(f"/submissions/{submission_id}", 303)
