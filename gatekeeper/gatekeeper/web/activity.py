"""The audit log for people: who did what, when."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlmodel import Session, col, select

from gatekeeper.web.history import EventView, event_views
from gatekeeper.web.loading import page_number
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Caller, Visit
from gatekeeper.web.words import count
from gatekeeper_queue.audit import Break
from gatekeeper_queue.models import AuditEvent, Submission
from gatekeeper_queue.people import Act

router = APIRouter()

_PAGE = 50
_SHOWN_BREAKS = 5


@router.get("/activity")
def activity(visit: SignedIn, page: str = "1") -> Response:
    """All events for those who may see them, else the person's own; newest first."""
    return _show(visit, page_number(page))


@router.post("/activity/verify")
def verify(visit: SignedIn, form: Posted) -> Response:
    """Go through the whole chain and say whether it holds."""
    visit.require(Act.SEE_AUDIT)
    with visit.school.database.read() as session:
        breaks = list(visit.school.audit.verify(session))
        last = session.exec(
            select(AuditEvent.seq).order_by(col(AuditEvent.seq).desc()).limit(1)
        ).first()
    if breaks:
        return _show(visit, 1, problem=_broken(breaks))
    return _show(visit, 1, message=f"The log is whole: verified up to event {last or 0}.")


def _broken(breaks: list[Break]) -> str:
    found = "; ".join(f"event {one.seq}: {one.what}" for one in breaks[:_SHOWN_BREAKS])
    return f"The log is not whole ({count(len(breaks), 'place')}). {found}."


def _readable(session: Session, visit: Visit, events: list[EventView]) -> set[str]:
    """The submissions among them that this person may look at."""
    ids = {event.submission_id for event in events if event.submission_id}
    if visit.may(Act.REVIEW):
        return ids
    own = select(Submission.id).where(
        Submission.author_id == visit.user.id, col(Submission.id).in_(ids)
    )
    return set(session.exec(own))


def events_for(caller: Caller, session: Session, number: int) -> tuple[list[EventView], bool]:
    """A page of what this person may see, the newest first; is there another page?"""
    everything = caller.may(Act.SEE_AUDIT)
    if not everything:
        caller.require(Act.SEE_OWN_AUDIT)
    query = select(AuditEvent).order_by(col(AuditEvent.seq).desc())
    if not everything:
        query = query.where(AuditEvent.actor == caller.user.id)
    rows = session.exec(query.offset((number - 1) * _PAGE).limit(_PAGE + 1)).all()
    # Of the register the technician sees ids only; a parent's name would tell whose they are.
    parents = not everything or caller.may(Act.LOOK_UP_CONSENT)
    return event_views(session, rows[:_PAGE], parents=parents), len(rows) > _PAGE


def _show(visit: Visit, number: int, *, message: str = "", problem: str = "") -> Response:
    with visit.school.database.read() as session:
        events, more = events_for(visit, session, number)
        readable = _readable(session, visit, events)
    return visit.page(
        "activity.html",
        events=events,
        readable=readable,
        everything=visit.may(Act.SEE_AUDIT),
        number=number,
        more=more,
        message=message,
        problem=problem,
    )
