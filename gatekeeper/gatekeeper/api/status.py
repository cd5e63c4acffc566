"""Is everything running?"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter

from gatekeeper.api.access import Known
from gatekeeper.api.shapes import Page, Shape
from gatekeeper.web.status import Fact, facts_of

router = APIRouter(tags=["status"])


class FactOut(Shape):
    """One thing that runs, or does not."""

    about: str
    look: Literal["ok", "wait", "ask", "no", "off"]
    """`no`: see to it now; `ask`: look at it; `wait`: at work; `off`: not used."""
    word: str
    sentence: str


@router.get("/status")
def status(caller: Known) -> Page[FactOut]:
    """Everything that must run, in the order in which it matters."""
    return Page(items=[_fact(fact) for fact in facts_of(caller)], more=False)


def _fact(fact: Fact) -> FactOut:
    return FactOut(about=fact.about, **vars(fact.words))
