"""The incident log and incident mode."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import Session

from gatekeeper.api.access import Known
from gatekeeper.api.rows import known
from gatekeeper.api.shapes import Number, Page, Shape
from gatekeeper.web.incidents import listed_incidents
from gatekeeper.web.loading import PAGE
from gatekeeper.web.site import Caller
from gatekeeper_queue.freezing import ask_lift, confirm_lift, freeze, not_yet
from gatekeeper_queue.frozen import current_freeze
from gatekeeper_queue.incident_steps import STEPS, tick_step, ticks_of
from gatekeeper_queue.incidents import (
    FIELDS,
    MAX_TEXT,
    close_incident,
    edition,
    open_by_hand,
    save_incident,
    texts_of,
)
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import Incident

router = APIRouter(tags=["safety"])
Part = Annotated[str, Field(max_length=MAX_TEXT, pattern=r"^[^\x00]*$")]


class Texts(Shape):
    """The five parts of an entry; those that are left out stay as they are."""

    happened: Part | None = None
    involved: Part | None = None
    found: Part | None = None
    done: Part | None = None
    conclusion: Part | None = None


class Written(Texts):
    """A new wording of an entry."""

    edition: str
    """The entry's `edition` that it follows."""


class StepOut(Shape):
    """One step of what to do."""

    id: str
    what: str
    done: bool


class Tick(Shape):
    """A step is done, or not after all."""

    step: str
    done: bool


class IncidentOut(Shape):
    """An entry of the incident log."""

    id: str
    kind: str
    subject: str
    opened_at: datetime
    closed_at: datetime | None
    edition: str
    """Changes with every change of the five parts."""
    texts: dict[str, str]
    steps: list[StepOut]
    evidence: int
    """How many posts are kept as evidence."""


class FreezeOut(Shape):
    """Incident mode."""

    frozen: bool
    incident_id: str = ""
    begun_at: datetime | None = None
    lift_asked: bool = False
    """One person has asked for it to be lifted; another confirms it."""


class Lift(Shape):
    """Ask for incident mode to be lifted, confirm that as another person, or say not yet."""

    act: Literal["ask", "confirm", "not yet"]


@router.get("/incidents")
def incidents(
    caller: Known, show: Literal["open", "closed", "all"] = "open", number: Number = 1
) -> Page[IncidentOut]:
    """The log, the newest first."""
    caller.require(Act.HANDLE_INCIDENTS)
    with caller.school.database.read() as session:
        rows = listed_incidents(session, show, number)
        items = [_incident(caller, session, row) for row in rows[:PAGE]]
    return Page(items=items, more=len(rows) > PAGE)


@router.post("/incidents", status_code=201)
def new_incident(sent: Texts, caller: Known) -> IncidentOut:
    """An entry by hand. It says at least what happened."""
    caller.require(Act.HANDLE_INCIDENTS)
    with caller.school.database.write() as session:
        row = open_by_hand(caller.school, session, caller.user, _said(sent))
        return _incident(caller, session, row)


@router.get("/incidents/{incident_id}")
def one_incident(incident_id: str, caller: Known) -> IncidentOut:
    """One entry."""
    caller.require(Act.HANDLE_INCIDENTS)
    with caller.school.database.read() as session:
        return _incident(caller, session, known(session, Incident, incident_id))


@router.put("/incidents/{incident_id}")
def save(incident_id: str, sent: Written, caller: Known) -> IncidentOut:
    """Save parts of it."""
    return _change_incident(
        caller,
        incident_id,
        lambda session, row: save_incident(
            caller.school, session, caller.user, row, _said(sent), sent.edition
        ),
    )


@router.post("/incidents/{incident_id}/steps")
def tick(incident_id: str, sent: Tick, caller: Known) -> IncidentOut:
    """Note that a step is done, or is not."""
    return _change_incident(
        caller,
        incident_id,
        lambda session, row: tick_step(
            caller.school, session, caller.user, row, sent.step, done=sent.done
        ),
    )


@router.post("/incidents/{incident_id}/close")
def do_close(incident_id: str, caller: Known) -> IncidentOut:
    """Close it: all five parts are written, and nothing is stopped because of it any more."""
    return _change_incident(
        caller,
        incident_id,
        lambda session, row: close_incident(caller.school, session, caller.user, row),
    )


@router.get("/freeze")
def frozen(caller: Known) -> FreezeOut:
    """Is incident mode on?"""
    caller.require(Act.HANDLE_INCIDENTS)
    with caller.school.database.read() as session:
        return _freeze(session)


@router.post("/freeze")
def do_freeze(caller: Known) -> FreezeOut:
    """Stop everything, and take down what is on other sites."""
    caller.require(Act.HANDLE_INCIDENTS)
    with caller.school.database.write() as session:
        freeze(caller.school, session, caller.user)
        return _freeze(session)


@router.post("/freeze/lift")
def do_lift(sent: Lift, caller: Known) -> FreezeOut:
    """Two people lift it."""
    caller.require(Act.HANDLE_INCIDENTS)
    act = {"ask": ask_lift, "confirm": confirm_lift, "not yet": not_yet}[sent.act]
    with caller.school.database.write() as session:
        act(caller.school, session, caller.user)
        session.flush()
        return _freeze(session)


def _change_incident(
    caller: Caller, incident_id: str, act: Callable[[Session, Incident], object]
) -> IncidentOut:
    """Do it to an entry, and send what it is then."""
    caller.require(Act.HANDLE_INCIDENTS)
    with caller.school.database.write() as session:
        row = known(session, Incident, incident_id)
        act(session, row)
        session.flush()
        return _incident(caller, session, row)


def _said(sent: Texts) -> dict[str, str]:
    return {name: text for name in FIELDS if (text := getattr(sent, name)) is not None}


def _incident(caller: Caller, session: Session, row: Incident) -> IncidentOut:
    ticks = ticks_of(session, row)
    return IncidentOut(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        edition=edition(row),
        texts=texts_of(caller.school, row),
        steps=[StepOut(id=one.id, what=one.says, done=one.id in ticks) for one in STEPS],
        evidence=len(row.evidence),
    )


def _freeze(session: Session) -> FreezeOut:
    row = current_freeze(session)
    if row is None:
        return FreezeOut(frozen=False)
    return FreezeOut(
        frozen=True,
        incident_id=row.incident_id,
        begun_at=row.begun_at,
        lift_asked=bool(row.lift_asked_by),
    )
