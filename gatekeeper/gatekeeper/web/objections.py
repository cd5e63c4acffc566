"""Objections for the coordinator and the head: what is urgent first, each with its clock (G05)."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from gatekeeper.web.errors import Conflict, NotFound
from gatekeeper.web.letters import Fate, fate_of
from gatekeeper.web.postlines import PostLine, post_line
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_queue.models import Post, User
from gatekeeper_queue.objections import (
    CannotDecide,
    acknowledge,
    acknowledge_by,
    answer_of,
    by_urgency,
    decline,
    still_seen,
    uphold,
    words_of,
)
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import Objection
from gatekeeper_queue.school import School
from gatekeeper_queue.submissions import photos_of

router = APIRouter()


@dataclass(frozen=True)
class ObjectionView:
    """One objection, with what it is about."""

    row: Objection
    line: PostLine
    parent: str
    address: str
    days_left: int
    """Until it must be acknowledged; below 0 when that is late."""
    words: str
    answer: str
    photo_ids: list[str]
    still_up: list[Fate]
    """Where others may still see it."""
    own: bool
    """The person who looks submitted the picture, so another must decline."""

    @property
    def late(self) -> bool:
        return self.row.acknowledged_at is None and self.days_left < 0


@router.get("/objections")
def objections(visit: SignedIn) -> Response:
    visit.require(Act.DECIDE_OBJECTIONS)
    with visit.school.database.read() as session:
        views = [_view(visit, session, row) for row in by_urgency(session)]
    return visit.page(
        "objections.html",
        undecided=[view for view in views if not view.row.outcome],
        decided=[view for view in views if view.row.outcome][:50],
    )


@router.get("/objections/{objection_id}")
def objection(objection_id: str, visit: SignedIn) -> Response:
    return _show(visit, objection_id)


@router.post("/objections/{objection_id}/acknowledge")
def do_acknowledge(objection_id: str, visit: SignedIn, form: Posted) -> Response:
    visit.require(Act.DECIDE_OBJECTIONS)
    with visit.school.database.write() as session:
        acknowledge(visit.school, session, visit.user, _row(session, objection_id))
    return RedirectResponse(f"/objections/{objection_id}", 303)


@router.post("/objections/{objection_id}/decide")
def do_decide(objection_id: str, visit: SignedIn, form: Posted) -> Response:
    """Uphold or decline, with the answer to the parent."""
    visit.require(Act.DECIDE_OBJECTIONS)
    outcome, answer = form.text("outcome"), form.text("answer")
    if outcome not in ("uphold", "decline"):
        raise NotFound
    if outcome == "decline" and not answer.strip():
        problem = "Write the parent why the picture may be shown. Nothing was decided."
        return _show(visit, objection_id, problem=problem, status=422)
    do = uphold if outcome == "uphold" else decline
    try:
        with visit.school.database.write() as session:
            do(visit.school, session, visit.user, _row(session, objection_id), answer)
    except CannotDecide as error:
        raise Conflict(str(error)) from error
    return RedirectResponse(f"/objections/{objection_id}", 303)


def _show(visit: Visit, objection_id: str, *, problem: str = "", status: int = 200) -> Response:
    visit.require(Act.DECIDE_OBJECTIONS)
    with visit.school.database.read() as session:
        view = _view(visit, session, _row(session, objection_id))
    return visit.page("objection.html", view=view, problem=problem, status=status)


def _row(session: Session, objection_id: str) -> Objection:
    found = session.get(Objection, objection_id)
    if found is None:
        raise NotFound
    return found


def _view(visit: Visit, session: Session, row: Objection) -> ObjectionView:
    school: School = visit.school
    parent = session.get_one(User, row.by)
    line = post_line(session, session.get_one(Post, row.post_id))
    photos = photos_of(session, row.submission_id)
    return ObjectionView(
        row=row,
        line=line,
        parent=parent.display_name,
        address=parent.email,
        days_left=(acknowledge_by(row) - school.clock()).days,
        words=words_of(school, row),
        answer=answer_of(school, row),
        photo_ids=[photo.id for photo in photos if photo.clean_sha256],
        still_up=[fate_of(post) for post in still_seen(session, row)],
        own=line.author_id == visit.user.id,
    )
