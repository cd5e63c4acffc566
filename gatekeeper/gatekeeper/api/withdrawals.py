"""Withdrawals of consent, and how far they are."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter

from gatekeeper.api.access import Known
from gatekeeper.api.rows import known
from gatekeeper.api.shapes import Number, Page, Shape
from gatekeeper.web.loading import PAGE
from gatekeeper.web.withdrawals import listed_withdrawals
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import Withdrawal

router = APIRouter(prefix="/withdrawals", tags=["safety"])


class WithdrawalOut(Shape):
    """A withdrawal, until everything is gone."""

    id: str
    pupil_id: str
    at: datetime
    uses: list[str]
    everything: bool
    posts: list[str]
    """Ids of the posts that come down because of it."""
    unclear: list[str]
    """Ids of posts whose words may name the child: a person must look."""
    finished_at: datetime | None
    """When the last of the posts was seen to be gone."""


@router.get("")
def withdrawals(caller: Known, number: Number = 1) -> Page[WithdrawalOut]:
    """All of them: what is not finished first, then the newest."""
    caller.require(Act.EDIT_REGISTER, Act.TAKE_DOWN)
    with caller.school.database.read() as session:
        rows = listed_withdrawals(session, number)
    return Page(items=[WithdrawalOut.of(row) for row in rows[:PAGE]], more=len(rows) > PAGE)


@router.get("/{withdrawal_id}")
def withdrawal(withdrawal_id: str, caller: Known) -> WithdrawalOut:
    """How far a withdrawal is."""
    caller.require(Act.EDIT_REGISTER, Act.TAKE_DOWN)
    with caller.school.database.read() as session:
        return WithdrawalOut.of(known(session, Withdrawal, withdrawal_id))
