"""The incident log, and incident mode (P17, P21)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from gatekeeper.web.errors import NotFound
from gatekeeper.web.history import event_views
from gatekeeper.web.loading import PAGE, page_number
from gatekeeper.web.security import Form, Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper.web.words import platform_title
from gatekeeper_queue.freezing import (
    ask_lift,
    confirm_lift,
    digest_of,
    freeze,
    not_yet,
    seen_by_platform,
    waiting_posts,
)
from gatekeeper_queue.frozen import current_freeze
from gatekeeper_queue.incident_steps import STEPS, tick_step, ticks_of
from gatekeeper_queue.incidents import (
    BREACHES,
    FIELDS,
    MAX_TEXT,
    CannotHandle,
    close_incident,
    edition,
    open_by_hand,
    save_incident,
    texts_of,
)
from gatekeeper_queue.models import AuditEvent, Post, User
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import Incident
from gatekeeper_queue.states import OVER

router = APIRouter()

QUESTIONS = {
    "happened": ("What happened?", "The facts, in order, with times."),
    "involved": ("Who was involved?", "Children, families, staff and others."),
    "found": ("How was it found?", "By whom, when, and how."),
    "done": ("What was done?", "Steps taken, by whom, and whom you told."),
    "conclusion": ("Conclusion", "What it means, and what changes so that it does not recur."),
}
"""The five parts of the log, as they are asked for."""
_DONE = {
    "saved": "It is saved.",
    "closed": "The incident is closed.",
    "lifted": "Incident mode is lifted. The school’s pages are back; what was planned is checked "
    "again, and then needs a person’s approval.",
}
_FILTERS = {"open": "Open", "closed": "Closed", "all": "All"}


@router.get("/incidents")
def incidents(visit: SignedIn, show: str = "open", page: str = "1") -> Response:
    """The log, the newest first."""
    visit.require(Act.HANDLE_INCIDENTS)
    number, show = page_number(page), show if show in _FILTERS else "open"
    with visit.school.database.read() as session:
        rows = listed_incidents(session, show, number)
    first_lines = {row.id: _first_line(visit, row) for row in rows}
    return visit.page(
        "incidents.html",
        rows=rows[:PAGE],
        first_lines=first_lines,
        breaches=BREACHES,
        filters=_FILTERS,
        show=show,
        number=number,
        more=len(rows) > PAGE,
    )


def listed_incidents(session: Session, show: str, number: int) -> Sequence[Incident]:
    """A page of the log, counted from 1, the newest first, and the first entry of the next page
    where there is one. `show`: open, closed or all."""
    query = select(Incident).order_by(col(Incident.opened_at).desc(), col(Incident.id))
    if show != "all":
        is_open = col(Incident.closed_at).is_(None)
        query = query.where(is_open if show == "open" else ~is_open)
    return session.exec(query.offset((number - 1) * PAGE).limit(PAGE + 1)).all()


@router.get("/incidents/new")
def new_incident(visit: SignedIn) -> Response:
    """The form for an entry by hand."""
    visit.require(Act.HANDLE_INCIDENTS)
    return _form(visit, dict.fromkeys(FIELDS, ""))


@router.post("/incidents/new")
def add_incident(visit: SignedIn, form: Posted) -> Response:
    """Make the entry."""
    texts = _texts(form)
    try:
        with visit.school.database.write() as session:
            row = open_by_hand(visit.school, session, visit.user, texts)
    except CannotHandle as error:
        return _form(visit, texts, str(error))
    return RedirectResponse(f"/incidents/{row.id}", 303)


@router.get("/incidents/{incident_id}")
def incident(incident_id: str, visit: SignedIn, done: str = "") -> Response:
    """One entry: what to do, the five parts, and what was done with it."""
    return _show(visit, incident_id, message=_DONE.get(done, ""))


@router.get("/incidents/{incident_id}/print")
def print_incident(incident_id: str, visit: SignedIn) -> Response:
    """The same to be printed, with its evidence."""
    visit.require(Act.HANDLE_INCIDENTS)
    with visit.school.database.read() as session:
        context = _context(visit, session, _one(session, incident_id))
    return visit.page("incident_print.html", **context)


@router.post("/incidents/{incident_id}")
def save(incident_id: str, visit: SignedIn, form: Posted) -> Response:
    """Save the five parts; close the entry too where that was pressed."""
    if refused := _keep(visit, incident_id, form):
        return refused
    if form.text("close"):
        try:
            with visit.school.database.write() as session:
                close_incident(visit.school, session, visit.user, _one(session, incident_id))
        except CannotHandle as error:  # what was written is saved all the same
            return _show(visit, incident_id, problem=f"It is saved, but not closed. {error}")
    done = "closed" if form.text("close") else "saved"
    return RedirectResponse(f"/incidents/{incident_id}?done={done}", 303)


def _keep(visit: Visit, incident_id: str, form: Form) -> Response | None:
    """Save what was written on the page, whichever of its buttons was pressed; the page again
    where it could not be."""
    texts = _texts(form)
    try:
        with visit.school.database.write() as session:
            row = _one(session, incident_id)
            if texts:
                save_incident(visit.school, session, visit.user, row, texts, form.text("edition"))
    except CannotHandle as error:
        return _show(visit, incident_id, written=texts, problem=str(error))
    return None


@router.post("/incidents/{incident_id}/steps")
def tick(incident_id: str, visit: SignedIn, form: Posted) -> Response:
    """One step is done, or not after all."""
    step = form.text("tick")
    with visit.school.database.write() as session:
        row = _one(session, incident_id)
        tick_step(
            visit.school, session, visit.user, row, step or form.text("untick"), done=bool(step)
        )  # fmt: skip
    return _keep(visit, incident_id, form) or RedirectResponse(
        f"/incidents/{incident_id}#steps", 303
    )


# --- incident mode --------------------------------------------------------------------------------


@router.get("/freeze")
def freeze_page(visit: SignedIn) -> Response:
    """What happens, before it does."""
    visit.require(Act.HANDLE_INCIDENTS)
    with visit.school.database.read() as session:
        current = current_freeze(session)
        seen = seen_by_platform(session)
        waiting = waiting_posts(session)
    if current is not None:
        return RedirectResponse(f"/incidents/{current.incident_id}", 303)
    here = seen.pop(None, 0)
    by_hand = seen.pop("by-hand", 0)
    elsewhere = [(platform_title(str(platform)), number) for platform, number in seen.items()]
    return visit.page(
        "freeze.html", here=here, elsewhere=elsewhere, by_hand=by_hand, waiting=waiting
    )


@router.post("/freeze")
def do_freeze(visit: SignedIn, form: Posted) -> Response:
    """Stop everything."""
    with visit.school.database.write() as session:
        row = freeze(visit.school, session, visit.user)
    return RedirectResponse(f"/incidents/{row.incident_id}", 303)


@router.post("/freeze/lift")
def lift(visit: SignedIn, form: Posted) -> Response:
    """Ask for it to be lifted, confirm that, or say not yet."""
    visit.require(Act.HANDLE_INCIDENTS)
    acts = {"ask": ask_lift, "confirm": confirm_lift, "not yet": not_yet}
    act = acts.get(form.text("act"))
    if act is None:
        raise NotFound
    with visit.school.database.write() as session:
        current = current_freeze(session)
        act(visit.school, session, visit.user)
    if current is None:
        return RedirectResponse("/incidents", 303)
    done = "?done=lifted" if act is confirm_lift else ""
    return _keep(visit, current.incident_id, form) or RedirectResponse(
        f"/incidents/{current.incident_id}{done}", 303
    )


# --- showing --------------------------------------------------------------------------------------


def _show(
    visit: Visit,
    incident_id: str,
    *,
    written: dict[str, str] | None = None,
    message: str = "",
    problem: str = "",
) -> Response:
    """`written` is what a person wrote and could not save; they do not write it twice."""
    visit.require(Act.HANDLE_INCIDENTS)
    with visit.school.database.read() as session:
        row = _one(session, incident_id)
        context = _context(visit, session, row)
        current = current_freeze(session)
    return visit.page(
        "incident.html",
        status=409 if problem else 200,
        **context | {"texts": {**context["texts"], **(written or {})}},
        stored=context["texts"] if written else {},
        edition=edition(row),
        freeze=current if current and current.incident_id == row.id else None,
        message=message,
        problem=problem,
    )


def _context(visit: Visit, session: Session, row: Incident) -> dict[str, Any]:
    events = session.exec(
        select(AuditEvent).where(AuditEvent.subject == row.id).order_by(col(AuditEvent.seq))
    ).all()
    kept = [json.loads(event.data) for event in events if event.kind == "freeze.begun"]
    people = session.exec(select(User.id, User.display_name)).all()
    digest = digest_of(row.evidence)
    return {
        "row": row,
        "heading": BREACHES[row.kind].heading,
        "texts": texts_of(visit.school, row),
        "questions": QUESTIONS,
        "most": MAX_TEXT,
        "steps": STEPS,
        "ticks": ticks_of(session, row),
        "events": event_views(session, events),
        "about": _about(session, row),
        "still_up": _still_up(session, row),
        "names": dict(people),
        "evidence_sha256": digest,
        "evidence_whole": all(data["evidence_sha256"] == digest for data in kept),
    }


def _about(session: Session, row: Incident) -> str:
    """The page of what it is about; empty where there is none."""
    if row.kind == "objection-upheld":
        return f"/objections/{row.subject}"
    post = session.get(Post, row.subject)
    return f"/submissions/{post.submission_id}" if post else ""


def _still_up(session: Session, row: Incident) -> int:
    """How many posts of the evidence, on channels that are not ours, are not gone yet."""
    query = select(Post.id).where(col(Post.account_id).is_not(None), col(Post.state).not_in(OVER))
    up = set(session.exec(query))
    return sum(one.get("post") in up for one in row.evidence)


def _form(visit: Visit, texts: dict[str, str], problem: str = "") -> Response:
    return visit.page(
        "incident_new.html",
        status=422 if problem else 200,
        texts=dict.fromkeys(FIELDS, "") | texts,
        questions=QUESTIONS,
        most=MAX_TEXT,
        problem=problem,
    )


def _texts(form: Form) -> dict[str, str]:
    """Those of the five parts that were sent."""
    return {name: form.text(name) for name in FIELDS if name in form.data}


def _one(session: Session, incident_id: str) -> Incident:
    row = session.get(Incident, incident_id)
    if row is None:
        raise NotFound
    return row


def _first_line(visit: Visit, row: Incident) -> str:
    lines = texts_of(visit.school, row)["happened"].splitlines()
    return lines[0] if lines else ""
