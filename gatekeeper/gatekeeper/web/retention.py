"""What is kept for how long, and what goes next."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Response

from gatekeeper.keeping import sweep_of
from gatekeeper.web.security import SignedIn
from gatekeeper_queue.people import Act

router = APIRouter()

_AHEAD = timedelta(days=7)


@router.get("/retention")
def retention(visit: SignedIn) -> Response:
    """Each kind of thing with its days, and how much goes tonight and within a week."""
    visit.require(Act.SEE_AUDIT)
    sweep = sweep_of(visit.school)
    tonight, week = sweep.previews(timedelta(0), _AHEAD)
    rows = [
        (kind, kind.days(visit.school.periods), tonight[kind.name], week[kind.name])
        for kind in sweep.kinds
    ]
    return visit.page(
        "retention.html", rows=rows, periods=visit.school.periods, paused=sweep.paused()
    )
