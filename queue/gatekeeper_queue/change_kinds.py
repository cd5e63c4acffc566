"""The kinds of change that need two people: what each would change, and how it takes effect.

A kind is one entry in `KINDS`. `look` says how things are now, and refuses what cannot be; it
is asked when the change is proposed and again when it is confirmed, so that nobody confirms
what has changed meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from gatekeeper_queue.models import Account, User
from gatekeeper_queue.people import ALLOWED, STAFF, Act, Role
from gatekeeper_queue.policy_changes import POLICY, confirm_policy, confirmed_policy, seen_policy
from gatekeeper_queue.recognition import (
    RECOGNITION,
    BadSafeguards,
    Safeguards,
    read_safeguards,
    record_safeguards,
    safeguards,
)
from gatekeeper_queue.record_models import PasswordLink
from gatekeeper_queue.school import School

MAX_NAME = 100


class BadChange(Exception):
    """The change cannot be made; the message says why."""


@dataclass(frozen=True)
class Proposal:
    """What somebody wants to change."""

    subject: str
    """Id of what is to change; empty for something new."""
    after: Mapping[str, Any]
    secrets: bytes = b""


@dataclass(frozen=True)
class ChangeKind:
    """One kind of change."""

    title: str
    look: Callable[[School, Session, Proposal], dict[str, Any]]
    """How it is now. Raises `BadChange` for what cannot be changed so."""
    apply: Callable[[School, Session, Proposal, str], str]
    """Make it so, in the name of who confirms; returns the id of what is new, else nothing."""


def may_still_confirm(session: Session, without: str) -> bool:
    """Is there anybody left to confirm changes, without this person? Who has no password yet
    cannot."""
    roles = [role.value for role, acts in ALLOWED.items() if Act.CONFIRM_SETTINGS in acts]
    others = select(User.id).where(
        col(User.active),
        col(User.role).in_(roles),
        col(User.id) != without,
        col(User.password_hash) != "",
    )
    return session.exec(others).first() is not None


# --- sign-ins --------------------------------------------------------------------------------


def _look_new_sign_in(school: School, session: Session, wanted: Proposal) -> dict[str, Any]:
    email, name = wanted.after["email"], wanted.after["name"]
    _staff_role(wanted.after["role"])
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", email) or email != email.lower():
        raise BadChange(f"“{email}” is not an e-mail address.")
    if not 0 < len(name) <= MAX_NAME:
        raise BadChange(f"Give the person’s name, in at most {MAX_NAME} characters.")
    if session.exec(select(User).where(User.email == email)).first():
        raise BadChange(f"There is a sign-in for {email} already.")
    return {}


def _add_sign_in(school: School, session: Session, wanted: Proposal, actor: str) -> str:
    """Without a password: nobody can use it before its owner has set one."""
    user = User(
        email=wanted.after["email"],
        display_name=wanted.after["name"],
        role=wanted.after["role"],
        password_hash="",
    )
    session.add(user)
    session.flush()
    school.audit.append(session, actor, "user.added", user.id, {"role": user.role})
    return user.id


def _look_role(school: School, session: Session, wanted: Proposal) -> dict[str, Any]:
    user, role = _staff(session, wanted.subject), _staff_role(wanted.after["role"])
    if user.role == role:
        raise BadChange("That is the person’s role already.")
    _keep_one_who_confirms(session, user, role)
    return {"role": user.role}


def _change_role(school: School, session: Session, wanted: Proposal, actor: str) -> str:
    user, role = _staff(session, wanted.subject), _staff_role(wanted.after["role"])
    data = {"from": user.role, "to": role}
    if begins_anew(user.role, role):
        _without_password(school, session, user)
    user.role = role
    session.add(user)
    school.audit.append(session, actor, "user.role", user.id, data)
    return ""


def begins_anew(before: str, after: str) -> bool:
    """Must somebody with the role `before` set another password to have the role `after`?

    Whoever made a link for them may know the one they have, and may be the other of the two
    people whom a change needs. So who comes to propose or to confirm begins without one.
    """
    deciding = {Act.PROPOSE_SETTINGS, Act.CONFIRM_SETTINGS}
    return bool(deciding & ALLOWED[Role(after)] - ALLOWED[Role(before)])


def _without_password(school: School, session: Session, user: User) -> None:
    """Nobody is in as this person, or gets in, before a new link was made and used."""
    user.password_hash = ""
    for link in session.exec(
        select(PasswordLink).where(
            PasswordLink.user_id == user.id, col(PasswordLink.used_at).is_(None)
        )
    ):
        link.used_at = school.clock()


def _look_closed(school: School, session: Session, wanted: Proposal) -> dict[str, Any]:
    user = _staff(session, wanted.subject)
    if user.active:
        raise BadChange("This sign-in is open already.")
    return {"active": False}


def _open_sign_in(school: School, session: Session, wanted: Proposal, actor: str) -> str:
    user = _staff(session, wanted.subject)
    user.active, user.failed_sign_ins, user.locked_until = True, 0, None
    session.add(user)
    school.audit.append(session, actor, "user.opened", user.id, {})
    return ""


def _staff(session: Session, user_id: str) -> User:
    user = session.get(User, user_id)
    if user is None or user.role not in STAFF:
        raise BadChange("There is no such member of staff.")
    return user


def _staff_role(role: str) -> str:
    if role not in STAFF:
        raise BadChange(f"There is no role “{role}” for staff.")
    return role


def _keep_one_who_confirms(session: Session, user: User, role: str) -> None:
    may_now = Act.CONFIRM_SETTINGS in ALLOWED[Role(user.role)]
    may_then = Act.CONFIRM_SETTINGS in ALLOWED[Role(role)]
    if user.active and may_now and not may_then and not may_still_confirm(session, user.id):
        raise BadChange("This is the only person who can confirm changes. Add another one first.")


# --- accounts on channels --------------------------------------------------------------------


def _look_account(school: School, session: Session, wanted: Proposal) -> dict[str, Any]:
    _owner(session, wanted.after["owner"])
    if not wanted.secrets:
        raise BadChange("The account’s keys are missing.")
    known = _account_called(session, wanted.after["platform"], wanted.after["handle"])
    return {} if known is None else _as_it_is(known)


def set_account(school: School, session: Session, wanted: Proposal, actor: str) -> str:
    """A new account; one with the same handle gets the new keys, owner and address."""
    after = wanted.after
    account = _account_called(session, after["platform"], after["handle"]) or Account(
        channel=after["channel"],
        platform=after["platform"],
        handle=after["handle"],
        owner_id=after["owner"],
        secrets=b"",
    )
    account.owner_id, account.email = after["owner"], after["email"]
    account.secrets, account.active = wanted.secrets, True
    session.add(account)
    session.flush()
    school.audit.append(session, actor, "account.set", account.id, {"owner": account.owner_id})
    return account.id


def _look_account_off(school: School, session: Session, wanted: Proposal) -> dict[str, Any]:
    account = _account(session, wanted.subject)
    if account.active:
        raise BadChange("This account is switched on already.")
    _owner(session, account.owner_id)
    return {"active": False}


def _switch_account_on(school: School, session: Session, wanted: Proposal, actor: str) -> str:
    account = _account(session, wanted.subject)
    account.active = True
    session.add(account)
    school.audit.append(session, actor, "account.on", account.id, {})
    return ""


def _look_owner(school: School, session: Session, wanted: Proposal) -> dict[str, Any]:
    account, owner = _account(session, wanted.subject), _owner(session, wanted.after["owner"])
    if account.owner_id == owner.id:
        raise BadChange("The account belongs to this person already.")
    return {"owner": account.owner_id}


def _change_owner(school: School, session: Session, wanted: Proposal, actor: str) -> str:
    account = _account(session, wanted.subject)
    account.owner_id = wanted.after["owner"]
    session.add(account)
    school.audit.append(session, actor, "account.owner", account.id, {"owner": account.owner_id})
    return ""


def _owner(session: Session, user_id: str) -> User:
    user = session.get(User, user_id)
    if user is None or not user.active or user.role not in STAFF:
        raise BadChange("The owner must be a member of staff who can sign in.")
    return user


def _account(session: Session, account_id: str) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise BadChange("There is no such account.")
    return account


def _account_called(session: Session, platform: str, handle: str) -> Account | None:
    query = select(Account).where(Account.platform == platform, Account.handle == handle)
    return session.exec(query).first()


def _as_it_is(account: Account) -> dict[str, Any]:
    return {"owner": account.owner_id, "email": account.email, "active": account.active}


# --- the policy file -------------------------------------------------------------------------


def _look_policy(school: School, session: Session, wanted: Proposal) -> dict[str, Any]:
    if wanted.after["decision"] != seen_policy(session):
        raise BadChange("The policy file was changed again since.")
    return confirmed_policy(session) or {}


def _confirm_policy(school: School, session: Session, wanted: Proposal, actor: str) -> str:
    confirm_policy(session, wanted.after)
    data = {"decision": wanted.after["decision"]}
    school.audit.append(session, actor, "policy.confirmed", POLICY, data)
    return ""


# --- recognition of faces ----------------------------------------------------------------------


def _look_recognition(school: School, session: Session, wanted: Proposal) -> dict[str, Any]:
    known = safeguards(session)
    if _safeguards(school, wanted) == known:
        raise BadChange("This is on record already.")
    return {} if known is None else dict(known.as_json())


def _unlock_recognition(school: School, session: Session, wanted: Proposal, actor: str) -> str:
    record_safeguards(school, session, _safeguards(school, wanted), by=actor)
    return ""


def _safeguards(school: School, wanted: Proposal) -> Safeguards:
    try:
        return read_safeguards(wanted.after, school.today())
    except BadSafeguards as problem:
        raise BadChange(str(problem)) from problem


KINDS: dict[str, ChangeKind] = {
    "new-sign-in": ChangeKind("A new sign-in", _look_new_sign_in, _add_sign_in),
    "role": ChangeKind("Another role", _look_role, _change_role),
    "open-sign-in": ChangeKind("Open a closed sign-in again", _look_closed, _open_sign_in),
    "account": ChangeKind("An account to post from, or new keys", _look_account, set_account),
    "account-on": ChangeKind("Switch an account on again", _look_account_off, _switch_account_on),
    "account-owner": ChangeKind("Another owner of an account", _look_owner, _change_owner),
    RECOGNITION: ChangeKind(
        "Safeguards of face recognition", _look_recognition, _unlock_recognition
    ),
    POLICY: ChangeKind("The rules (policy file)", _look_policy, _confirm_policy),
}
"""Every change that somebody else must confirm."""
