"""The sign-ins of staff: who has one, what they may do, and what can be changed about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from gatekeeper.signin import end
from gatekeeper.staffing import (
    LINK_LASTS,
    close_sign_in,
    last_sign_ins,
    make_password_link,
    may_close,
    may_make_link,
    unlock,
)
from gatekeeper.tokens import tokens_of
from gatekeeper.web.changes import ChangeView, change_views
from gatekeeper.web.errors import NotFound
from gatekeeper.web.security import Form, Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper.web.words import StateWords
from gatekeeper_queue.change_kinds import BadChange
from gatekeeper_queue.changes import open_changes, propose
from gatekeeper_queue.models import User
from gatekeeper_queue.people import STAFF, Act, NotAllowed, Role
from gatekeeper_queue.school import School

router = APIRouter()

SEE_PEOPLE = (Act.MANAGE_ACCOUNTS, Act.PROPOSE_SETTINGS, Act.CONFIRM_SETTINGS)
ROLES = [role.value for role in Role if role in STAFF]
_DONE = {
    "proposed": "Proposed. The head has been told, and confirms or declines it.",
    "closed": "Closed. Nobody can sign in as this person from now on.",
    "unlocked": "Unlocked. The person can try again now.",
    "ended": "Every session of this person has ended.",
}


@dataclass(frozen=True)
class PersonView:
    """One sign-in."""

    user: User
    words: StateWords
    last: datetime | None
    waiting: str
    """What is proposed for it; empty for nothing."""


@router.get("/people")
def people_page(visit: SignedIn, done: str = "") -> Response:
    return _list(visit, message=_DONE.get(done, ""))


@router.post("/people")
def propose_person(visit: SignedIn, form: Posted) -> Response:
    """Propose a new sign-in."""
    visit.require(Act.PROPOSE_SETTINGS)
    typed = {
        "email": form.text("email").strip().lower(),
        "name": " ".join(form.text("name").split()),
        "role": form.text("role"),
    }
    try:
        _propose(visit, "new-sign-in", "", typed, form.text("why"))
    except BadChange as error:
        typed["why"] = form.text("why")
        return _list(visit, problem=str(error), typed=typed, status=422)
    return RedirectResponse("/people?done=proposed", 303)


@router.get("/people/{user_id}")
def person_page(user_id: str, visit: SignedIn, done: str = "") -> Response:
    return _person(visit, user_id, message=_DONE.get(done, ""))


@router.post("/people/{user_id}/{what}")
def change_person(user_id: str, what: str, visit: SignedIn, form: Posted) -> Response:
    """Propose another role or to open the sign-in; or close it, unlock it, end its sessions."""
    visit.require(*SEE_PEOPLE)
    if what not in _ACTIONS:
        raise NotFound
    try:
        done = _ACTIONS[what](visit, user_id, form)
    except BadChange as error:
        return _person(visit, user_id, problem=str(error), status=422)
    return RedirectResponse(f"/people/{user_id}?done={done}", 303)


@router.post("/people/{user_id}/password/link")
def password_link(user_id: str, visit: SignedIn, form: Posted) -> Response:
    """Make a link and show it, once."""
    visit.require(Act.MANAGE_ACCOUNTS, Act.CONFIRM_SETTINGS)
    with visit.school.database.write() as session:
        token = make_password_link(
            visit.school, session, visit.user, staff_member(session, user_id)
        )
    return _person(visit, user_id, link=f"{visit.site.settings.address}/set-password/{token}")


def _role(visit: Visit, user_id: str, form: Form) -> str:
    _propose(visit, "role", user_id, {"role": form.text("role")}, form.text("why"))
    return "proposed"


def _open(visit: Visit, user_id: str, form: Form) -> str:
    _propose(visit, "open-sign-in", user_id, {"active": True}, form.text("why"))
    return "proposed"


def _close(visit: Visit, user_id: str, form: Form) -> str:
    if not may_close(visit.user):
        raise NotAllowed("The technician or the head closes sign-ins.")
    with visit.school.database.write() as session:
        close_sign_in(visit.school, session, staff_member(session, user_id), actor=visit.user.id)
    return "closed"


def _unlock(visit: Visit, user_id: str, form: Form) -> str:
    with visit.school.database.write() as session:
        unlock(visit.school, session, visit.user, staff_member(session, user_id))
    return "unlocked"


def _end(visit: Visit, user_id: str, form: Form) -> str:
    visit.require(Act.MANAGE_ACCOUNTS, Act.CONFIRM_SETTINGS)
    with visit.school.database.write() as session:
        end(visit.school, session, staff_member(session, user_id), actor=visit.user.id)
    return "ended"


_ACTIONS: Mapping[str, Callable[[Visit, str, Form], str]] = {
    "role": _role, "open": _open, "close": _close, "unlock": _unlock, "end": _end
}  # fmt: skip


def _propose(visit: Visit, kind: str, subject: str, after: Mapping[str, object], why: str) -> None:
    with visit.school.database.write() as session:
        propose(visit.school, session, visit.user, kind, subject, after, why)


def staff_member(session: Session, user_id: str) -> User:
    """A member of staff. Raises `NotFound`."""
    user = session.get(User, user_id)
    if user is None or user.role not in STAFF:
        raise NotFound
    return user


def staff_members(session: Session) -> Sequence[User]:
    """All sign-ins of staff, the closed ones last."""
    return session.exec(
        select(User)
        .where(col(User.role).in_(list(STAFF)))
        .order_by(col(User.active).desc(), col(User.display_name))
    ).all()


def _list(
    visit: Visit,
    *,
    message: str = "",
    problem: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    visit.require(*SEE_PEOPLE)
    with visit.school.database.read() as session:
        users = staff_members(session)
        waiting = _waiting(visit, session)
        seen = last_sign_ins(session)
    return visit.page(
        "people.html",
        status=status,
        people=[_view(visit.school, user, seen, waiting) for user in users],
        new=[change for change in waiting if change.row.kind == "new-sign-in"],
        may_propose=visit.may(Act.PROPOSE_SETTINGS),
        roles=ROLES,
        typed={"name": "", "email": "", "role": "teacher", "why": "", **(typed or {})},
        message=message,
        problem=problem,
    )


def _person(
    visit: Visit,
    user_id: str,
    *,
    message: str = "",
    problem: str = "",
    link: str = "",
    status: int = 200,
) -> Response:
    visit.require(*SEE_PEOPLE)
    with visit.school.database.read() as session:
        user = staff_member(session, user_id)
        waiting = _waiting(visit, session)
        view = _view(visit.school, user, last_sign_ins(session), waiting)
        tokens = tokens_of(visit.school, session, user_id)
    manages = visit.may(Act.MANAGE_ACCOUNTS)
    return visit.page(
        "person.html",
        status=status,
        person=view,
        tokens=tokens,
        waiting=[change for change in waiting if change.row.subject == user_id],
        may_propose=visit.may(Act.PROPOSE_SETTINGS),
        may_close=may_close(visit.user) and user.active,
        may_unlock=manages and view.words.word == "Locked",
        may_end=manages or visit.may(Act.CONFIRM_SETTINGS),
        may_link=may_make_link(visit.user, user),
        link=link,
        link_days=LINK_LASTS.days,
        roles=ROLES,
        message=message,
        problem=problem,
    )


def _waiting(visit: Visit, session: Session) -> list[ChangeView]:
    return change_views(visit, session, open_changes(session))


def _view(
    school: School, user: User, seen: Mapping[str, datetime], waiting: list[ChangeView]
) -> PersonView:
    titles = [change.title for change in waiting if change.row.subject == user.id]
    return PersonView(user, sign_in_words(school, user), seen.get(user.id), ", ".join(titles))


def sign_in_words(school: School, user: User) -> StateWords:
    """Can this person sign in?"""
    if not user.active:
        return StateWords("Closed", "Nobody can sign in as this person.", "off")
    if user.locked_until and user.locked_until > school.clock():
        return StateWords("Locked", "Too many failed attempts; it opens by itself.", "no")
    if not user.password_hash:
        return StateWords("No password yet", "Make a link by which it is set.", "ask")
    return StateWords("Open", "The person can sign in.", "ok")
