"""Signing in: argon2 passwords, sessions that can be ended, lock-out (P19)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Column
from sqlmodel import Field, Session, SQLModel, col, select

from gatekeeper_consent.columns import Instant
from gatekeeper_queue.models import User
from gatekeeper_queue.people import Role
from gatekeeper_queue.school import School

MIN_PASSWORD = 10
MAX_FAILURES = 5
LOCK = timedelta(minutes=15)
IDLE = timedelta(hours=12)
"""A session ends when nobody has used it for so long."""

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
"""Checked for unknown addresses, so that the answer takes as long as for known ones."""


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


class Refused(Exception):
    """The sign-in failed; the message is the same for a wrong name and a wrong password."""


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
    if len(password) < MIN_PASSWORD:
        raise ValueError(f"A password has at least {MIN_PASSWORD} characters.")
    address = email.strip().lower()
    if session.exec(select(User).where(User.email == address)).first():
        raise ValueError(f"There is an account for {address} already.")
    user = User(
        email=address,
        display_name=name,
        role=str(role),
        password_hash=_HASHER.hash(password),
        **more,
    )
    session.add(user)
    session.flush()
    school.audit.append(session, actor, "user.added", user.id, {"role": str(role)})
    return user


def sign_in(school: School, session: Session, email: str, password: str, browser: str) -> str:
    """Check the password and open a session; returns its token.

    Raises `Refused`. Failures count although they raise: the caller commits either way.
    """
    user = session.exec(select(User).where(User.email == email.strip().lower())).first()
    now = school.clock()
    if user is not None and user.locked_until and user.locked_until > now:
        minutes = -(-(user.locked_until - now).seconds // 60)
        raise Refused(f"Too many failed attempts. Try again in {minutes} minutes.")
    if not _matches(user.password_hash if user else _NOBODY, password) or not _usable(user):
        if user is not None:
            _count_failure(school, session, user, now)
        raise Refused("The e-mail address or the password is wrong.")
    assert user is not None
    user.failed_sign_ins, user.locked_until = 0, None
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_sha256=_digest(token),
            user_id=user.id,
            csrf=secrets.token_urlsafe(16),
            browser=browser[:200],
            created_at=now,
            seen_at=now,
        )
    )
    school.audit.append(session, user.id, "user.signed-in", user.id, {})
    return token


def who(school: School, session: Session, token: str) -> tuple[User, SignIn] | None:
    """The person behind a session token, or None when it has ended or gone idle."""
    found = session.get(SignIn, _digest(token))
    if found is None or found.ended_at or school.clock() - found.seen_at > IDLE:
        return None
    user = session.get(User, found.user_id)
    return (user, found) if user is not None and user.active else None


def touch(school: School, session: Session, token: str) -> None:
    """Keep the session from going idle."""
    if found := session.get(SignIn, _digest(token)):
        found.seen_at = school.clock()


def end(school: School, session: Session, user: User, token_sha256: str | None = None) -> int:
    """End one of the person's sessions, or all of them; returns how many."""
    open_ones = select(SignIn).where(SignIn.user_id == user.id, col(SignIn.ended_at).is_(None))
    if token_sha256 is not None:
        open_ones = open_ones.where(SignIn.token_sha256 == token_sha256)
    rows = session.exec(open_ones).all()
    for row in rows:
        row.ended_at = school.clock()
    if rows:
        school.audit.append(session, user.id, "user.signed-out", user.id, {"sessions": len(rows)})
    return len(rows)


def _usable(user: User | None) -> bool:
    return user is not None and user.active


def _count_failure(school: School, session: Session, user: User, now: datetime) -> None:
    user.failed_sign_ins += 1
    if user.failed_sign_ins >= MAX_FAILURES:
        user.failed_sign_ins, user.locked_until = 0, now + LOCK
        school.audit.append(session, user.id, "user.locked", user.id, {})
    else:
        school.audit.append(session, user.id, "user.sign-in-failed", user.id, {})


def _matches(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
