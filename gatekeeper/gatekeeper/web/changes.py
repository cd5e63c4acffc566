"""Changes of safeguards: what waits for the head, and everything that was changed before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from gatekeeper.channels import PLATFORMS
from gatekeeper.web.errors import Conflict
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Caller, Visit
from gatekeeper.web.words import CHANNEL_NAMES, StateWords, handle_shown
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.change_kinds import KINDS, BadChange, begins_anew
from gatekeeper_queue.changes import (
    AT_ONCE,
    ON_THE_SERVER,
    confirm,
    decided_changes,
    decline,
    open_changes,
    withdraw_change,
)
from gatekeeper_queue.models import Account, User
from gatekeeper_queue.people import Act
from gatekeeper_queue.policy_changes import POLICY
from gatekeeper_queue.record_models import ChangeRequest
from gatekeeper_queue.school import School

router = APIRouter()

SEE_CHANGES = (Act.PROPOSE_SETTINGS, Act.CONFIRM_SETTINGS, Act.SEE_REPORTS)
DECIDE = {"confirm": confirm, "decline": decline, "withdraw": withdraw_change}
_DONE = {
    "confirm": "Confirmed. It counts from now.",
    "decline": "Declined. Nothing was changed.",
    "withdraw": "Withdrawn. Nothing was changed.",
}
_OUTCOMES = {
    "": StateWords("Waits", "It waits for an answer.", "ask"),
    "confirmed": StateWords("Confirmed", "Another person confirmed it.", "ok"),
    "declined": StateWords("Declined", "Another person declined it.", "no"),
    "withdrawn": StateWords("Withdrawn", "It was withdrawn.", "off"),
    AT_ONCE: StateWords("At once", "It makes things stricter and needs no second person.", "ok"),
    ON_THE_SERVER: StateWords(
        "On the server", "It was made on the server, without a second person.", "ask"
    ),
}
_AT_ONCE_TITLES = {
    "close-sign-in": "A sign-in closed",
    "account-off": "An account switched off",
    "password": "Somebody’s password set",
    "unprotect": "A child’s protection lifted",
}
_LABELS = {
    "email": "E-mail address", "name": "Name", "role": "Role", "active": "In use",
    "owner": "Owner", "handle": "Account", "channel": "Channel", "preset": "Preset",
    "protected": "Never to be published", "assessed_on": "Impact assessment",
    "officer": "Data-protection officer", "consulted_on": "Consultation",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One thing that changes."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class ChangeView:
    """One change in words."""

    row: ChangeRequest
    title: str
    about: str
    lines: list[Line]
    words: StateWords
    by: str
    decided_by: str
    may_answer: bool
    may_withdraw: bool
    new_password: bool
    """Once it is confirmed, the person sets another password."""


@router.get("/changes")
def changes_page(visit: SignedIn, done: str = "") -> Response:
    return _show(visit, message=_DONE.get(done, ""))


@router.get("/changes/{change_id}")
def one_change(change_id: str, visit: SignedIn) -> Response:
    """Where a notice leads: its place on the page."""
    visit.require(*SEE_CHANGES)
    with visit.school.database.read() as session:
        known = session.get(ChangeRequest, change_id) is not None
    return RedirectResponse(f"/changes#{change_id}" if known else "/changes", 303)


@router.post("/changes/{change_id}/{decision}")
def decide(change_id: str, decision: str, visit: SignedIn, form: Posted) -> Response:
    """Confirm, decline or withdraw."""
    visit.require(*SEE_CHANGES)
    if decision not in DECIDE:
        raise Conflict("A change can be confirmed, declined or withdrawn.")
    try:
        with visit.school.database.write() as session:
            DECIDE[decision](visit.school, session, visit.user, change_id)
    except BadChange as error:
        return _show(visit, problem=str(error), status=409)
    return RedirectResponse(f"/changes?done={decision}", 303)


def _show(visit: Visit, *, message: str = "", problem: str = "", status: int = 200) -> Response:
    visit.require(*SEE_CHANGES)
    with visit.school.database.read() as session:
        rows = sorted(open_changes(session), key=lambda row: row.kind != POLICY)  # it stops all
        waiting = change_views(visit, session, rows)
        decided = change_views(visit, session, decided_changes(session))
    return visit.page(
        "changes.html",
        status=status,
        waiting=waiting,
        decided=decided,
        message=message,
        problem=problem,
    )


def change_views(
    caller: Caller, session: Session, rows: Iterable[ChangeRequest]
) -> list[ChangeView]:
    """The changes in words, with the names of people and accounts."""
    names = _names(session)
    may_confirm = caller.may(Act.CONFIRM_SETTINGS)
    return [
        ChangeView(
            row=row,
            title=_title(row),
            about=names.get(row.subject) or row.after.get("name") or _handle(row),
            lines=_lines(caller.school, row, names),
            words=_OUTCOMES[row.outcome],
            by=names.get(row.proposed_by, row.proposed_by),
            decided_by=names.get(row.decided_by, row.decided_by),
            may_answer=not row.outcome and may_confirm and row.proposed_by != caller.user.id,
            may_withdraw=not row.outcome and row.proposed_by == caller.user.id,
            new_password=row.kind == "role" and begins_anew(row.before["role"], row.after["role"]),
        )
        for row in rows
    ]


def _title(row: ChangeRequest) -> str:
    return KINDS[row.kind].title if row.kind in KINDS else _AT_ONCE_TITLES.get(row.kind, row.kind)


def _handle(row: ChangeRequest) -> str:
    after = row.after
    return handle_shown(after["channel"], after["handle"]) if "handle" in after else ""


def _names(session: Session) -> dict[str, str]:
    staff = session.exec(select(User.id, User.display_name).where(col(User.guardian_id).is_(None)))
    accounts = session.exec(select(Account.id, Account.channel, Account.handle))
    return {
        SYSTEM: "Gatekeeper",
        "command line": "The server’s command line",
        **dict(staff.all()),
        **{account_id: handle_shown(channel, handle) for account_id, channel, handle in accounts},
    }


def _lines(school: School, row: ChangeRequest, names: Mapping[str, str]) -> list[Line]:
    """What differs. Of a policy, what the school wrote."""
    before, after = row.before, row.after
    if row.kind == POLICY:
        before, after = _written(before), _written(after)
    keys = [key for key in {**after, **before} if row.kind == POLICY or key in after]
    if row.kind == "account":
        names = {**names, **{one.name: one.title for one in PLATFORMS}, **CHANNEL_NAMES}
    return [
        Line(_label(key), _value(before.get(key), names), _value(after.get(key), names))
        for key in keys
        if (before.get(key) or "") != (after.get(key) or "")
    ]


def _written(kept: Mapping[str, Any]) -> dict[str, str]:
    decision = str(kept.get("decision", ""))
    preset = {"preset": decision.removeprefix("preset ")} if decision.startswith("preset ") else {}
    return {**preset, **kept.get("written", {})}


def _label(key: str) -> str:
    if key.startswith("rules."):
        rule, _, option = key.removeprefix("rules.").partition(".")
        return f"Rule {rule}: {option.replace('_', ' ')}"
    return _LABELS.get(key) or key.replace("_", " ").replace(".", ": ").capitalize()


def _value(value: Any, names: Mapping[str, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return names.get(str(value), str(value))
