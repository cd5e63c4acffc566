"""Who may do what: the yearly access review, with what is otherwise than last time (P18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, select

from gatekeeper.staffing import last_sign_ins
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper.web.words import handle_shown
from gatekeeper_queue.access_review import (
    BadReview,
    access_review_due,
    differences,
    digest_of,
    last_review,
    listed,
    sign_off,
)
from gatekeeper_queue.models import Account, User
from gatekeeper_queue.people import ALLOWED, STAFF, Act, Role

router = APIRouter()

_SEE = (Act.SEE_REPORTS, Act.MANAGE_ACCOUNTS)
ACT_WORDS = {
    Act.SUBMIT: "submit pictures to be published",
    Act.REVIEW: "approve what others submit, never their own",
    Act.LOOK_UP_CONSENT: "look up what a family has answered",
    Act.EDIT_REGISTER: "change the register: children, answers, forms",
    Act.TAKE_DOWN: "take posts down",
    Act.SEE_TO_POSTS: "follow what is sent, have it tried again, and pause all sending",
    Act.ARRANGE: "say in which order posts go out, and that one goes out now",
    Act.ASK_FOR_REMOVAL: "ask for their own posts to be taken down",
    Act.PROPOSE_SETTINGS: "propose changes of rules, sign-ins and accounts",
    Act.CONFIRM_SETTINGS: "confirm changes that others propose",
    Act.SEE_REPORTS: "read reports, without children’s data",
    Act.SEE_AUDIT: "read the record of everybody’s actions",
    Act.SEE_OWN_AUDIT: "read the record of their own actions",
    Act.LIFT_PROTECTION: "let a child be published again who never was to be",
    Act.DECIDE_OBJECTIONS: "decide about parents’ objections",
    Act.HANDLE_INCIDENTS: "handle incidents, and stop all publishing",
    Act.MANAGE_ACCOUNTS: "look after sign-ins and accounts",
    Act.RECORD_TRAINING: "record colleagues’ training",
    Act.OWN_CHILDREN: "see and change the answers for their own children",
}
"""Completes "may"."""


@dataclass(frozen=True)
class RoleView:
    """One role: what it permits, and who has it."""

    name: str
    may: list[str]
    people: list[dict[str, Any]]


@router.get("/access-review")
def review_page(visit: SignedIn, done: str = "") -> Response:
    message = "Signed off. The next review is due in a year." if done else ""
    return _show(visit, message=message)


@router.post("/access-review")
def do_sign(visit: SignedIn, form: Posted) -> Response:
    """The head signs off what the page showed."""
    visit.require(Act.CONFIRM_SETTINGS)
    note = form.text("note")
    try:
        with visit.school.database.write() as session:
            seen = last_sign_ins(session)
            sign_off(visit.school, session, visit.user, seen, form.text("seen"), note)
    except BadReview as error:
        return _show(visit, problem=str(error), note=note, status=409)
    return RedirectResponse("/access-review?done=signed", 303)


def _show(
    visit: Visit, *, message: str = "", problem: str = "", note: str = "", status: int = 200
) -> Response:
    visit.require(*_SEE)
    school = visit.school
    with school.database.read() as session:
        seen = last_sign_ins(session)
        rows = listed(session, seen)
        before = last_review(session)
        due = access_review_due(school, session)
        names = _names(session)
        signed_by = names.get(before.signed_by, "") if before else ""
    return visit.page(
        "access_review.html",
        status=status,
        roles=_roles(rows, names, seen),
        accounts=[row for row in rows if row["kind"] == "account"],
        parents=rows[-1]["count"],
        names=names,
        before=before,
        signed_by=signed_by,
        differences=differences(before.listed, rows) if before else [],
        due=due,
        overdue=due < school.today(),
        digest=digest_of(rows),
        may_sign=visit.may(Act.CONFIRM_SETTINGS),
        note=note,
        message=message,
        problem=problem,
    )


def _roles(
    rows: list[dict[str, Any]], names: Mapping[str, str], seen: Mapping[str, datetime]
) -> list[RoleView]:
    people = [
        {**row, "name": names.get(row["id"], row["id"]), "seen": seen.get(row["id"])}
        for row in rows
        if row["kind"] == "person"
    ]
    return [
        RoleView(
            role.value,
            [words for act, words in ACT_WORDS.items() if act in ALLOWED[role]],
            sorted(
                (one for one in people if one["role"] == role),
                key=lambda one: (not one["active"], one["name"]),
            ),
        )
        for role in Role
        if role in STAFF
    ]


def _names(session: Session) -> dict[str, str]:
    people = session.exec(select(User.id, User.display_name))
    accounts = session.exec(select(Account.id, Account.channel, Account.handle))
    handles = {
        account_id: handle_shown(channel, handle) for account_id, channel, handle in accounts
    }
    return {**dict(people.all()), **handles}
