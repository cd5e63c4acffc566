"""The sign-ins of staff: closing, unlocking, and links by which people set their own password.

Nobody ever learns or chooses another person's password: a link is made for the person, works
once and for a few days, and the person and the head are told that it was made.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from gatekeeper.signin import SignIn, close_account, set_password
from gatekeeper_queue.change_kinds import BadChange, may_still_confirm
from gatekeeper_queue.changes import AT_ONCE, on_record
from gatekeeper_queue.models import User
from gatekeeper_queue.notices import tell
from gatekeeper_queue.people import ALLOWED, STAFF, Act, NotAllowed, Role, allowed, require
from gatekeeper_queue.record_models import PasswordLink
from gatekeeper_queue.school import School

LINK_LASTS = timedelta(days=3)


class BadLink(Exception):
    """The link cannot be used (any more); the message says what to do."""


def close_sign_in(
    school: School, session: Session, user: User, *, actor: str, how: str = AT_ONCE
) -> None:
    """Let nobody in as this person, from this moment. It needs no second person (P20).

    Raises `BadChange` when it is closed already, or is the last that can confirm changes.
    """
    if not user.active:
        raise BadChange("This sign-in is closed already.")
    may_confirm = Act.CONFIRM_SETTINGS in ALLOWED[Role(user.role)]
    if may_confirm and not may_still_confirm(session, user.id):
        raise BadChange("This is the only person who can confirm changes. Add another one first.")
    close_account(school, session, user, actor=actor)
    _put_out_of_use(school, session, user)
    session.add(user)
    on_record(
        school, session, actor, "close-sign-in", user.id, {"active": False}, {"active": True},
        how=how,
    )  # fmt: skip


def may_close(by: User) -> bool:
    """Who looks after sign-ins, and who confirms changes of them."""
    return allowed(by, Act.MANAGE_ACCOUNTS) or allowed(by, Act.CONFIRM_SETTINGS)


def unlock(school: School, session: Session, by: User, user: User) -> None:
    """End the wait after too many failed attempts. Raises `NotAllowed`."""
    require(by, Act.MANAGE_ACCOUNTS)
    user.failed_sign_ins, user.locked_until = 0, None
    session.add(user)
    school.audit.append(session, by.id, "user.unlocked", user.id, {})


def may_make_link(by: User, user: User) -> bool:
    """May the first make a link for the second?

    A link lets its maker become the other person. So nobody makes one where the two together
    could both propose a change and confirm it: two people must stay two.
    """
    if not user.active or user.role not in STAFF or by.id == user.id or not may_close(by):
        return False
    together = ALLOWED[Role(by.role)] | ALLOWED[Role(user.role)]
    return not {Act.PROPOSE_SETTINGS, Act.CONFIRM_SETTINGS} <= together


def make_password_link(school: School, session: Session, by: User, user: User) -> str:
    """A new link's token, for this person to set a password; an older one stops working.

    Raises `NotAllowed`.
    """
    if not may_make_link(by, user):
        raise NotAllowed(
            "You cannot make a link for this person, or one person could both propose a change "
            "and confirm it. Use the command 'gatekeeper people password' on the server."
        )
    _put_out_of_use(school, session, user)
    token, now = secrets.token_urlsafe(24), school.clock()
    session.add(
        PasswordLink(
            token_sha256=_digest(token),
            user_id=user.id,
            made_by=by.id,
            made_at=now,
            expires_at=now + LINK_LASTS,
        )
    )
    session.flush()
    school.audit.append(session, by.id, "user.link-made", user.id, {})
    tell(school, session, "password-link", user.id, users=[user.id], roles=[Role.HEAD])
    return token


def whose_link(school: School, session: Session, token: str) -> User:
    """The person whose password the link sets. Raises `BadLink`."""
    link = session.get(PasswordLink, _digest(token), with_for_update=True)
    if link is None:
        raise BadLink("This link is not known. Ask the technician for a new one.")
    if link.used_at is not None:
        raise BadLink("This link has been used, or a newer one was made. Ask for a new one.")
    if link.expires_at <= school.clock():
        raise BadLink("This link has run out. Ask the technician for a new one.")
    user = session.get_one(User, link.user_id)
    if not user.active:
        raise BadLink("This sign-in is closed.")
    return user


def use_link(school: School, session: Session, token: str, password: str) -> User:
    """Set the password; the link is used up, and every session of the person ends.

    Raises `BadLink`, or `ValueError` for a short password, after which the link still works.
    """
    user = whose_link(school, session, token)
    set_password(school, session, user, password, actor=user.id)
    _put_out_of_use(school, session, user)
    return user


def _put_out_of_use(school: School, session: Session, user: User) -> None:
    query = select(PasswordLink).where(
        PasswordLink.user_id == user.id, col(PasswordLink.used_at).is_(None)
    )
    for link in session.exec(query):
        link.used_at = school.clock()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def last_sign_ins(session: Session) -> dict[str, datetime]:
    """When each person last signed in."""
    query = select(SignIn.user_id, func.max(SignIn.created_at)).group_by(col(SignIn.user_id))
    return {user_id: at for user_id, at in session.exec(query) if at}
