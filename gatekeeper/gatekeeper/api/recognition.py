"""The lock of face recognition: what is on record, proposing it, and locking it again."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from gatekeeper.api.access import Known
from gatekeeper.api.shapes import Name, Shape
from gatekeeper.web.recognition import delete_all, lock, lock_view, propose_unlocking
from gatekeeper.web.site import Caller

router = APIRouter(prefix="/recognition", tags=["recognition"])


class SafeguardsOut(Shape):
    """What must be on record before a machine may recognise anybody."""

    assessed_on: date
    """Day of the data-protection impact assessment."""
    officer: str
    """Name of the data-protection officer."""
    consulted_on: date
    """Day of the consultation."""


class LockOut(Shape):
    """Whether anybody is recognised, and why not."""

    locked: str
    """Why nobody is; empty where people are."""
    on_record: SafeguardsOut | None
    waiting: str | None
    """Id of the change that waits for the head (`/changes`)."""
    stored: int
    """Of how many people there are reference pictures."""


class SafeguardsIn(Shape):
    """The three facts."""

    assessed_on: date
    officer: Name
    consulted_on: date
    why: Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
    """One sentence for the head."""


@router.get("")
def recognition(caller: Known) -> LockOut:
    """How it stands."""
    return _lock(caller)


@router.post("", status_code=202)
def do_propose(sent: SafeguardsIn, caller: Known) -> LockOut:
    """Propose the three facts; recognition begins when the head has confirmed them."""
    given = {name: str(getattr(sent, name)) for name in SafeguardsOut.model_fields}
    propose_unlocking(caller, given, sent.why)
    return _lock(caller)


@router.post("/lock")
def do_lock(caller: Known) -> LockOut:
    """Lock it: from now on nobody is recognised. What was learnt stays, and nothing uses it."""
    lock(caller)
    return _lock(caller)


@router.post("/delete")
def do_delete(caller: Known) -> LockOut:
    """Delete what is stored of everybody's face, where nobody is recognised."""
    delete_all(caller)
    return _lock(caller)


def _lock(caller: Caller) -> LockOut:
    view = lock_view(caller)
    return LockOut(
        locked=view.reason,
        on_record=SafeguardsOut.of(view.facts) if view.facts else None,
        waiting=view.waiting.id if view.waiting else None,
        stored=view.stored,
    )
