"""The adults on the register: who has a say about a child, and the staff list."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from gatekeeper.api.access import Known
from gatekeeper.api.pupil_shapes import Changed, LeaveIn
from gatekeeper.api.pupils import change_child, refusals
from gatekeeper.api.rows import known
from gatekeeper.api.shapes import Name, Page, Shape
from gatekeeper.register_changes import Change
from gatekeeper.web.changing import changing
from gatekeeper.web.guardians import give_say_to
from gatekeeper.web.site import Caller
from gatekeeper_consent.contents import StaffRow
from gatekeeper_consent.guardians import change_guardian, end_say, require_guardian
from gatekeeper_consent.models import StaffMember
from gatekeeper_consent.records import biometric_in_force
from gatekeeper_consent.register import staff
from gatekeeper_consent.roll import add_staff, change_staff, staff_come_back, staff_leave
from gatekeeper_queue.people import Act

router = APIRouter(tags=["register"])


class GuardianIn(Shape):
    """Somebody with a say about a child."""

    name: Name
    email: Name = ""
    relation: Name = ""
    """What they are to the child: mother, carer …"""


class GuardianNow(Shape):
    """A corrected name or address."""

    name: Name
    email: Name = ""


class ColleagueIn(Shape):
    """A line of the staff list."""

    title: Name = ""
    first_name: Name = ""
    last_name: Name


class NewColleague(ColleagueIn):
    """Somebody who joins the staff."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class ColleagueOut(Shape):
    """A member of staff: may be named, and counts as no pupil."""

    id: str
    title: str
    first_name: str
    last_name: str
    left_on: date | None
    recognised: bool
    """May the machine know the face?"""


@router.post("/pupils/{pupil_id}/guardians", status_code=201)
def add_one(pupil_id: str, sent: GuardianIn, caller: Known) -> Changed:
    """Give somebody a say. With a name and address that the register knows it is that person."""
    return change_child(
        caller,
        pupil_id,
        lambda change: give_say_to(change, pupil_id, sent.name, sent.email, sent.relation),
    )


@router.put("/pupils/{pupil_id}/guardians/{guardian_id}")
def correct(pupil_id: str, guardian_id: str, sent: GuardianNow, caller: Known) -> Changed:
    """Correct a name or an address."""

    def act(change: Change) -> None:
        require_guardian(change.session, guardian_id, pupil_id)
        change_guardian(change.session, guardian_id, sent.name, sent.email, record=change.record)

    return change_child(caller, pupil_id, act)


@router.post("/pupils/{pupil_id}/guardians/{guardian_id}/end")
def end(pupil_id: str, guardian_id: str, caller: Known) -> Changed:
    """End a say: what was permitted by this guardian's word alone no longer is."""
    return change_child(
        caller,
        pupil_id,
        lambda change: end_say(change.session, guardian_id, pupil_id, **change.entry),
    )


@router.get("/staff")
def colleagues(caller: Known) -> Page[ColleagueOut]:
    """The staff list, with those who left."""
    caller.require(Act.EDIT_REGISTER)
    with caller.school.database.read() as session:
        found = sorted(staff(session, leavers=True), key=lambda who: who.staff_id)
        knows = biometric_in_force(session, caller.school.today(), [who.staff_id for who in found])
    items = [_out(who, knows) for who in found]
    return Page(items=items, more=False)


@router.post("/staff", status_code=201)
def add_colleague(sent: NewColleague, caller: Known) -> ColleagueOut:
    """Somebody who joins."""
    row = StaffRow(sent.id, sent.title, sent.first_name, sent.last_name)
    return _change(
        caller, sent.id, lambda change: add_staff(change.session, row, record=change.record)
    )


@router.put("/staff/{staff_id}")
def edit_colleague(staff_id: str, sent: ColleagueIn, caller: Known) -> ColleagueOut:
    """A changed name or title."""
    row = StaffRow(staff_id, sent.title, sent.first_name, sent.last_name)
    return _change(
        caller, staff_id, lambda change: change_staff(change.session, row, record=change.record)
    )


@router.post("/staff/{staff_id}/leave")
def colleague_left(staff_id: str, sent: LeaveIn, caller: Known) -> ColleagueOut:
    """Nobody recognises them any more, and posts with them come down."""
    today = caller.school.today()
    return _change(
        caller,
        staff_id,
        lambda change: staff_leave(
            change.session, staff_id, sent.left_on, today=today, record=change.record
        ),
    )


@router.post("/staff/{staff_id}/return")
def colleague_returned(staff_id: str, caller: Known) -> ColleagueOut:
    """They are here again."""
    return _change(
        caller,
        staff_id,
        lambda change: staff_come_back(change.session, staff_id, record=change.record),
    )


def _change(caller: Caller, staff_id: str, act: Callable[[Change], object]) -> ColleagueOut:
    caller.require(Act.EDIT_REGISTER)
    with refusals(), changing(caller, staff_id) as change:
        act(change)
    with caller.school.database.read() as session:
        who = known(session, StaffMember, staff_id)
        return _out(who, biometric_in_force(session, caller.school.today(), [staff_id]))


def _out(who: StaffMember, knows: Collection[str]) -> ColleagueOut:
    """`knows`: ids of those whom the machine may know."""
    return ColleagueOut(
        id=who.staff_id,
        title=who.title,
        first_name=who.first_name,
        last_name=who.last_name,
        left_on=who.left_on,
        recognised=who.staff_id in knows,
    )
