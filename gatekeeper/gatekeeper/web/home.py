"""The front door, help, what a rule is for, and the sign of life."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from gatekeeper.catalogue import rule_to_json
from gatekeeper.web.security import SignedIn
from gatekeeper_detectors.rules import ALL_RULES
from gatekeeper_queue.people import Act

router = APIRouter()

_FIRST = (
    (Act.REVIEW, "/review"),
    (Act.SUBMIT, "/submissions"),
    (Act.LOOK_UP_CONSENT, "/register"),
    (Act.OWN_CHILDREN, "/family"),
    (Act.MANAGE_ACCOUNTS, "/status"),
    (Act.SEE_REPORTS, "/reports"),
)
"""Where each role begins its day: the first of these that it may do."""


@router.get("/")
def home(visit: SignedIn) -> Response:
    """Where each role begins its day."""
    return RedirectResponse(next(path for act, path in _FIRST if visit.may(act)), 303)


@router.get("/help")
def help_page(visit: SignedIn) -> Response:
    """What this person does here, and how: one page per role."""
    return visit.page("help.html")


@router.get("/rules")
def rules(visit: SignedIn) -> Response:
    """Every rule, with what this school's policy makes of it."""
    settings = visit.school.policy.settings
    catalogue = [(rule_to_json(rule), settings[rule.id]) for rule in ALL_RULES]
    return visit.page("rules.html", catalogue=catalogue, policy=visit.school.policy)


@router.get("/healthz")
def healthz() -> Response:
    return PlainTextResponse("ok")
