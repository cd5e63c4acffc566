"""Where posts go: the school's accounts, and the sites that a person fills by hand.

Keys of accounts are typed on the page alone, where nothing keeps a copy of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from gatekeeper.api.access import Known
from gatekeeper.api.rows import known
from gatekeeper.api.shapes import Name, Page, PostOut, Shape, Text, post_out
from gatekeeper.web.by_hand import pack_of, put_up, task_views
from gatekeeper.web.channel_accounts import (
    SEE_ACCOUNTS,
    AccountView,
    account_views,
    accounts_of,
    check_profile,
)
from gatekeeper.web.site import Caller
from gatekeeper_queue.accounts import switch_off
from gatekeeper_queue.by_hand import say_gone, say_not_up
from gatekeeper_queue.changes import propose
from gatekeeper_queue.models import Account
from gatekeeper_queue.people import Act

router = APIRouter(tags=["places"])
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}


class AccountOut(Shape):
    """An account that posts go out from."""

    id: str
    name: str
    channel: str
    platform: str
    handle: str
    owner_id: str
    owner: str
    active: bool
    word: str
    problems: list[str]
    """What is to be mended about its profile."""
    last_post: datetime | None


class Reason(Shape):
    """Why, for the person who confirms it."""

    why: Text = ""


class NewOwner(Reason):
    """Who is to own it."""

    owner_id: Name


class Proposed(Shape):
    """A change that waits for a second person."""

    change_id: str


class TaskOut(Shape):
    """Something to put up by hand, or to take down."""

    post: PostOut
    caption: str
    site: str
    down: bool
    handed_at: datetime | None
    url: str
    """Where it was put up."""
    stray: bool
    """It is up although it should not be."""


class PutUp(Shape):
    """Where it was put up."""

    url: Annotated[str, Field(min_length=1, max_length=2_000, pattern=r"^[^\x00]*$")]


class PutUpOut(Shape):
    """It was noted."""

    seen: bool
    """Were its words found in the page?"""


@router.get("/accounts")
def accounts(caller: Known) -> Page[AccountOut]:
    """All for who looks after them, else the person's own."""
    caller.require(Act.SUBMIT, *SEE_ACCOUNTS)
    with caller.school.database.read() as session:
        views = account_views(session, accounts_of(session, caller), [])
    return Page(items=[_account(view) for view in views], more=False)


@router.post("/accounts/{account_id}/off", status_code=204)
def do_switch_off(account_id: str, caller: Known) -> None:
    """Send nothing from it any more, at once."""
    caller.require(Act.PROPOSE_SETTINGS, Act.CONFIRM_SETTINGS)
    with caller.school.database.write() as session:
        known(session, Account, account_id)
        switch_off(caller.school, session, caller.user, account_id)


@router.post("/accounts/{account_id}/on", status_code=202)
def propose_on(account_id: str, sent: Reason, caller: Known) -> Proposed:
    """Propose to switch it on again."""
    return _propose(caller, "account-on", account_id, {"active": True}, sent.why)


@router.post("/accounts/{account_id}/owner", status_code=202)
def propose_owner(account_id: str, sent: NewOwner, caller: Known) -> Proposed:
    """Propose another owner."""
    return _propose(caller, "account-owner", account_id, {"owner": sent.owner_id}, sent.why)


@router.post("/accounts/{account_id}/check", status_code=204)
def do_check(account_id: str, caller: Known) -> None:
    """Look at its profile now."""
    check_profile(caller, account_id)


@router.get("/by-hand")
def tasks(caller: Known) -> Page[TaskOut]:
    """What this person is to put up or to take down."""
    caller.require(Act.SUBMIT)
    with caller.school.database.read() as session:
        views = task_views(caller, session)
    items = [
        TaskOut(
            post=post_out(view.line.post),
            caption=view.line.caption,
            site=view.site,
            down=view.down,
            handed_at=view.task.handed_at,
            url=view.task.url,
            stray=view.stray,
        )
        for view in views
    ]
    return Page(items=items, more=False)


@router.post("/by-hand/{post_id}/pack", response_class=Response, responses=_ZIP)
def do_pack(post_id: str, caller: Known) -> Response:
    """The pictures and texts as they were approved, as a ZIP file; noted as handed out."""
    caller.require(Act.SUBMIT)
    return Response(pack_of(caller, post_id), media_type="application/zip")


@router.post("/by-hand/{post_id}/up")
def do_put_up(post_id: str, sent: PutUp, caller: Known) -> PutUpOut:
    """Say where it was put up; the page is read."""
    caller.require(Act.SUBMIT)
    return PutUpOut(seen=put_up(caller, post_id, sent.url.strip()))


@router.post("/by-hand/{post_id}/not-up", status_code=204)
def do_not_up(post_id: str, caller: Known) -> None:
    """Say that it was not put up."""
    caller.require(Act.SUBMIT)
    with caller.school.database.write() as session:
        say_not_up(caller.school, session, caller.user, post_id)


@router.post("/by-hand/{post_id}/gone", status_code=204)
def do_gone(post_id: str, caller: Known) -> None:
    """Say that it was taken down; it is looked for before it counts as gone."""
    caller.require(Act.SUBMIT)
    with caller.school.database.write() as session:
        say_gone(caller.school, session, caller.user, post_id)


def _propose(
    caller: Caller, kind: str, account_id: str, after: dict[str, object], why: str
) -> Proposed:
    caller.require(Act.PROPOSE_SETTINGS)
    with caller.school.database.write() as session:
        known(session, Account, account_id)
        row = propose(caller.school, session, caller.user, kind, account_id, after, why)
        return Proposed(change_id=row.id)


def _account(view: AccountView) -> AccountOut:
    row = view.row
    return AccountOut(
        id=row.id,
        name=view.name,
        channel=row.channel,
        platform=row.platform,
        handle=row.handle,
        owner_id=row.owner_id,
        owner=view.owner,
        active=row.active,
        word=view.words.word,
        problems=view.problems,
        last_post=view.last_post,
    )
