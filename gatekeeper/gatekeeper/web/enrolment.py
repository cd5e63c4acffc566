"""The faces that the machine may know: who agreed, the reference pictures, and taking new ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from gatekeeper.enrolling import CannotEnrol, Tried, enrol_pictures, forget_picture
from gatekeeper.web.errors import NotFound
from gatekeeper.web.face_views import FaceCard, face_card, overview
from gatekeeper.web.loading import RowId
from gatekeeper.web.security import Form, Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper.web.uploads import problem_with
from gatekeeper_consent.biometric import give_biometric, set_child_refusal, withdraw_biometric
from gatekeeper_consent.forms import UnusableForm, add_form
from gatekeeper_consent.models import Guardian, ReferenceFace
from gatekeeper_consent.ports import NotTheirGuardian, UnknownPerson
from gatekeeper_detectors.faces.engine import engine_for
from gatekeeper_detectors.faces.search import FacePool
from gatekeeper_queue.notices import tell_parents
from gatekeeper_queue.people import Act
from gatekeeper_queue.recheck import register_changed
from gatekeeper_queue.recognition import tell_guardians, why_not

router = APIRouter()

_MOST = 100
"""So many of those to be photographed are listed at once."""

_FAMILY = "family"
_LONGEST = 200
_DONE = {
    "answer": "The answer is recorded.",
    "purged": "The answer is recorded. What the machine knew of this face is deleted.",
    "deleted": "The picture is deleted.",
    "gone": "That picture was deleted already.",
}


_NO_SAY = "Nothing was recorded: this person has left, or that guardian has no say any more."


class _Mistake(Exception):
    """What was filled in cannot be used; the message says what to change."""


@router.get("/faces")
def all_faces(visit: SignedIn) -> Response:
    """Whose pictures are due, who could be learnt, and the staff."""
    visit.require(Act.EDIT_REGISTER)
    with visit.school.database.read() as session:
        reason = why_not(visit.school, session)
        people = overview(visit.school, session)
    return visit.page("faces.html", reason=reason, people=people, most=_MOST)


@router.get("/register/{person_id}/faces")
def faces_page(person_id: str, visit: SignedIn, done: str = "") -> Response:
    visit.require(Act.EDIT_REGISTER)
    return _show(visit, person_id, message=_DONE.get(done, ""))


@router.post("/register/{person_id}/faces")
def do_enrol(person_id: str, request: Request, visit: SignedIn, form: Posted) -> Response:
    """Look at the pictures; each is kept or refused with its reason."""
    visit.require(Act.EDIT_REGISTER)
    _card(visit, person_id)
    uploads = [*form.uploads("taken"), *form.uploads("pictures")]
    if not uploads:
        return _show(visit, person_id, problem="Take or choose at least one picture.", status=422)
    refused = [
        Tried(one.filename or "", problem) for one in uploads if (problem := problem_with(one))
    ]
    pictures = [(one.filename or "", one.file.read()) for one in uploads if not problem_with(one)]
    try:
        tried = enrol_pictures(
            visit.school,
            _pool(request),
            engine_for(visit.site.settings.models),
            person_id,
            pictures,
            actor=visit.user.id,
        )
    except CannotEnrol as problem:
        return _show(visit, person_id, problem=f"Nothing was stored. {problem}", status=409)
    return _show(visit, person_id, tried=[*tried, *refused])


@router.post("/register/{person_id}/faces/answer")
def do_answer(person_id: str, visit: SignedIn, form: Posted) -> Response:
    """Record what a parent, or a member of staff, wrote."""
    visit.require(Act.EDIT_REGISTER)
    card = _card(visit, person_id)
    try:
        with visit.school.database.write() as session:
            _record_answer(visit, session, card, form)
    except (_Mistake, UnusableForm) as mistake:
        return _show(visit, person_id, problem=str(mistake), status=422, typed=_typed(form))
    except (UnknownPerson, NotTheirGuardian):
        problem = (
            "Nothing was recorded: this person has left, or that guardian has no say any more."
        )
        return _show(visit, person_id, problem=problem, status=409)
    return _done(visit, card)


def _record_answer(visit: Visit, session: Session, card: FaceCard, form: Form) -> None:
    school, answer = visit.school, form.text("answer")
    if answer not in ("yes", "no"):
        raise _Mistake("Say whether it is a yes or a no.")
    day = _day(form.text("on"), school.today())
    guardian_id, given_by = _who(session, card, form)
    record = partial(school.audit.append, session, visit.user.id)
    act: Callable[..., None] = partial(withdraw_biometric, on=day)
    if answer == "yes":
        act = partial(give_biometric, given_on=day)
    act(
        session,
        card.person_id,
        given_by=given_by,
        guardian_id=guardian_id,
        form_id=_form_id(visit, session, card, form),
        recorded_by=visit.user.id,
        now=school.clock(),
        record=record,
    )
    if guardian_id is not None:
        tell_parents(school, session, "answer-recorded", card.person_id, [guardian_id])
    if answer == "yes" and card.is_pupil:
        tell_guardians(school, session, card.person_id, but=guardian_id)
    register_changed(school, session, [card.person_id], actor=visit.user.id)


def _form_id(visit: Visit, session: Session, card: FaceCard, form: Form) -> str | None:
    """The id of the scan, which is kept with the child; None where there is none."""
    scan = form.upload("form")
    if scan is None or not card.is_pupil:
        return None
    return add_form(
        session,
        visit.school.cipher,
        card.person_id,
        scan.filename or "form",
        scan.file.read(),
        added_by=visit.user.id,
        now=visit.school.clock(),
        record=partial(visit.school.audit.append, session, visit.user.id),
    ).id


def _who(session: Session, card: FaceCard, form: Form) -> tuple[str | None, str]:
    """The guardian's id, None for the family or a member of staff, and who signed."""
    who = form.text("who")
    if not card.is_pupil:
        return None, "themselves"
    if who and who != _FAMILY:
        guardian = session.get(Guardian, who)
        if guardian is None:
            raise _Mistake("Choose whose answer it is.")
        return guardian.id, guardian.name
    given_by = form.text("given_by").strip()[:_LONGEST]
    if not given_by:
        raise _Mistake("Say who signed.")
    return None, given_by


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _Mistake("Give the day of the signature.") from None
    if day > today:
        raise _Mistake("The day of the signature has not come yet.")
    return day


@router.post("/register/{person_id}/faces/refusal")
def do_refusal(person_id: str, visit: SignedIn, form: Posted) -> Response:
    """The child's own say, which goes before the parents' (G02)."""
    visit.require(Act.EDIT_REGISTER)
    card = _card(visit, person_id)
    if not card.is_pupil:
        raise NotFound
    school = visit.school
    with school.database.write() as session:
        set_child_refusal(
            session,
            person_id,
            form.text("refused") == "yes",
            recorded_by=visit.user.id,
            now=school.clock(),
            record=partial(school.audit.append, session, visit.user.id),
        )
        register_changed(school, session, [person_id], actor=visit.user.id)
    return _done(visit, card)


@router.post("/register/{person_id}/faces/{reference_id}/delete")
def do_delete(
    person_id: str, reference_id: RowId, request: Request, visit: SignedIn, form: Posted
) -> Response:
    """Delete one reference picture; the machine learns the face anew from the others."""
    visit.require(Act.EDIT_REGISTER)
    _card(visit, person_id)
    engine = engine_for(visit.site.settings.models)
    gone = forget_picture(
        visit.school, _pool(request), engine, person_id, reference_id, actor=visit.user.id
    )
    return _back(person_id, "deleted" if gone else "gone")


@router.get("/register/{person_id}/faces/{reference_id}.jpg")
def reference_picture(person_id: str, reference_id: RowId, visit: SignedIn) -> Response:
    """One reference picture, decrypted, for those who keep the register. Never cached, and
    each look is on record (P06)."""
    visit.require(Act.EDIT_REGISTER)
    with visit.school.database.write() as session:
        row = session.get(ReferenceFace, reference_id)
        if row is None or row.person_id != person_id:
            raise NotFound
        data = {"reference": reference_id}
        visit.school.audit.append(session, visit.user.id, "reference.seen", person_id, data)
    return Response(visit.school.cipher.decrypt(row.picture), media_type="image/jpeg")


def _show(
    visit: Visit,
    person_id: str,
    *,
    message: str = "",
    problem: str = "",
    tried: Sequence[Tried] = (),
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    card = _card(visit, person_id)
    return visit.page(
        "enrol.html",
        status=status,
        faces=card,
        tried=tried,
        names={one.like: _card(visit, one.like).name for one in tried if one.like},
        typed=typed or {},
        today=visit.school.today().isoformat(),
        backup_days=visit.site.settings.backup_days,
        message=message,
        problem=problem,
    )


def _card(visit: Visit, person_id: str) -> FaceCard:
    """Raises `NotFound`."""
    with visit.school.database.read() as session:
        return face_card(visit.school, session, person_id)


def _done(visit: Visit, before: FaceCard) -> Response:
    gone = before.pictures and not _card(visit, before.person_id).pictures
    return _back(before.person_id, "purged" if gone else "answer")


def _back(person_id: str, done: str) -> Response:
    return RedirectResponse(f"/register/{quote(person_id, safe='')}/faces?done={done}", 303)


def _typed(form: Form) -> dict[str, str]:
    return {name: value for name, value in form.data.items() if isinstance(value, str)}


def _pool(request: Request) -> FacePool:
    found: FacePool = request.app.state.faces
    return found
