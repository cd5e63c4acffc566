"""Whose token it is, and what it may do."""

from __future__ import annotations

from fastapi import APIRouter

from gatekeeper.api.access import Known
from gatekeeper.api.shapes import Shape
from gatekeeper_queue.people import ALLOWED, Role

router = APIRouter(tags=["me"])


class Me(Shape):
    """A person."""

    id: str
    name: str
    email: str
    role: str
    may: list[str]
    """What the role allows."""


@router.get("/me")
def me(caller: Known) -> Me:
    """The person whose token it is."""
    user = caller.user
    may = sorted(str(act) for act in ALLOWED[Role(user.role)])
    return Me(id=user.id, name=user.display_name, email=user.email, role=user.role, may=may)
