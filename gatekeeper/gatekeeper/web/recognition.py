"""The lock of face recognition: what is on record, and proposing it (G03, P20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, func, select

from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Caller, Visit
from gatekeeper_consent.models import ReferenceFace
from gatekeeper_queue.changes import BadChange, propose
from gatekeeper_queue.people import Act, NotAllowed
from gatekeeper_queue.recognition import (
    RECOGNITION,
    BadSafeguards,
    Safeguards,
    StillInUse,
    delete_what_is_known,
    lock_again,
    read_safeguards,
    safeguards,
    why_not,
)
from gatekeeper_queue.record_models import ChangeRequest

router = APIRouter()

FIELDS = ("assessed_on", "officer", "consulted_on")
_DONE = {
    "proposed": "Proposed. Recognition begins when the head has confirmed it.",
    "deleted": "Every reference picture, and what was learnt from them, is deleted.",
    "locked": "Recognition is locked. Nobody is recognised until the facts are recorded again.",
}


@dataclass(frozen=True)
class LockView:
    """How it stands."""

    reason: str
    """Why nobody is recognised; empty where people are."""
    facts: Safeguards | None
    """What is on record; None while it is locked."""
    waiting: ChangeRequest | None
    """What the head has not answered yet."""
    stored: int
    """Of how many people there are pictures."""


@router.get("/recognition")
def recognition_page(visit: SignedIn, done: str = "") -> Response:
    return _show(visit, message=_DONE.get(done, ""))


@router.post("/recognition")
def do_propose(visit: SignedIn, form: Posted) -> Response:
    """Propose the three facts; the head confirms them on the page of changes."""
    visit.require(Act.PROPOSE_SETTINGS)
    given = {name: form.text(name) for name in FIELDS}
    try:
        propose_unlocking(visit, given, form.text("why"))
    except BadSafeguards as bad:
        return _show(visit, problems=bad.problems, typed=given, status=422)
    except BadChange as bad:
        return _show(visit, problem=str(bad), typed=given, status=409)
    return RedirectResponse("/recognition?done=proposed", 303)


def propose_unlocking(caller: Caller, given: Mapping[str, str], why: str) -> str:
    """The id of the change that the head confirms. Raises `BadSafeguards` and `BadChange`."""
    caller.require(Act.PROPOSE_SETTINGS)
    school = caller.school
    after = read_safeguards(given, school.today()).as_json()
    with school.database.write() as session:
        return propose(school, session, caller.user, RECOGNITION, "", after, why).id


@router.post("/recognition/lock")
def do_lock(visit: SignedIn, form: Posted) -> Response:
    """Lock it again. It makes nothing weaker, so nobody has to confirm it."""
    lock(visit)
    return RedirectResponse("/recognition?done=locked", 303)


@router.post("/recognition/delete")
def do_delete(visit: SignedIn, form: Posted) -> Response:
    """Delete what is stored of everybody's face, where nobody is recognised."""
    try:
        delete_all(visit)
    except StillInUse as refused:
        return _show(visit, problem=str(refused), status=409)
    return RedirectResponse("/recognition?done=deleted", 303)


def lock(caller: Caller) -> None:
    """From now on nobody is recognised."""
    _require(caller)
    with caller.school.database.write() as session:
        lock_again(caller.school, session, by=caller.user.id)


def delete_all(caller: Caller) -> None:
    """Delete what is stored of everybody's face. Raises `StillInUse` where it is in use."""
    _require(caller)
    with caller.school.database.write() as session:
        delete_what_is_known(caller.school, session, by=caller.user.id)


def lock_view(caller: Caller) -> LockView:
    """How it stands, for those who see to it."""
    _require(caller)
    people = select(func.count(func.distinct(col(ReferenceFace.person_id))))
    with caller.school.database.read() as session:
        return LockView(
            reason=why_not(caller.school, session),
            facts=safeguards(session),
            waiting=_waiting(session),
            stored=session.exec(people).one(),
        )


def _require(caller: Caller) -> None:
    """Raises `NotAllowed` for who neither proposes nor confirms settings."""
    if not (caller.may(Act.PROPOSE_SETTINGS) or caller.may(Act.CONFIRM_SETTINGS)):
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
    view = lock_view(visit)
    return visit.page(
        "recognition.html",
        status=status,
        reason=view.reason,
        facts=view.facts,
        waiting=view.waiting,
        stored=view.stored,
        wanted=visit.school.policy.faces.recognise,
        typed=typed or (view.facts.as_json() if view.facts else {}),
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
