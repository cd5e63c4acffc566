"""What could not be mailed, for the technician, and a notice to try the settings with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import col, func, select

from gatekeeper.outbox import Stuck, stuck_notices
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Caller
from gatekeeper_queue.notices import tell
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import Notice

router = APIRouter()


@dataclass(frozen=True)
class OutboxView:
    """Whether notices are mailed, and those that were not taken."""

    mails: bool
    """Are people mailed?"""
    alerts: int
    """How many e-safety addresses are in use."""
    waiting: int
    stuck: Sequence[Stuck]


@router.get("/outbox")
def outbox(visit: SignedIn, tried: str = "") -> Response:
    view = outbox_view(visit)
    return visit.page(
        "outbox.html",
        stuck=view.stuck,
        waiting=view.waiting,
        mails=view.mails,
        alerts=view.alerts,
        message="Sent to the outbox. Look at your mail in a minute." if tried else "",
    )


def outbox_view(caller: Caller) -> OutboxView:
    """How it stands, for the technician."""
    caller.require(Act.MANAGE_ACCOUNTS)
    settings = caller.site.settings
    unsent = select(func.count()).where(col(Notice.sent_at).is_(None))
    with caller.school.database.read() as session:
        return OutboxView(
            mails=settings.mails_people,
            alerts=len(settings.esafety_urls.get_secret_value().split()),
            waiting=session.exec(unsent).one(),
            stuck=stuck_notices(session),
        )


@router.post("/outbox/try")
def try_it(visit: SignedIn, form: Posted) -> Response:
    """A notice to this person and to the e-safety address."""
    send_test(visit)
    return RedirectResponse("/outbox?tried=yes", 303)


def send_test(caller: Caller) -> None:
    """Put a notice to this person and to the e-safety address into the outbox."""
    caller.require(Act.MANAGE_ACCOUNTS)
    school, user_id = caller.school, caller.user.id
    with school.database.write() as session:
        tell(school, session, "mail-tried", user_id, users=[user_id], esafety=True)
