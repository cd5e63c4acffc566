"""The school's accounts: whose they are, and whether they show the badge (P14)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from gatekeeper.badge import check_badge
from gatekeeper.channels import PLATFORMS, platform_called
from gatekeeper.channels.platform import Platform
from gatekeeper.settings import SettingsError
from gatekeeper.web.changes import ChangeView, change_views
from gatekeeper.web.errors import NotFound
from gatekeeper.web.security import Form, Posted, SignedIn
from gatekeeper.web.site import Caller, Visit
from gatekeeper.web.words import StateWords, account_name
from gatekeeper_queue.accounts import (
    NOT_SEEN,
    PROBLEMS,
    account_wanted,
    last_posts,
    problems_of,
    switch_off,
)
from gatekeeper_queue.change_kinds import BadChange
from gatekeeper_queue.changes import open_changes, propose
from gatekeeper_queue.channel import ChannelError
from gatekeeper_queue.models import Account, User
from gatekeeper_queue.people import STAFF, Act
from gatekeeper_queue.training import authors_of

router = APIRouter()

SEE_ACCOUNTS = (Act.PROPOSE_SETTINGS, Act.CONFIRM_SETTINGS, Act.SEE_REPORTS)
_DONE = {
    "proposed": "Proposed. The head has been told, and confirms or declines it.",
    "off": "Switched off. Nothing is sent from it any more.",
    "checked": "Looked at just now.",
}


@dataclass(frozen=True)
class AccountView:
    """One account."""

    row: Account
    name: str
    social: bool
    owner: str
    owner_closed: bool
    words: StateWords
    problems: list[str]
    last_post: datetime | None
    waiting: str


@router.get("/accounts")
def accounts_page(visit: SignedIn, done: str = "", platform: str = "") -> Response:
    return _show(visit, platform_called(platform) or PLATFORMS[0], message=_DONE.get(done, ""))


@router.post("/accounts")
def propose_new(visit: SignedIn, form: Posted) -> Response:
    """Try the keys there, then propose the account. Nothing typed as a secret is shown again."""
    visit.require(Act.PROPOSE_SETTINGS)
    platform = platform_called(form.text("platform") or PLATFORMS[0].name)
    if platform is None:
        raise NotFound
    plain = [key.name for key in platform.keys if not key.secret]
    typed = {name: form.text(name).strip() for name in ("owner", "email", "why", *plain)}
    try:
        wanted = account_wanted(
            channel=platform.use.value,
            platform=platform.name,
            handle="",
            owner_id=typed["owner"],
            email=typed["email"],
            domains=visit.site.settings.school_domains,
            form_covers_it=form.text("form_covers_it") == "yes",
        )
        wanted["handle"], sealed = _try_keys(visit, platform, form)
        with visit.school.database.write() as session:
            propose(
                visit.school,
                session,
                visit.user,
                "account",
                "",
                wanted,
                typed["why"],
                secrets=sealed,
            )
    except BadChange as error:
        return _show(visit, platform, problem=str(error), typed=typed, status=422)
    return RedirectResponse("/accounts?done=proposed", 303)


@router.post("/accounts/{account_id}/check")
def check(account_id: str, visit: SignedIn, form: Posted) -> Response:
    """Look at the account's profile now."""
    try:
        check_profile(visit, account_id)
    except SettingsError as error:
        return _show(visit, PLATFORMS[0], problem=str(error), status=422)
    return RedirectResponse("/accounts?done=checked", 303)


def check_profile(caller: Caller, account_id: str) -> None:
    """Look at the profile now: for its owner, and who sees to the settings. Raises `NotAllowed`,
    `NotFound`, `SettingsError`."""
    with caller.school.database.read() as session:
        account = session.get(Account, account_id)
    if account is None or account.owner_id != caller.user.id:
        caller.require(Act.PROPOSE_SETTINGS, Act.CONFIRM_SETTINGS)
    if account is None:
        raise NotFound
    check_badge(caller.school, caller.site.settings, account_id, actor=caller.user.id)


@router.post("/accounts/{account_id}/off")
def off(account_id: str, visit: SignedIn, form: Posted) -> Response:
    """Switch it off, at once."""
    visit.require(Act.PROPOSE_SETTINGS, Act.CONFIRM_SETTINGS)
    try:
        with visit.school.database.write() as session:
            switch_off(visit.school, session, visit.user, account_id)
    except BadChange as error:
        return _show(visit, PLATFORMS[0], problem=str(error), status=409)
    return RedirectResponse("/accounts?done=off", 303)


@router.post("/accounts/{account_id}/{what}")
def propose_change(account_id: str, what: str, visit: SignedIn, form: Posted) -> Response:
    """Propose to switch it on again, or another owner."""
    visit.require(Act.PROPOSE_SETTINGS)
    wanted: Mapping[str, tuple[str, dict[str, object]]] = {
        "on": ("account-on", {"active": True}),
        "owner": ("account-owner", {"owner": form.text("owner")}),
    }
    if what not in wanted:
        raise NotFound
    kind, after = wanted[what]
    try:
        with visit.school.database.write() as session:
            propose(visit.school, session, visit.user, kind, account_id, after, form.text("why"))
    except BadChange as error:
        return _show(visit, PLATFORMS[0], problem=str(error), status=422)
    return RedirectResponse("/accounts?done=proposed", 303)


def _try_keys(visit: Visit, platform: Platform, form: Form) -> tuple[str, bytes]:
    """What the platform calls the account, and its keys encrypted. Raises `BadChange`."""
    keys = {key.name: form.text(key.name).strip() for key in platform.keys}
    if not all(keys.values()):
        raise BadChange(f"Fill in everything that {platform.title} asks for.")
    try:
        handle = platform.open(keys, visit.school, visit.site.settings).check_account()
    except ChannelError as error:
        problem = f"{platform.title}: {error}"
        if platform.has_secrets:
            problem = (
                f"{platform.title} does not accept these keys, so type them again. "
                f"Its answer: {error}"
            )
        raise BadChange(problem) from error
    return handle, visit.school.cipher.encrypt(json.dumps(keys).encode())


def _show(
    visit: Visit,
    platform: Platform,
    *,
    message: str = "",
    problem: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """All accounts for who looks after them, else the person's own."""
    visit.require(Act.SUBMIT, *SEE_ACCOUNTS)
    everything = sees_every_account(visit)
    settings, blank = visit.site.settings, {key.name: "" for key in platform.keys}
    with visit.school.database.read() as session:
        waiting = change_views(visit, session, open_changes(session)) if everything else []
        views = account_views(session, accounts_of(session, visit), waiting)
        owners = authors_of(session)
    return visit.page(
        "accounts.html",
        status=status,
        accounts=views,
        new=[change for change in waiting if change.row.kind == "account"],
        everything=everything,
        may_propose=visit.may(Act.PROPOSE_SETTINGS),
        may_switch_off=visit.may(Act.PROPOSE_SETTINGS) or visit.may(Act.CONFIRM_SETTINGS),
        owners=owners,
        platforms=PLATFORMS,
        platform=platform,
        domains=settings.school_domains,
        badge_is_set=settings.badge is not None,
        may_look=visit.may(Act.SUBMIT) or visit.may(Act.PROPOSE_SETTINGS),
        typed={"owner": "", "email": "", "why": "", **blank, **(typed or {})},
        message=message,
        problem=problem,
    )


def sees_every_account(caller: Caller) -> bool:
    """Who looks after the accounts; others see their own."""
    return any(map(caller.may, SEE_ACCOUNTS))


def accounts_of(session: Session, caller: Caller) -> Sequence[Account]:
    """The accounts that this person may see, those switched off last."""
    query = select(Account).order_by(col(Account.active).desc(), col(Account.handle))
    if not sees_every_account(caller):
        query = query.where(Account.owner_id == caller.user.id)
    return session.exec(query).all()


def account_views(
    session: Session, rows: Sequence[Account], waiting: list[ChangeView]
) -> list[AccountView]:
    """The accounts with what was found of their profiles."""
    last = last_posts(session)
    views = []
    for row in rows:
        owner = session.get_one(User, row.owner_id)
        views.append(
            AccountView(
                row=row,
                name=account_name(row),
                social=row.channel == "twitter",
                owner=owner.display_name,
                owner_closed=not owner.active or owner.role not in STAFF,
                words=_words(row),
                problems=[PROBLEMS.get(found, found) for found in problems_of(row)],
                last_post=last.get(row.id),
                waiting=", ".join(c.title for c in waiting if c.row.subject == row.id),
            )
        )
    return views


def _words(row: Account) -> StateWords:
    """What the latest look at the profile found."""
    if not row.active:
        return StateWords("Switched off", "Nothing is sent from it.", "off")
    if row.channel != "twitter":
        return StateWords("In use", "What is approved for the website goes there.", "ok")
    if row.badge_checked_at is None:
        return StateWords("Not looked at", "Its profile has not been looked at yet.", "wait")
    found = problems_of(row)
    if not found:
        return StateWords("Badge shown", "It shows the school’s badge.", "ok")
    if found == [NOT_SEEN]:
        return StateWords("Not seen", "It could not be looked at.", "ask")
    badge = {"no-badge": "No badge", "other-badge": "Not our badge"}
    word = next((badge[name] for name in found if name in badge), "To mend")
    return StateWords(word, "Something about its profile is to be mended.", "no")
