"""The school's accounts on channels: owner, address, badge; personal ones are refused (P14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from gatekeeper_queue.change_kinds import BadChange
from gatekeeper_queue.changes import on_record
from gatekeeper_queue.models import Account, Post, User
from gatekeeper_queue.notices import settle, tell
from gatekeeper_queue.people import Act, NotAllowed, Role, allowed
from gatekeeper_queue.school import School

NOT_SEEN = "not-seen"
"""The account could not be looked at: that says nothing of its picture."""
PROBLEMS = {
    "no-badge": "It has no profile picture. Put the school’s badge there.",
    "other-badge": "Its profile picture is not the school’s badge.",
    NOT_SEEN: "It could not be looked at. It is tried again within a day.",
    "protected": "It is private: families cannot see what is posted.",
    "name": "Its name does not say that it belongs to the school.",
}
"""What can be wrong with an account's profile."""


def require_school_address(email: str, domains: Sequence[str]) -> str:
    """The address in small letters. Raises `BadChange` where it is not one of the school's."""
    address = email.strip().lower()
    name, _, domain = address.rpartition("@")
    if not domains:
        raise BadChange(
            "The settings do not say yet which e-mail addresses are the school’s. Ask the "
            "technician to set 'school_domains'."
        )
    if not name or " " in address or domain not in {one.lower().lstrip("@") for one in domains}:
        raise BadChange(
            f"“{address}” is not an address of the school ({', '.join(domains)}). Personal "
            "accounts are not linked: register the account to a school address first."
        )
    return address


def account_wanted(
    *,
    channel: str,
    platform: str,
    handle: str,
    owner_id: str,
    email: str,
    domains: Sequence[str],
    form_covers_it: bool,
) -> dict[str, Any]:
    """The account that is to be added. `handle` is what the platform called it.

    Families are asked about Twitter. Another network is covered by their answers only where the
    school's form says so, and somebody must say that it does. Raises `BadChange`.
    """
    wanted = {"channel": channel, "platform": platform, "handle": handle, "owner": owner_id}
    if channel != "twitter":
        return {**wanted, "email": email.strip().lower()}
    wanted["email"] = require_school_address(email, domains)
    if platform == "twitter":
        return wanted
    if not form_covers_it:
        raise BadChange(
            "Families answered for Twitter. Say that the school’s consent form covers this "
            "network too, or change the form and ask them first."
        )
    return {**wanted, "form_covers_it": True}


def switch_off(school: School, session: Session, by: User, account_id: str) -> None:
    """Nothing is sent from it any more, from this moment; what is up can still be taken down.

    It needs no second person (P20). Raises `NotAllowed` or `BadChange`.
    """
    if not (allowed(by, Act.PROPOSE_SETTINGS) or allowed(by, Act.CONFIRM_SETTINGS)):
        raise NotAllowed("The coordinator, the technician or the head switches accounts off.")
    account = session.get(Account, account_id)
    if account is None or not account.active:
        raise BadChange("This account is not there, or it is switched off already.")
    account.active = False
    session.add(account)
    school.audit.append(session, by.id, "account.off", account.id, {})
    on_record(
        school, session, by.id, "account-off", account.id, {"active": False}, {"active": True}
    )


def note_look(
    school: School, session: Session, account: Account, found: Sequence[str], *, actor: str
) -> None:
    """Keep what a look at the account's profile found; tell its owner and the coordinator of
    what is new. A look that failed is neither good nor bad news.
    """
    before = set(problems_of(account))
    account.badge_checked_at, account.badge_problem = school.clock(), " ".join(found)
    session.add(account)
    if set(found) != before:
        data = {"found": list(found)}
        school.audit.append(session, actor, "account.looked-at", account.id, data)
    if not found:
        settle(session, school.clock(), ("badge-problem",), account.id)
    if set(found) - before - {NOT_SEEN}:
        tell(
            school, session, "badge-problem", account.id,
            users=[account.owner_id], roles=[Role.COORDINATOR],
        )  # fmt: skip


def problems_of(account: Account) -> list[str]:
    """What the latest look found wrong, by the names in `PROBLEMS`."""
    return account.badge_problem.split()


def last_posts(session: Session) -> dict[str, datetime]:
    """When each account's newest post went live."""
    query = (
        select(Post.account_id, func.max(Post.live_at))
        .where(col(Post.account_id).is_not(None), col(Post.live_at).is_not(None))
        .group_by(col(Post.account_id))
    )
    return {account_id: at for account_id, at in session.exec(query) if account_id and at}
