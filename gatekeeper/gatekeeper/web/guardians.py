"""The office keeps who has a say about a child."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlmodel import Session, select

from gatekeeper.register_changes import Change
from gatekeeper.web.changing import changing, done, pupil_path
from gatekeeper.web.errors import NotFound
from gatekeeper.web.pupil import TypedGuardian, show_pupil
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper_consent.guardians import (
    add_guardian,
    change_guardian,
    end_say,
    give_say,
    require_guardian,
)
from gatekeeper_consent.models import Guardian
from gatekeeper_consent.people import folded
from gatekeeper_consent.ports import NotTheirGuardian, UnknownPerson
from gatekeeper_queue.people import Act

router = APIRouter()


@router.post("/register/{pupil_id}/guardians")
def add(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """Give somebody a say. Who is on the register already, with the same name and address,
    is the same person: the parent of a brother or sister.
    """
    visit.require(Act.EDIT_REGISTER)
    typed = TypedGuardian(form.text("name"), form.text("email"), form.text("relation"))
    try:
        with changing(visit, pupil_id) as change:
            give_say_to(change, pupil_id, typed.name, typed.email, typed.relation)
    except UnknownPerson as error:
        raise NotFound from error
    except ValueError as error:
        return show_pupil(visit, pupil_id, problem=str(error), new_guardian=typed, status=422)
    return done(pupil_path(pupil_id), "guardian", change)


def give_say_to(change: Change, pupil_id: str, name: str, email: str, relation: str) -> None:
    """Raises `UnknownPerson`, ValueError."""
    session = change.session
    guardian = _known(session, name, email) or add_guardian(session, name, email, **change.entry)
    give_say(session, guardian.id, pupil_id, relation, **change.entry)


def _known(session: Session, name: str, email: str) -> Guardian | None:
    address = email.strip().lower()
    if not address:
        return None
    same = session.exec(select(Guardian).where(Guardian.email == address))
    wanted = folded(name).split()
    return next((one for one in same if folded(one.name).split() == wanted), None)


@router.post("/register/{pupil_id}/guardians/{guardian_id}")
def change_one(pupil_id: str, guardian_id: str, visit: SignedIn, form: Posted) -> Response:
    """Correct a name or an address."""
    visit.require(Act.EDIT_REGISTER)
    try:
        with changing(visit, pupil_id) as change:
            require_guardian(change.session, guardian_id, pupil_id)
            change_guardian(
                change.session,
                guardian_id,
                form.text("name"),
                form.text("email"),
                record=change.record,
            )
    except NotTheirGuardian as error:
        raise NotFound from error
    except ValueError as error:
        return show_pupil(visit, pupil_id, problem=str(error), status=422)
    return done(pupil_path(pupil_id), "guardian-changed", change)


@router.post("/register/{pupil_id}/guardians/{guardian_id}/end")
def end(pupil_id: str, guardian_id: str, visit: SignedIn, form: Posted) -> Response:
    """End a say: what was permitted by this guardian's word alone no longer is."""
    visit.require(Act.EDIT_REGISTER)
    try:
        with changing(visit, pupil_id) as change:
            end_say(change.session, guardian_id, pupil_id, **change.entry)
    except NotTheirGuardian as error:
        raise NotFound from error
    return done(pupil_path(pupil_id), "guardian-ended", change)
