"""Mark a child as never to be published, and lift it again."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gatekeeper.web.changing import changing, done, pupil_path
from gatekeeper.web.errors import NotFound
from gatekeeper.web.pupil import show_pupil
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper_consent.ports import UnknownPerson
from gatekeeper_consent.protecting import lift_protection, protect
from gatekeeper_queue.people import Act

router = APIRouter()


@router.post("/register/{pupil_id}/protect")
def set_protection(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """By the office or the head; it counts at once, whatever anybody agreed to."""
    if not visit.may(Act.LIFT_PROTECTION):
        visit.require(Act.EDIT_REGISTER)
    try:
        with changing(visit, pupil_id) as change:
            protect(change.session, pupil_id, form.text("reason")[:500], **change.entry)
    except UnknownPerson as error:
        raise NotFound from error
    except ValueError as error:
        return show_pupil(visit, pupil_id, problem=str(error), status=422)
    return done(pupil_path(pupil_id), "protected", change)


@router.post("/register/{pupil_id}/unprotect")
def lift(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """By the head alone."""
    visit.require(Act.LIFT_PROTECTION)
    try:
        with changing(visit, pupil_id) as change:
            lift_protection(change.session, pupil_id, form.text("reason")[:500], **change.entry)
    except UnknownPerson as error:
        raise NotFound from error
    except ValueError as error:
        return show_pupil(visit, pupil_id, problem=str(error), status=422)
    return done(pupil_path(pupil_id), "lifted", change)
