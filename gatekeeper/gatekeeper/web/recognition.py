"""The lock of face recognition: what is on record, and proposing it (G03, P20)."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, func, select

from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_consent.models import ReferenceFace
from gatekeeper_queue.changes import BadChange, propose
from gatekeeper_queue.people import Act, NotAllowed
from gatekeeper_queue.recognition import (
    RECOGNITION,
    BadSafeguards,
    StillInUse,
    delete_what_is_known,
    lock_again,
    read_safeguards,
    safeguards,
    why_not,
)
from gatekeeper_queue.record_models import ChangeRequest

router = APIRouter()

_FIELDS = ("assessed_on", "officer", "consulted_on")
_DONE = {
    "proposed": "Proposed. Recognition begins when the head has confirmed it.",
    "deleted": "Every reference picture, and what was learnt from them, is deleted.",
    "locked": "Recognition is locked. Nobody is recognised until the facts are recorded again.",
}


@router.get("/recognition")
def recognition_page(visit: SignedIn, done: str = "") -> Response:
    _require(visit)
    return _show(visit, message=_DONE.get(done, ""))


@router.post("/recognition")
def do_propose(visit: SignedIn, form: Posted) -> Response:
    """Propose the three facts; the head confirms them on the page of changes."""
    visit.require(Act.PROPOSE_SETTINGS)
    school = visit.school
    given = {name: form.text(name) for name in _FIELDS}
    try:
        facts = read_safeguards(given, school.today())
        with school.database.write() as session:
            after = facts.as_json()
            propose(school, session, visit.user, RECOGNITION, "", after, form.text("why"))
    except BadSafeguards as bad:
        return _show(visit, problems=bad.problems, typed=given, status=422)
    except BadChange as bad:
        return _show(visit, problem=str(bad), typed=given, status=409)
    return RedirectResponse("/recognition?done=proposed", 303)


@router.post("/recognition/lock")
def do_lock(visit: SignedIn, form: Posted) -> Response:
    """Lock it again. It makes nothing weaker, so nobody has to confirm it."""
    _require(visit)
    with visit.school.database.write() as session:
        lock_again(visit.school, session, by=visit.user.id)
    return RedirectResponse("/recognition?done=locked", 303)


@router.post("/recognition/delete")
def do_delete(visit: SignedIn, form: Posted) -> Response:
    """Delete what is stored of everybody's face, where nobody is recognised."""
    _require(visit)
    try:
        with visit.school.database.write() as session:
            delete_what_is_known(visit.school, session, by=visit.user.id)
    except StillInUse as refused:
        return _show(visit, problem=str(refused), status=409)
    return RedirectResponse("/recognition?done=deleted", 303)


def _require(visit: Visit) -> None:
    if not (visit.may(Act.PROPOSE_SETTINGS) or visit.may(Act.CONFIRM_SETTINGS)):
        raise NotAllowed("The coordinator, the technician and the head see this page.")


def _show(
    visit: Visit,
    *,
    message: str = "",
    problem: str = "",
    problems: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    with visit.school.database.read() as session:
        facts = safeguards(session)
        page = {
            "reason": why_not(visit.school, session),
            "facts": facts,
            "waiting": _waiting(session),
            "stored": session.exec(
                select(func.count(func.distinct(col(ReferenceFace.person_id))))
            ).one(),
        }
    return visit.page(
        "recognition.html",
        status=status,
        **page,
        wanted=visit.school.policy.faces.recognise,
        typed=typed or (facts.as_json() if facts else {}),
        problems=problems or {},
        may_propose=visit.may(Act.PROPOSE_SETTINGS),
        today=visit.school.today().isoformat(),
        message=message,
        problem=problem,
    )


def _waiting(session: Session) -> ChangeRequest | None:
    query = select(ChangeRequest).where(
        ChangeRequest.kind == RECOGNITION, ChangeRequest.outcome == ""
    )
    return session.exec(query).first()
