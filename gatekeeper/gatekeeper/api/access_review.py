"""The yearly review of who may do what."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter

from gatekeeper.api.access import Known
from gatekeeper.api.shapes import Shape, Text
from gatekeeper.staffing import last_sign_ins
from gatekeeper_queue.access_review import (
    access_review_due,
    differences,
    digest_of,
    last_review,
    listed,
    sign_off,
)
from gatekeeper_queue.people import Act

router = APIRouter(prefix="/access-review", tags=["staff"])


class AccessOut(Shape):
    """Who may do what, as the yearly review lists it."""

    due: date
    listed: list[dict[str, Any]]
    digest: str
    """To be said when it is signed off."""
    differences: list[str]
    """What is otherwise than at the last review."""


class SignOff(Shape):
    """The head's signature."""

    digest: str
    note: Text = ""


@router.get("")
def access(caller: Known) -> AccessOut:
    """The yearly review."""
    caller.require(Act.SEE_REPORTS, Act.MANAGE_ACCOUNTS)
    school = caller.school
    with school.database.read() as session:
        rows = listed(session, last_sign_ins(session))
        before = last_review(session)
        return AccessOut(
            due=access_review_due(school, session),
            listed=rows,
            digest=digest_of(rows),
            differences=[
                f"{one.kind} {one.id} {one.what}"
                for one in (differences(before.listed, rows) if before else [])
            ],
        )


@router.post("", status_code=204)
def do_sign_off(sent: SignOff, caller: Known) -> None:
    """The head signs off what the review lists."""
    caller.require(Act.CONFIRM_SETTINGS)
    with caller.school.database.write() as session:
        seen = last_sign_ins(session)
        sign_off(caller.school, session, caller.user, seen, sent.digest, sent.note)
