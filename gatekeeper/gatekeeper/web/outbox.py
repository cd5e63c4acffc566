"""What could not be mailed, for the technician, and a notice to try the settings with."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import col, func, select

from gatekeeper.outbox import stuck_notices
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper_queue.notices import tell
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import Notice

router = APIRouter()


@router.get("/outbox")
def outbox(visit: SignedIn, tried: str = "") -> Response:
    """Whether notices are mailed, and those that were not taken."""
    visit.require(Act.MANAGE_ACCOUNTS)
    settings = visit.site.settings
    unsent = select(func.count()).where(col(Notice.sent_at).is_(None))
    with visit.school.database.read() as session:
        stuck = stuck_notices(session)
        waiting = session.exec(unsent).one()
    return visit.page(
        "outbox.html",
        stuck=stuck,
        waiting=waiting,
        mails=settings.mails_people,
        alerts=len(settings.esafety_urls.get_secret_value().split()),
        message="Sent to the outbox. Look at your mail in a minute." if tried else "",
    )


@router.post("/outbox/try")
def try_it(visit: SignedIn, form: Posted) -> Response:
    """A notice to this person and to the e-safety address."""
    visit.require(Act.MANAGE_ACCOUNTS)
    with visit.school.database.write() as session:
        tell(
            visit.school, session, "mail-tried", visit.user.id, users=[visit.user.id], esafety=True
        )
    return RedirectResponse("/outbox?tried=yes", 303)
