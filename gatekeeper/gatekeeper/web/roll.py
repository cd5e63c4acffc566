"""The office keeps the roll by hand: who joins, is called otherwise, leaves, comes back."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gatekeeper.web.changing import changing, day_in, done, pupil_path
from gatekeeper.web.content_form import classes
from gatekeeper.web.errors import NotFound
from gatekeeper.web.pupil import show_pupil
from gatekeeper.web.security import Form, Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_consent.contents import RollRow
from gatekeeper_consent.ports import UnknownPerson
from gatekeeper_consent.roll import add_pupil, change_pupil, come_back, leave
from gatekeeper_queue.people import Act

router = APIRouter()

_FIELDS = ("first_name", "middle_names", "last_name", "preferred_name", "class_name", "year")


@router.get("/register/new")
def new_pupil(visit: SignedIn) -> Response:
    return _new(visit, RollRow("", "", "", "", "", "", ""))


def _new(visit: Visit, typed: RollRow, problem: str = "", status: int = 200) -> Response:
    visit.require(Act.EDIT_REGISTER)
    with visit.school.database.read() as session:
        offered = classes(session)
    return visit.page(
        "new_pupil.html", status=status, typed=typed, classes=offered, problem=problem
    )


@router.post("/register/new")
def add(visit: SignedIn, form: Posted) -> Response:
    visit.require(Act.EDIT_REGISTER)
    typed = _row(form.text("pupil_id").strip(), form)
    try:
        with changing(visit, typed.pupil_id) as change:
            add_pupil(change.session, typed, record=change.record)
    except ValueError as error:
        return _new(visit, typed, str(error), 422)
    return done(pupil_path(typed.pupil_id), "added", change)


def _row(pupil_id: str, form: Form) -> RollRow:
    return RollRow(pupil_id, *(form.text(name) for name in _FIELDS))


@router.post("/register/{pupil_id}/edit")
def edit(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """A changed name or class: the same child, with the same number and answers."""
    visit.require(Act.EDIT_REGISTER)
    try:
        with changing(visit, pupil_id) as change:
            change_pupil(change.session, _row(pupil_id, form), record=change.record)
    except UnknownPerson as error:
        raise NotFound from error
    except ValueError as error:
        return show_pupil(visit, pupil_id, problem=str(error), status=422)
    return done(pupil_path(pupil_id), "changed", change)


@router.post("/register/{pupil_id}/leave")
def left(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """From now on nothing is permitted, and the machine forgets the face."""
    visit.require(Act.EDIT_REGISTER)
    school, day = visit.school, day_in(form.text("left_on"))
    if day is None or day > school.today():
        problem = "Give the day on which the child left: today, or a day before."
        return show_pupil(visit, pupil_id, problem=problem, status=422)
    try:
        with changing(visit, pupil_id) as change:
            leave(change.session, pupil_id, day, today=school.today(), record=change.record)
    except UnknownPerson as error:
        raise NotFound from error
    return done(pupil_path(pupil_id), "left", change)


@router.post("/register/{pupil_id}/return")
def returned(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """On the roll again, with the answers on record."""
    visit.require(Act.EDIT_REGISTER)
    try:
        with changing(visit, pupil_id) as change:
            come_back(change.session, pupil_id, record=change.record)
    except UnknownPerson as error:
        raise NotFound from error
    return done(pupil_path(pupil_id), "returned", change)
