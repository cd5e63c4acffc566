"""Signing in: argon2 passwords, sessions that can be ended, lock-out (P19)."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column
from sqlmodel import Field, Session, SQLModel, col, select

from gatekeeper.hashing import NOBODY, Refused, hash_of, matches
from gatekeeper.tokens import revoke_all
from gatekeeper_consent.columns import Instant
from gatekeeper_consent.models import Guardianship
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.models import User
from gatekeeper_queue.people import Role
from gatekeeper_queue.school import School

MAX_FAILURES = 5
LOCK = timedelta(minutes=15)
IDLE = timedelta(hours=12)
"""A session ends when nobody has used it for so long."""

_WRONG = (
    "The e-mail address or the password is wrong. After five failed attempts an account lets "
    "nobody in for 15 minutes."
)
"""Said of a wrong password, of an address that nobody has, and of a locked account alike: a
stranger does not learn from it who has an account here."""
_CLOSED = (
    "This account is closed. If that is not right, ask the school office (parents) or the "
    "technician (staff)."
)
_OVER = (
    "This account is closed, because the school has no child on record that you have a say about. "
    "If that is not right, ask the school office."
)


class SignIn(SQLModel, table=True):
    """One signed-in browser. Only a digest of its token is stored."""

    __tablename__ = "sign_in"

    token_sha256: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user_account.id", index=True)
    csrf: str
    browser: str = ""
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    seen_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))


class AddressTaken(ValueError):
    """Somebody signs in with this address already."""


def add_user(
    school: School,
    session: Session,
    *,
    actor: str,
    email: str,
    name: str,
    role: Role,
    password: str,
    **more: Any,
) -> User:
    """A new account. Raises `ValueError` for a short password or an address in use."""
    user = User(
        email=_free_address(session, email),
        display_name=name,
        role=str(role),
        password_hash=hash_of(password),
        **more,
    )
    session.add(user)
    session.flush()
    school.audit.append(session, actor, "user.added", user.id, {"role": str(role)})
    return user


def set_address(session: Session, user: User, email: str) -> None:
    """Another address to sign in with. Raises `ValueError` for one that cannot be used."""
    if email.strip().lower() != user.email:
        user.email = _free_address(session, email)


def _free_address(session: Session, email: str) -> str:
    address = email.strip().lower()
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise ValueError(f"'{email}' is not an e-mail address.")
    if session.exec(select(User).where(User.email == address)).first():
        raise AddressTaken(f"There is an account for {address} already.")
    return address


def sign_in(school: School, email: str, password: str, browser: str) -> str:
    """Check the password and open a session; returns its token. Raises `Refused`.

    The slow comparison runs outside any transaction and in few threads at a time, so that
    a flood of attempts holds nobody else up.
    """
    with school.database.read() as session:
        user = session.exec(select(User).where(User.email == email.strip().lower())).first()
    right = matches(user.password_hash if user else NOBODY, password)
    if user is None:
        raise Refused(_WRONG)
    with school.database.write() as session:
        stored = session.get_one(User, user.id)
        right = right and stored.password_hash == user.password_hash  # not changed meanwhile
        refusal = _refusal(school, session, stored, right)
        token = "" if refusal else _open_session(school, session, user.id, browser)
    if refusal:
        raise Refused(refusal if refusal in (_CLOSED, _OVER) else _WRONG)
    return token


def change_password(school: School, user: User, present: str, new: str, browser: str) -> str:
    """The person's own new password; ends every session and opens one, whose token it returns.

    Raises `Refused` for a wrong present password, which counts as a failed attempt to sign in,
    and `ValueError` for a new one that is too short.
    """
    made = hash_of(new)
    confirm(school, user, present)
    with school.database.write() as session:
        stored = session.get_one(User, user.id)
        if stored.password_hash != user.password_hash or not may_enter(session, stored):
            raise Refused("Your sign-in has changed meanwhile. Sign in again.")
        _put_password(school, session, stored, made, actor=user.id)
        return _open_session(school, session, user.id, browser)


def confirm(school: School, user: User, password: str) -> None:
    """Somebody who is signed in says their password again, for what must not be done by
    whoever finds their phone. A wrong one counts as a failed attempt to sign in.

    Raises `Refused`.
    """
    right = matches(user.password_hash, password)
    with school.database.write() as session:
        stored = session.get_one(User, user.id)
        right = right and stored.password_hash == user.password_hash
        refusal = _refusal(school, session, stored, right)
    if refusal:
        wrong = "Your present password is wrong. Nothing was changed."
        raise Refused(wrong if refusal == _WRONG else refusal)


def _refusal(school: School, session: Session, user: User, right: bool) -> str:
    """Why not, counting the attempt; empty when the person may come in."""
    now = school.clock()
    if user.locked_until and user.locked_until > now:
        minutes = -(-(user.locked_until - now).seconds // 60)
        return f"Too many failed attempts. Try again in {minutes} minutes."
    if not right:
        _count_failure(school, session, user, now)
        return _WRONG
    if not user.active:
        return _CLOSED
    if _is_over(session, user):
        close_account(school, session, user, actor=SYSTEM)
        return _OVER
    user.failed_sign_ins, user.locked_until = 0, None
    return ""


def close_account(school: School, session: Session, user: User, *, actor: str) -> None:
    """Let this person in no more, and end every session of theirs."""
    end(school, session, user, actor=actor)
    user.active = False
    school.audit.append(session, actor, "user.closed", user.id, {})


def has_child(session: Session, guardian_id: str | None) -> bool:
    """Has this guardian a say about any child today?"""
    query = select(Guardianship.id).where(
        Guardianship.guardian_id == guardian_id, col(Guardianship.ended_at).is_(None)
    )
    return session.exec(query).first() is not None


def _is_over(session: Session, user: User) -> bool:
    """A parent's account ends with the last child that they have a say about (P11)."""
    return user.role == Role.PARENT and not has_child(session, user.guardian_id)


def _open_session(school: School, session: Session, user_id: str, browser: str) -> str:
    now, token = school.clock(), secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_sha256=_digest(token),
            user_id=user_id,
            csrf=secrets.token_urlsafe(16),
            browser=browser[:200],
            created_at=now,
            seen_at=now,
        )
    )
    school.audit.append(session, user_id, "user.signed-in", user_id, {})
    return token


def set_password(
    school: School, session: Session, user: User, password: str, *, actor: str
) -> None:
    """A new password; ends every session. Raises `ValueError` for a short one."""
    _put_password(school, session, user, hash_of(password), actor=actor)


def _put_password(
    school: School, session: Session, user: User, password_hash: str, *, actor: str
) -> None:
    user.password_hash = password_hash
    user.failed_sign_ins, user.locked_until = 0, None
    end(school, session, user, actor=actor)
    school.audit.append(session, actor, "user.password-changed", user.id, {})


def who(school: School, session: Session, token: str) -> tuple[User, SignIn] | None:
    """The person behind a session token, or None when it has ended or gone idle."""
    found = session.get(SignIn, _digest(token))
    if found is None or found.ended_at or school.clock() - found.seen_at > IDLE:
        return None
    user = session.get(User, found.user_id)
    return (user, found) if user and may_enter(session, user) else None


def may_enter(session: Session, user: User) -> bool:
    """Is this account open, and has it a password and, as a parent's, a child?"""
    return user.active and bool(user.password_hash) and not _is_over(session, user)


def touch(school: School, session: Session, token: str) -> None:
    """Keep the session from going idle."""
    if found := session.get(SignIn, _digest(token)):
        found.seen_at = school.clock()


def end(
    school: School,
    session: Session,
    user: User,
    token_sha256: str | None = None,
    *,
    actor: str | None = None,
) -> int:
    """End one of the person's sessions, or all of them with their tokens for programs; returns
    how many sessions.

    `actor` is who does so, where that is somebody else.
    """
    open_ones = select(SignIn).where(SignIn.user_id == user.id, col(SignIn.ended_at).is_(None))
    if token_sha256 is not None:
        open_ones = open_ones.where(SignIn.token_sha256 == token_sha256)
    else:
        revoke_all(school, session, user, actor=actor or user.id)
    rows = session.exec(open_ones).all()
    for row in rows:
        row.ended_at = school.clock()
    if rows:
        school.audit.append(
            session, actor or user.id, "user.signed-out", user.id, {"sessions": len(rows)}
        )
    return len(rows)


def _count_failure(school: School, session: Session, user: User, now: datetime) -> None:
    user.failed_sign_ins += 1
    if user.failed_sign_ins >= MAX_FAILURES:
        user.failed_sign_ins, user.locked_until = 0, now + LOCK
        school.audit.append(session, user.id, "user.locked", user.id, {})
    else:
        school.audit.append(session, user.id, "user.sign-in-failed", user.id, {})


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
