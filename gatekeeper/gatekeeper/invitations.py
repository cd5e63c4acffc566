"""One account for each guardian, made with a link from the office (P11).

The link works once, for a fortnight, and only its digest is stored. A link for a guardian who
has an account already gives it a new password, which also lets a closed account in again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, true, update
from sqlmodel import Session, col, func, select

from gatekeeper.signin import SignIn, add_user, close_account, has_child, set_address, set_password
from gatekeeper_consent.models import Guardian
from gatekeeper_queue.models import User
from gatekeeper_queue.notices import tell
from gatekeeper_queue.people import Role
from gatekeeper_queue.record_models import Invitation
from gatekeeper_queue.school import School

VALID = timedelta(days=14)


class BadLink(Exception):
    """The link is used, revoked, too old or made up; the message says what to do."""


class CannotInvite(Exception):
    """Nobody is to be invited here; the message says why."""


@dataclass(frozen=True)
class AccountState:
    """What a guardian has: an account, a link to make one, or neither."""

    user: User | None
    """Their account, open or closed."""
    last_sign_in: datetime | None
    invited_until: datetime | None
    """Until when the link that is out may be used."""

    @property
    def open(self) -> bool:
        return self.user is not None and self.user.active


def invite(school: School, session: Session, guardian_id: str, *, actor: str) -> str:
    """Make a link's token; an earlier link of this guardian is void from now on.

    Raises `CannotInvite` for a guardian without a child at the school.
    """
    if session.get(Guardian, guardian_id) is None or not has_child(session, guardian_id):
        raise CannotInvite("This person has no say about any child here, so needs no account.")
    revoke(school, session, guardian_id, actor=actor)
    if (user := account_of(session, guardian_id)) is not None and user.active:
        tell(school, session, "family-link", user.id, users=[user.id])
    token, now = secrets.token_urlsafe(32), school.clock()
    session.add(
        Invitation(
            token_sha256=_digest(token),
            guardian_id=guardian_id,
            made_by=actor,
            made_at=now,
            expires_at=now + VALID,
        )
    )
    session.flush()
    school.audit.append(session, actor, "invitation.made", guardian_id, {})
    return token


def revoke(school: School, session: Session, guardian_id: str, *, actor: str) -> bool:
    """Make the link that is out void; False when there is none."""
    now = school.clock()
    rows = session.exec(
        select(Invitation).where(
            Invitation.guardian_id == guardian_id,
            col(Invitation.used_at).is_(None),
            col(Invitation.revoked_at).is_(None),
        )
    ).all()
    for row in rows:
        row.revoked_at = now
    if rows:
        school.audit.append(session, actor, "invitation.revoked", guardian_id, {})
    return bool(rows)


def invited(school: School, session: Session, token: str) -> Guardian:
    """Whom the link is for. Raises `BadLink`."""
    return session.get_one(Guardian, _usable(school, session, token).guardian_id)


def accept(school: School, session: Session, token: str, *, email: str, password: str) -> User:
    """Make the guardian's account, or give the one they have a new password.

    Raises `BadLink`, or ValueError for an address or a password that cannot be used; the link
    may then be tried again. An address opens one account, so a parent who works here signs in
    as a parent with another one.
    """
    row = _usable(school, session, token)
    guardian = session.get_one(Guardian, row.guardian_id)
    user = account_of(session, guardian.id)
    if user is None:
        user = add_user(
            school,
            session,
            actor=f"invitation {row.id}",
            email=email,
            name=guardian.name,
            role=Role.PARENT,
            password=password,
            guardian_id=guardian.id,
        )
    else:
        _refuse_strange(user, guardian, email)
        set_address(session, user, email)
        set_password(school, session, user, password, actor=user.id)
        user.active = True
    used = session.execute(
        update(Invitation)
        .where(col(Invitation.id) == row.id, col(Invitation.used_at).is_(None))
        .values(used_at=school.clock())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise BadLink(_USED)
    school.audit.append(session, user.id, "invitation.used", guardian.id, {"invitation": row.id})
    return user


def _refuse_strange(user: User, guardian: Guardian, email: str) -> None:
    """An account that is in use gets no address that the office does not know: its owner would
    hear of nothing any more. Raises ValueError."""
    if email.strip().lower() not in (user.email, guardian.email):
        raise ValueError(
            "Your account has another e-mail address. Keep it, or tell the school office your "
            "new one first."
        )


def account_of(session: Session, guardian_id: str) -> User | None:
    """The guardian's account, open or closed."""
    return session.exec(
        select(User).where(User.guardian_id == guardian_id, User.role == str(Role.PARENT))
    ).first()


def close(school: School, session: Session, guardian_id: str, *, actor: str) -> bool:
    """The guardian may not sign in any more, and no link of theirs works; False without one."""
    revoke(school, session, guardian_id, actor=actor)
    user = account_of(session, guardian_id)
    if user is None or not user.active:
        return False
    close_account(school, session, user, actor=actor)
    return True


def account_states(
    school: School, session: Session, ids: Collection[str]
) -> dict[str, AccountState]:
    """Those of these guardians who have an account or a link, by id; three queries in all."""
    accounts = {
        user.guardian_id: user
        for user in session.exec(select(User).where(_is_account(), col(User.guardian_id).in_(ids)))
    }
    users = [user.id for user in accounts.values()]
    seen = dict(
        session.exec(
            select(SignIn.user_id, func.max(SignIn.created_at))
            .where(col(SignIn.user_id).in_(users))
            .group_by(SignIn.user_id)
        ).all()
    )
    of_these = select(Invitation).where(_is_out(school), col(Invitation.guardian_id).in_(ids))
    links = {row.guardian_id: row.expires_at for row in session.exec(of_these)}
    states = {}
    for guardian_id in accounts.keys() | links.keys():
        user = accounts.get(guardian_id)
        last = seen.get(user.id) if user else None
        states[guardian_id or ""] = AccountState(user, last, links.get(guardian_id or ""))
    return states


def with_account(*, closed: bool = False) -> ColumnElement[bool]:
    """Guardians with an account; with `closed` those as well whose account was closed."""
    query = select(User.guardian_id).where(_is_account(), true() if closed else col(User.active))
    return col(Guardian.id).in_(query)


def with_link(school: School) -> ColumnElement[bool]:
    """Guardians with a link that may still be used."""
    return col(Guardian.id).in_(select(Invitation.guardian_id).where(_is_out(school)))


def _is_account() -> ColumnElement[bool]:
    return and_(col(User.role) == Role.PARENT, col(User.guardian_id).is_not(None))


def _is_out(school: School) -> ColumnElement[bool]:
    return and_(
        col(Invitation.used_at).is_(None),
        col(Invitation.revoked_at).is_(None),
        col(Invitation.expires_at) > school.clock(),
    )


_ASK = "Ask the school office for a new link."
_USED = f"This link has been used. Sign in with your e-mail address and password. {_ASK}"


def _usable(school: School, session: Session, token: str) -> Invitation:
    query = select(Invitation).where(Invitation.token_sha256 == _digest(token))
    row = session.exec(query).first()
    if row is None:
        raise BadLink(f"This link is not complete, or was never made. {_ASK}")
    if row.used_at is not None:
        raise BadLink(_USED)
    if row.revoked_at is not None:
        raise BadLink(f"This link was withdrawn, or a newer one has been made. {_ASK}")
    if row.expires_at <= school.clock():
        raise BadLink(f"This link is more than {VALID.days} days old. {_ASK}")
    if not has_child(session, row.guardian_id):
        raise BadLink("This link is not valid any more. Ask the school office.")
    return row


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
