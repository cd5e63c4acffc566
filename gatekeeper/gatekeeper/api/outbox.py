"""The outbox: notices that are still to be mailed, for the technician."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter

from gatekeeper.api.access import Known
from gatekeeper.api.shapes import Shape
from gatekeeper.web.outbox import outbox_view, send_test

router = APIRouter(prefix="/outbox", tags=["notices"])


class StuckOut(Shape):
    """Notices that a mail server did not take, for one reason."""

    number: int
    since: datetime
    attempts: int
    reason: str
    to_esafety: bool
    """Are they to the e-safety address, and not to people?"""


class OutboxOut(Shape):
    """Whether notices are mailed, and those that were not taken."""

    mails: bool
    """Are people mailed?"""
    alerts: int
    """How many e-safety addresses are in use."""
    waiting: int
    stuck: list[StuckOut]
    """They are tried again until they are taken, at least once an hour."""


@router.get("")
def outbox(caller: Known) -> OutboxOut:
    """What waits, and what is stuck."""
    view = outbox_view(caller)
    return OutboxOut(
        mails=view.mails,
        alerts=view.alerts,
        waiting=view.waiting,
        stuck=[StuckOut.of(one) for one in view.stuck],
    )


@router.post("/try", status_code=204)
def do_try(caller: Known) -> None:
    """A test notice to this person and to the e-safety address."""
    send_test(caller)
