"""Tokens with which a person's own programs use the API in their name.

A token may do what the person may do, or only read. It is shown once, stored as a digest, ends on
its day, and dies with the person's sessions: with a new password, a closed account, another role.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Column
from sqlmodel import Field, Session, SQLModel, col, select

from gatekeeper_consent.columns import Instant
from gatekeeper_queue.columns import new_id
from gatekeeper_queue.models import User
from gatekeeper_queue.school import School

PREFIX = "gk_"
"""By this a scanner for secrets, or a person, knows one that lies where it should not."""
LASTS = (7, 30, 90, 365)
"""Days that can be chosen."""
MOST = 20
"""Tokens of one person that are good at the same time."""
_TOUCH_AFTER = timedelta(minutes=5)


class ApiToken(SQLModel, table=True):
    """One token. Only its digest is stored."""

    __tablename__ = "api_token"

    id: str = Field(default_factory=new_id, primary_key=True)
    token_sha256: str = Field(unique=True)
    user_id: str = Field(foreign_key="user_account.id", index=True)
    role: str
    """The person's role when it was made; with another role it is void."""
    name: str
    """What it is for, in the person's words."""
    may_write: bool
    created_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    used_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Instant, nullable=True))


class BadToken(ValueError):
    """No such token can be made; the message says what to change."""


def issue(
    school: School, session: Session, user: User, *, name: str, may_write: bool, days: int
) -> str:
    """A new token of this person, to be shown once. Raises `BadToken`."""
    name = " ".join(name.split())
    if not 0 < len(name) <= 100:
        raise BadToken("Say in up to 100 characters what the token is for.")
    if days not in LASTS:
        raise BadToken("Choose how long it is good for.")
    if len(tokens_of(school, session, user.id)) >= MOST:
        raise BadToken(f"You have {MOST} tokens. Revoke one that is not needed any more.")
    token, now = PREFIX + secrets.token_urlsafe(32), school.clock()
    row = ApiToken(
        token_sha256=_digest(token),
        user_id=user.id,
        role=user.role,
        name=name,
        may_write=may_write,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(row)
    facts = {"token": row.id, "may_write": may_write, "days": days}
    school.audit.append(session, user.id, "token.made", user.id, facts)
    return token


def tokens_of(school: School, session: Session, user_id: str) -> list[ApiToken]:
    """The person's tokens that are good, the newest first."""
    query = select(ApiToken).where(
        ApiToken.user_id == user_id,
        col(ApiToken.revoked_at).is_(None),
        col(ApiToken.expires_at) > school.clock(),
    )
    return list(session.exec(query.order_by(col(ApiToken.created_at).desc())))


def holder(school: School, session: Session, token: str) -> tuple[User, ApiToken] | None:
    """The person and the token, or None where it is not good (any more).

    Whether the person's account is open is for the caller to ask.
    """
    query = select(ApiToken).where(ApiToken.token_sha256 == _digest(token))
    row = session.exec(query).first()
    if row is None or row.revoked_at or row.expires_at <= school.clock():
        return None
    user = session.get_one(User, row.user_id)
    return (user, row) if user.role == row.role else None


def is_due(school: School, row: ApiToken) -> bool:
    """Has its use not been noted for a while? Each note is a write."""
    return row.used_at is None or school.clock() - row.used_at > _TOUCH_AFTER


def note_use(school: School, session: Session, token_id: str) -> None:
    session.get_one(ApiToken, token_id).used_at = school.clock()


def revoke(school: School, session: Session, user: User, token_id: str) -> None:
    """End one of the person's own tokens; one that is not theirs, or has ended, is let be."""
    row = session.get(ApiToken, token_id)
    if row is not None and row.user_id == user.id and row.revoked_at is None:
        row.revoked_at = school.clock()
        school.audit.append(session, user.id, "token.revoked", user.id, {"token": row.id})


def revoke_all(school: School, session: Session, user: User, *, actor: str) -> None:
    """End every token of the person."""
    for row in tokens_of(school, session, user.id):
        row.revoked_at = school.clock()
        school.audit.append(session, actor, "token.revoked", user.id, {"token": row.id})


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
