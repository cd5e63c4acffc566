"""Parents' objections to posts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from sqlmodel import Session

from gatekeeper.api.access import Known
from gatekeeper.api.rows import known
from gatekeeper.api.shapes import Page, PostOut, Shape, Text, post_out
from gatekeeper.web.site import Caller
from gatekeeper.web.views import post_view
from gatekeeper_queue.models import Post, User
from gatekeeper_queue.objections import (
    acknowledge,
    acknowledge_by,
    answer_of,
    by_urgency,
    decline,
    uphold,
    words_of,
)
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import Objection

router = APIRouter(prefix="/objections", tags=["safety"])


class ObjectionOut(Shape):
    """A parent's objection to a post."""

    id: str
    post: PostOut
    parent: str
    words: str
    at: datetime
    acknowledge_by: datetime
    acknowledged_at: datetime | None
    outcome: str
    """`upheld` or `declined`; empty until it is decided."""
    answer: str
    decided_at: datetime | None


class Decide(Shape):
    """The decision, and what the parent is told."""

    outcome: Literal["uphold", "decline"]
    answer: Text = ""


@router.get("")
def objections(caller: Known) -> Page[ObjectionOut]:
    """What is urgent first."""
    caller.require(Act.DECIDE_OBJECTIONS)
    with caller.school.database.read() as session:
        rows = by_urgency(session)
        return Page(items=[_objection(caller, session, row) for row in rows], more=False)


@router.post("/{objection_id}/acknowledge")
def do_acknowledge(objection_id: str, caller: Known) -> ObjectionOut:
    """Tell the parent that the school has seen it."""
    return _change_objection(
        caller,
        objection_id,
        lambda session, row: acknowledge(caller.school, session, caller.user, row),
    )


@router.post("/{objection_id}/decide")
def do_decide(objection_id: str, sent: Decide, caller: Known) -> ObjectionOut:
    """Uphold it, so that the picture stays down for good, or decline it, with an answer."""
    act = uphold if sent.outcome == "uphold" else decline
    return _change_objection(
        caller,
        objection_id,
        lambda session, row: act(caller.school, session, caller.user, row, sent.answer),
    )


def _change_objection(
    caller: Caller, objection_id: str, act: Callable[[Session, Objection], object]
) -> ObjectionOut:
    """Do it to an objection, and send what it is then."""
    caller.require(Act.DECIDE_OBJECTIONS)
    with caller.school.database.write() as session:
        row = known(session, Objection, objection_id)
        act(session, row)
        return _objection(caller, session, row)


def _objection(caller: Caller, session: Session, row: Objection) -> ObjectionOut:
    return ObjectionOut(
        id=row.id,
        post=post_out(post_view(session, session.get_one(Post, row.post_id))),
        parent=session.get_one(User, row.by).display_name,
        words=words_of(caller.school, row),
        at=row.at,
        acknowledge_by=acknowledge_by(row),
        acknowledged_at=row.acknowledged_at,
        outcome=row.outcome,
        answer=answer_of(caller.school, row),
        decided_at=row.decided_at,
    )
