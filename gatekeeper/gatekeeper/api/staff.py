"""The staff: sign-ins, changes that two people make, training, and who may do what.

Passwords, and the links that set one, are made on the pages alone: a token that could make them
would be worth more than the person's session.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from gatekeeper.api.access import Known
from gatekeeper.api.rows import known
from gatekeeper.api.shapes import Page, Shape, Text
from gatekeeper.signin import end
from gatekeeper.staffing import close_sign_in, last_sign_ins, may_close, unlock
from gatekeeper.web.changes import DECIDE, SEE_CHANGES, ChangeView, change_views
from gatekeeper.web.people import SEE_PEOPLE, sign_in_words, staff_member, staff_members
from gatekeeper.web.site import Caller
from gatekeeper_queue.changes import decided_changes, open_changes, propose
from gatekeeper_queue.models import User
from gatekeeper_queue.people import Act, NotAllowed, Role
from gatekeeper_queue.record_models import ChangeRequest

router = APIRouter(tags=["staff"])
StaffRole = Literal["teacher", "coordinator", "office", "head", "governor", "technician"]


class PersonOut(Shape):
    """A member of staff who can, or could, sign in."""

    id: str
    name: str
    email: str
    role: str
    active: bool
    word: str
    """Whether they can sign in, in a word or two."""
    last_sign_in: datetime | None


class NewPerson(Shape):
    """A sign-in that is proposed."""

    email: Annotated[str, Field(min_length=3, max_length=200, pattern=r"^[^\x00]*$")]
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
    role: StaffRole
    why: Text = ""


class NewRole(Shape):
    """Another role that is proposed."""

    role: StaffRole
    why: Text = ""


class Why(Shape):
    """Why, for the person who confirms it."""

    why: Text = ""


class LineOut(Shape):
    """One thing that changes."""

    what: str
    before: str
    after: str


class ChangeOut(Shape):
    """A change of a safeguard."""

    id: str
    kind: str
    title: str
    about: str
    lines: list[LineOut]
    why: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    outcome: str
    """Empty while it waits."""
    may_answer: bool
    """May this person confirm or decline it?"""


@router.get("/people")
def people(caller: Known) -> Page[PersonOut]:
    """Every sign-in of staff."""
    caller.require(*SEE_PEOPLE)
    with caller.school.database.read() as session:
        users = staff_members(session)
        seen = last_sign_ins(session)
    return Page(items=[_person(caller, one, seen.get(one.id)) for one in users], more=False)


@router.post("/people", status_code=202)
def propose_person(sent: NewPerson, caller: Known) -> ChangeOut:
    """Propose a new sign-in; the head confirms or declines it."""
    after = {
        "email": sent.email.strip().lower(),
        "name": " ".join(sent.name.split()),
        "role": sent.role,
    }
    return _propose(caller, "new-sign-in", "", after, sent.why)


@router.post("/people/{user_id}/role", status_code=202)
def propose_role(user_id: str, sent: NewRole, caller: Known) -> ChangeOut:
    """Propose another role."""
    return _propose(caller, "role", user_id, {"role": sent.role}, sent.why)


@router.post("/people/{user_id}/open", status_code=202)
def propose_open(user_id: str, sent: Why, caller: Known) -> ChangeOut:
    """Propose to open a closed sign-in again."""
    return _propose(caller, "open-sign-in", user_id, {"active": True}, sent.why)


@router.post("/people/{user_id}/close")
def do_close(user_id: str, caller: Known) -> PersonOut:
    """Let nobody in as this person, at once."""
    caller.require(*SEE_PEOPLE)
    if not may_close(caller.user):
        raise NotAllowed("The technician or the head closes sign-ins.")
    with caller.school.database.write() as session:
        user = staff_member(session, user_id)
        close_sign_in(caller.school, session, user, actor=caller.user.id)
        return _person(caller, user, None)


@router.post("/people/{user_id}/unlock")
def do_unlock(user_id: str, caller: Known) -> PersonOut:
    """End the wait after too many failed attempts."""
    caller.require(*SEE_PEOPLE)
    with caller.school.database.write() as session:
        user = staff_member(session, user_id)
        unlock(caller.school, session, caller.user, user)
        return _person(caller, user, None)


@router.post("/people/{user_id}/end")
def do_end(user_id: str, caller: Known) -> PersonOut:
    """End every session and every token of this person."""
    caller.require(Act.MANAGE_ACCOUNTS, Act.CONFIRM_SETTINGS)
    with caller.school.database.write() as session:
        user = staff_member(session, user_id)
        end(caller.school, session, user, actor=caller.user.id)
        return _person(caller, user, None)


@router.get("/changes")
def changes(caller: Known, show: Literal["open", "decided"] = "open") -> Page[ChangeOut]:
    """What waits for a second person, or what was decided."""
    caller.require(*SEE_CHANGES)
    with caller.school.database.read() as session:
        rows = open_changes(session) if show == "open" else decided_changes(session)
        views = change_views(caller, session, rows)
    return Page(items=[_change(view) for view in views], more=False)


@router.post("/changes/{change_id}/{decision}")
def decide(
    change_id: str, decision: Literal["confirm", "decline", "withdraw"], caller: Known
) -> ChangeOut:
    """Confirm or decline what another person proposed; withdraw what one proposed oneself."""
    caller.require(*SEE_CHANGES)
    with caller.school.database.write() as session:
        DECIDE[decision](caller.school, session, caller.user, change_id)
    return _one_change(caller, change_id)


def _person(caller: Caller, user: User, last: datetime | None) -> PersonOut:
    return PersonOut(
        id=user.id,
        name=user.display_name,
        email=user.email,
        role=Role(user.role).value,
        active=user.active,
        word=sign_in_words(caller.school, user).word,
        last_sign_in=last,
    )


def _propose(
    caller: Caller, kind: str, subject: str, after: Mapping[str, object], why: str
) -> ChangeOut:
    caller.require(Act.PROPOSE_SETTINGS)
    with caller.school.database.write() as session:
        if subject:
            staff_member(session, subject)
        row = propose(caller.school, session, caller.user, kind, subject, after, why)
        change_id = row.id
    return _one_change(caller, change_id)


def _one_change(caller: Caller, change_id: str) -> ChangeOut:
    with caller.school.database.read() as session:
        [view] = change_views(caller, session, [known(session, ChangeRequest, change_id)])
    return _change(view)


def _change(view: ChangeView) -> ChangeOut:
    row = view.row
    return ChangeOut(
        id=row.id,
        kind=row.kind,
        title=view.title,
        about=view.about,
        lines=[LineOut(what=one.label, before=one.before, after=one.after) for one in view.lines],
        why=row.why,
        proposed_by=view.by,
        proposed_at=row.proposed_at,
        decided_by=view.decided_by,
        outcome=row.outcome,
        may_answer=view.may_answer,
    )
