"""The faces that the machine may know: who agreed, the reference pictures, and taking new ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from gatekeeper.enrolling import CannotEnrol, Tried
from gatekeeper.web.face_changes import (
    NO_SAY,
    FaceAnswer,
    UnusableAnswer,
    add_pictures,
    card_of,
    delete_picture,
    give_out_picture,
    pool_of,
    record_face_answer,
    record_refusal,
)
from gatekeeper.web.face_views import FaceCard, overview
from gatekeeper.web.loading import RowId
from gatekeeper.web.scans import keep_scan
from gatekeeper.web.security import Form, Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_consent.forms import UnusableForm
from gatekeeper_consent.ports import NotTheirGuardian, UnknownPerson
from gatekeeper_queue.people import Act
from gatekeeper_queue.recognition import why_not

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
    card = card_of(visit, person_id)
    uploads = [*form.uploads("taken"), *form.uploads("pictures")]
    if not uploads:
        return _show(visit, person_id, problem="Take or choose at least one picture.", status=422)
    try:
        tried = add_pictures(visit, pool_of(request), card, uploads)
    except CannotEnrol as problem:
        return _show(visit, person_id, problem=f"Nothing was stored. {problem}", status=409)
    return _show(visit, person_id, tried=tried)


@router.post("/register/{person_id}/faces/answer")
def do_answer(person_id: str, visit: SignedIn, form: Posted) -> Response:
    """Record what a parent, or a member of staff, wrote."""
    visit.require(Act.EDIT_REGISTER)
    card = card_of(visit, person_id)
    try:
        with visit.school.database.write() as session:
            answer = _answer(card, form)
            record_face_answer(visit, session, card, answer, _form_id(visit, session, card, form))
    except (UnusableAnswer, UnusableForm) as mistake:
        return _show(visit, person_id, problem=str(mistake), status=422, typed=_typed(form))
    except (UnknownPerson, NotTheirGuardian):
        return _show(visit, person_id, problem=NO_SAY, status=409)
    return _done(visit, card)


def _answer(card: FaceCard, form: Form) -> FaceAnswer:
    """What was filled in. Raises `UnusableAnswer`."""
    if form.text("answer") not in ("yes", "no"):
        raise UnusableAnswer("Say whether it is a yes or a no.")
    try:
        day = date.fromisoformat(form.text("on"))
    except ValueError:
        raise UnusableAnswer("Give the day of the signature.") from None
    who = form.text("who")
    guardian_id = who if card.is_pupil and who and who != _FAMILY else None
    signed_by = form.text("given_by").strip()[:_LONGEST]
    return FaceAnswer(form.text("answer") == "yes", day, guardian_id, signed_by)


def _form_id(visit: Visit, session: Session, card: FaceCard, form: Form) -> str | None:
    """The id of the scan, which is kept with the child; None where there is none."""
    scan = form.upload("form")
    if scan is None or not card.is_pupil:
        return None
    return keep_scan(visit, session, card.person_id, scan).id


@router.post("/register/{person_id}/faces/refusal")
def do_refusal(person_id: str, visit: SignedIn, form: Posted) -> Response:
    """The child's own say, which goes before the parents' (G02)."""
    visit.require(Act.EDIT_REGISTER)
    card = card_of(visit, person_id)
    record_refusal(visit, card, form.text("refused") == "yes")
    return _done(visit, card)


@router.post("/register/{person_id}/faces/{reference_id}/delete")
def do_delete(
    person_id: str, reference_id: RowId, request: Request, visit: SignedIn, form: Posted
) -> Response:
    """Delete one reference picture; the machine learns the face anew from the others."""
    visit.require(Act.EDIT_REGISTER)
    gone = delete_picture(visit, pool_of(request), card_of(visit, person_id), reference_id)
    return _back(person_id, "deleted" if gone else "gone")


@router.get("/register/{person_id}/faces/{reference_id}.jpg")
def reference_picture(person_id: str, reference_id: RowId, visit: SignedIn) -> Response:
    """One reference picture, decrypted, for those who keep the register. Never cached, and
    each look is on record (P06)."""
    visit.require(Act.EDIT_REGISTER)
    return give_out_picture(visit, person_id, reference_id)


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
    card = card_of(visit, person_id)
    return visit.page(
        "enrol.html",
        status=status,
        faces=card,
        tried=tried,
        names={one.like: card_of(visit, one.like).name for one in tried if one.like},
        typed=typed or {},
        today=visit.school.today().isoformat(),
        backup_days=visit.site.settings.backup_days,
        message=message,
        problem=problem,
    )


def _done(visit: Visit, before: FaceCard) -> Response:
    gone = before.pictures and not card_of(visit, before.person_id).pictures
    return _back(before.person_id, "purged" if gone else "answer")


def _back(person_id: str, done: str) -> Response:
    return RedirectResponse(f"/register/{quote(person_id, safe='')}/faces?done={done}", 303)


def _typed(form: Form) -> dict[str, str]:
    return {name: value for name, value in form.data.items() if isinstance(value, str)}
