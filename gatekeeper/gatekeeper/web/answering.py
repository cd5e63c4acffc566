"""The office records answers by form, and takes a mistake back."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlmodel import Session

from gatekeeper.register_changes import Change
from gatekeeper.web.answer_form import Answered, TypedAnswer, Unusable, answered
from gatekeeper.web.changing import changing, done, pupil_path
from gatekeeper.web.errors import Conflict, NotFound
from gatekeeper.web.loading import RowId
from gatekeeper.web.pupil import show_pupil
from gatekeeper.web.scans import give_out_scan, keep_scan
from gatekeeper.web.security import Form, Posted, SignedIn
from gatekeeper.web.site import Caller, Visit
from gatekeeper_consent.consenting import NotNewest, set_consent, undo
from gatekeeper_consent.forms import UnusableForm
from gatekeeper_consent.guardians import guardians_of
from gatekeeper_consent.models import Consent, Pupil
from gatekeeper_consent.ports import NotTheirGuardian, UnknownPerson
from gatekeeper_queue.models import User
from gatekeeper_queue.notices import tell_parents
from gatekeeper_queue.people import Act

router = APIRouter()


@router.post("/register/{pupil_id}/answers")
def record_answer(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """Record a yes or a no for several uses at once, with the scan of the form."""
    visit.require(Act.EDIT_REGISTER)
    typed = TypedAnswer.read(form)
    try:
        answer = answered(typed, visit.school.today())
        with changing(visit, pupil_id) as change:
            record(visit, change, pupil_id, answer, _scan_id(visit, change, pupil_id, form))
    except NotTheirGuardian:
        problem = "This guardian has no say about the child any more. Choose another."
    except UnknownPerson:
        problem = "This child has left the school, so no answer can be recorded."
    except (Unusable, UnusableForm, ValueError) as error:
        problem = str(error)
    else:
        return done(pupil_path(pupil_id), "answered", change)
    return show_pupil(visit, pupil_id, problem=problem, typed=typed, status=422)


def record(
    caller: Caller,
    change: Change,
    pupil_id: str,
    answer: Answered,
    form_id: str | None = None,
) -> None:
    """Record one answer for each of its uses and scopes.

    `form_id` is the scan that shows it. Raises `NotTheirGuardian`, `UnknownForm`, and
    `UnknownPerson` for a child who has left.
    """
    session = change.session
    given_by = answer.signed_by
    if answer.guardian_id is not None:
        given_by = _known_as(session, answer.guardian_id, pupil_id)
    for use in answer.uses:
        for scope in answer.scopes:
            recorded = set_consent(
                session,
                pupil_id,
                use,
                scope,
                answer.decision,
                given_by=given_by,
                given_on=answer.given_on,
                expires_on=answer.expires_on,
                guardian_id=answer.guardian_id,
                form_id=form_id,
                **change.entry,
            )
            if recorded.lost:
                change.taken_back.add(use)
    if answer.guardian_id is not None:
        tell_parents(caller.school, session, "answer-recorded", pupil_id, [answer.guardian_id])
    change.guardian_id = answer.guardian_id
    change.scope = answer.scopes[0] if len(answer.scopes) == 1 else None


def _known_as(session: Session, guardian_id: str, pupil_id: str) -> str:
    """ "mother", or their name. Raises `NotTheirGuardian`."""
    for guardian, guardianship in guardians_of(session, pupil_id):
        if guardian.id == guardian_id:
            return guardianship.relation or guardian.name
    raise NotTheirGuardian(guardian_id)


def _scan_id(visit: Visit, change: Change, pupil_id: str, form: Form) -> str | None:
    if change.session.get(Pupil, pupil_id) is None:
        raise NotFound
    scan = form.upload("scan")
    return keep_scan(visit, change.session, pupil_id, scan).id if scan else None


@router.post("/register/{pupil_id}/answers/{consent_id}/undo")
def undo_answer(pupil_id: str, consent_id: RowId, visit: SignedIn, form: Posted) -> Response:
    """Say again what was said before. What a parent said themselves is not the office's."""
    visit.require(Act.EDIT_REGISTER)
    try:
        with changing(visit, pupil_id) as change:
            take_answer_back(change, pupil_id, consent_id)
    except NotNewest as error:
        raise Conflict("A newer answer has followed this one. Look at the page again.") from error
    return done(pupil_path(pupil_id), "undone", change)


def take_answer_back(change: Change, pupil_id: str, consent_id: int) -> None:
    """Say again what was said before. Raises `NotFound`, `NotNewest`, and `Conflict` for what a
    parent said themselves."""
    row = change.session.get(Consent, consent_id)
    if row is None or row.pupil_id != pupil_id:
        raise NotFound
    by = change.session.get(User, row.recorded_by)
    if by is not None and by.guardian_id is not None:
        raise Conflict("The parent said this themselves. Only they can change it.")
    undo(change.session, consent_id, **change.entry)


@router.get("/register/{pupil_id}/forms/{form_id}")
def form_scan(pupil_id: str, form_id: str, visit: SignedIn) -> Response:
    """The scan of a signed form, for the office alone; that it was read is on record (P06)."""
    visit.require(Act.EDIT_REGISTER)
    return give_out_scan(visit, pupil_id, form_id)
