"""The front door, what a rule is for, and the sign of life."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from gatekeeper.catalogue import rule_to_json
from gatekeeper.web.security import SignedIn
from gatekeeper_detectors.rules import ALL_RULES
from gatekeeper_queue.people import Act

router = APIRouter()


@router.get("/")
def home(visit: SignedIn) -> Response:
    """Where each role begins its day."""
    if visit.may(Act.REVIEW):
        return RedirectResponse("/review", 303)
    return RedirectResponse("/submissions" if visit.may(Act.SUBMIT) else "/register", 303)


@router.get("/rules")
def rules(visit: SignedIn) -> Response:
    """Every rule, with what this school's policy makes of it."""
    settings = visit.school.policy.settings
    catalogue = [(rule_to_json(rule), settings[rule.id]) for rule in ALL_RULES]
    return visit.page("rules.html", catalogue=catalogue, policy=visit.school.policy)


@router.get("/healthz")
def healthz() -> Response:
    return PlainTextResponse("ok")
