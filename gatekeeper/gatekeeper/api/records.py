"""What the school keeps of its publishing: the governors' figures, and the audit log."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter

from gatekeeper.api.access import Known
from gatekeeper.api.problems import Unusable
from gatekeeper.api.shapes import EventOut, Number, Page, Shape, events_out
from gatekeeper.keeping import sweep_of
from gatekeeper.report.figures import Figures, figures_for
from gatekeeper.web.activity import events_for
from gatekeeper_queue.people import Act
from gatekeeper_queue.terms import Span

router = APIRouter(tags=["records"])


class Whole(Shape):
    """Whether the audit log is whole."""

    whole: bool
    breaks: list[str]


class KeptOut(Shape):
    """One kind of thing that is kept."""

    name: str
    what: str
    since: str
    """From when its days count."""
    days: int
    tonight: int
    """How much of it goes tonight."""


@router.get("/report")
def report(caller: Known, first: date | None = None, last: date | None = None) -> Figures:
    """The governors' report in figures, on this term or on any days."""
    caller.require(Act.SEE_REPORTS)
    school = caller.school
    span = school.days.term_of(school.today())
    if first is not None or last is not None:
        if first is None or last is None or last < first or not 2000 <= first.year <= 2999:
            raise Unusable("Give a first day, and a last day that is not before it.")
        span = Span(first, last)
    with school.database.read() as session:
        return figures_for(school, session, span)


@router.get("/activity")
def activity(caller: Known, number: Number = 1) -> Page[EventOut]:
    """The audit log for who may see it, else one's own part; the newest first."""
    with caller.school.database.read() as session:
        events, more = events_for(caller, session, number)
    return Page(items=events_out(events), more=more)


@router.post("/activity/verify")
def verify(caller: Known) -> Whole:
    """Go through the whole chain."""
    caller.require(Act.SEE_AUDIT)
    with caller.school.database.read() as session:
        breaks = [f"event {one.seq}: {one.what}" for one in caller.school.audit.verify(session)]
    return Whole(whole=not breaks, breaks=breaks)


@router.get("/retention")
def retention(caller: Known) -> Page[KeptOut]:
    """What is kept for how long, and how much goes tonight."""
    caller.require(Act.SEE_AUDIT)
    sweep = sweep_of(caller.school)
    tonight = sweep.preview()
    items = [
        KeptOut(
            name=kind.name,
            what=kind.what,
            since=kind.since,
            days=kind.days(caller.school.periods),
            tonight=tonight[kind.name],
        )
        for kind in sweep.kinds
    ]
    return Page(items=items, more=False)
