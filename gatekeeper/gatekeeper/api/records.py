"""What the school keeps of its publishing: the governors' figures, and the audit log."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter

from gatekeeper.api.access import Known
from gatekeeper.api.problems import Unusable
from gatekeeper.report.figures import Figures, figures_for
from gatekeeper_queue.people import Act
from gatekeeper_queue.terms import Span

router = APIRouter(tags=["records"])


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
