"""The governors' report on a page and as a file, and the note that the policy was reviewed."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gatekeeper.report.figures import POLICY_REVIEW, policy_reviewed_on
from gatekeeper.report.files import report_file, report_page
from gatekeeper.web.errors import NotFound
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_queue.models import Meta
from gatekeeper_queue.notices import settle
from gatekeeper_queue.people import Act
from gatekeeper_queue.terms import Span

router = APIRouter()

_BAD_DAYS = "Choose a first day, and a last day that is not before it."
_YEARLY = timedelta(days=365)
_TYPES = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}


@router.get("/reports")
def reports(visit: SignedIn, term: str = "", first: str = "", last: str = "") -> Response:
    """The report on this term, the last one, or any days."""
    visit.require(Act.SEE_REPORTS)
    span = _span(visit, term, first, last)
    problem = _BAD_DAYS if span is None else ""
    this = visit.school.days.term_of(visit.school.today())
    shown = span or this
    with visit.school.database.read() as session:
        reviewed = policy_reviewed_on(session)
    today = visit.school.today()
    return visit.page(
        "reports.html",
        status=422 if problem else 200,
        page=report_page(visit.school, visit.site.settings, shown),
        span=shown,
        terms=[("this", this), ("last", visit.school.days.term_before(this))],
        may_review=visit.may(Act.CONFIRM_SETTINGS),
        review_due=reviewed is None or today - reviewed > _YEARLY,
        problem=problem,
    )


@router.get("/reports/governors.{ending}")
def file(ending: str, visit: SignedIn, first: str = "", last: str = "") -> Response:
    """The same report to mail or print."""
    visit.require(Act.SEE_REPORTS)
    span = _span(visit, "", first, last)
    if span is None or ending not in _TYPES:
        raise NotFound
    data = report_file(visit.school, visit.site.settings, span, f".{ending}")
    name = f"governors-{span.first}-{span.last}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=_TYPES[ending], headers=headers)


@router.post("/reports/policy-reviewed")
def policy_reviewed(visit: SignedIn, form: Posted) -> Response:
    """The head says that the school has reviewed its policy today (P22)."""
    visit.require(Act.CONFIRM_SETTINGS)
    school, today = visit.school, visit.school.today().isoformat()
    with school.database.write() as session:
        row = session.get(Meta, POLICY_REVIEW) or Meta(name=POLICY_REVIEW, value="")
        row.value = today
        session.add(row)
        settle(session, school.clock(), ("policy-review-due",), "policy")
        school.audit.append(session, visit.user.id, "policy.reviewed", "policy", {"on": today})
    return RedirectResponse("/reports", 303)


def _span(visit: Visit, term: str, first: str, last: str) -> Span | None:
    """The days that are asked for; this term where none are; None for what is no span."""
    this = visit.school.days.term_of(visit.school.today())
    if not (first or last):
        return visit.school.days.term_before(this) if term == "last" else this
    try:
        days = Span(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        return None
    if days.last < days.first or days.first.year < 2000 or days.last.year > 2999:
        return None
    named = visit.school.days.term_of(days.first)
    return named if (named.first, named.last) == (days.first, days.last) else days
