"""The staff list: who may be named, and counts as no pupil."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gatekeeper.web.changing import changing, day_in, done, told
from gatekeeper.web.errors import NotFound
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_consent.contents import StaffRow
from gatekeeper_consent.people import staff
from gatekeeper_consent.ports import UnknownPerson
from gatekeeper_consent.records import biometric_in_force
from gatekeeper_consent.roll import add_staff, change_staff, staff_come_back, staff_leave
from gatekeeper_queue.people import Act

router = APIRouter()

_PATH = "/register/staff"


@router.get(_PATH)
def staff_page(visit: SignedIn, done: str = "", down: str = "") -> Response:
    return _page(visit, message=told(done, down))


def _page(
    visit: Visit,
    *,
    message: str = "",
    problem: str = "",
    typed: StaffRow | None = None,
    status: int = 200,
) -> Response:
    visit.require(Act.EDIT_REGISTER)
    with visit.school.database.read() as session:
        everybody = sorted(
            staff(session, leavers=True),
            key=lambda who: (who.left_on is not None, who.last_name, who.first_name),
        )
        known = biometric_in_force(
            session, visit.school.today(), [who.staff_id for who in everybody]
        )
    return visit.page(
        "staff.html",
        status=status,
        staff=everybody,
        recognised=known,
        today=visit.school.today(),
        typed=typed or StaffRow("", "", "", ""),
        message=message,
        problem=problem,
    )


@router.post(_PATH)
def add(visit: SignedIn, form: Posted) -> Response:
    visit.require(Act.EDIT_REGISTER)
    texts = (form.text(name) for name in ("title", "first_name", "last_name"))
    typed = StaffRow(form.text("staff_id").strip(), *texts)
    try:
        with changing(visit, typed.staff_id) as change:
            add_staff(change.session, typed, record=change.record)
    except ValueError as error:
        return _page(visit, problem=str(error), typed=typed, status=422)
    return done(_PATH, "added", change)


@router.post("/register/staff/{staff_id}/edit")
def edit(staff_id: str, visit: SignedIn, form: Posted) -> Response:
    visit.require(Act.EDIT_REGISTER)
    texts = (form.text(name) for name in ("title", "first_name", "last_name"))
    try:
        with changing(visit, staff_id) as change:
            change_staff(change.session, StaffRow(staff_id, *texts), record=change.record)
    except UnknownPerson as error:
        raise NotFound from error
    except ValueError as error:
        return _page(visit, problem=str(error), status=422)
    return done(_PATH, "changed", change)


@router.post("/register/staff/{staff_id}/leave")
def left(staff_id: str, visit: SignedIn, form: Posted) -> Response:
    """Nobody recognises them any more, and posts with them come down."""
    visit.require(Act.EDIT_REGISTER)
    school, day = visit.school, day_in(form.text("left_on"))
    if day is None or day > school.today():
        problem = "Give the day on which the colleague left: today, or a day before."
        return _page(visit, problem=problem, status=422)
    try:
        with changing(visit, staff_id) as change:
            staff_leave(change.session, staff_id, day, today=school.today(), record=change.record)
    except UnknownPerson as error:
        raise NotFound from error
    return done(_PATH, "left", change)


@router.post("/register/staff/{staff_id}/return")
def returned(staff_id: str, visit: SignedIn, form: Posted) -> Response:
    visit.require(Act.EDIT_REGISTER)
    try:
        with changing(visit, staff_id) as change:
            staff_come_back(change.session, staff_id, record=change.record)
    except UnknownPerson as error:
        raise NotFound from error
    return done(_PATH, "returned", change)
