"""Notices: who is told what. Ids only; never a child's name, a caption or a picture (promise 9).

A notice is a row in the transaction that caused it, so none is lost and none is sent for what
did not happen. The pages show it; the worker mails it afterwards.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, select

from gatekeeper_queue.models import User
from gatekeeper_queue.people import Role
from gatekeeper_queue.record_models import Notice
from gatekeeper_queue.school import School


@dataclass(frozen=True)
class NoticeKind:
    """What one kind of notice says, and the page that it leads to."""

    says: str
    path: str
    """With `{}` for the subject's id."""


KINDS: dict[str, NoticeKind] = {}
"""Every notice that there is, by its kind."""


def tell(
    school: School,
    session: Session,
    kind: str,
    subject: str,
    *,
    users: Collection[str] = (),
    roles: Collection[Role] = (),
    esafety: bool = False,
) -> None:
    """Tell these people, everybody active with one of the roles, and, where `esafety`, the
    school's e-safety address, each once. Raises `KeyError` for a kind that is not in `KINDS`.
    """
    KINDS[kind]
    wanted = select(User.id).where(
        col(User.active), col(User.id).in_(users) | col(User.role).in_([str(r) for r in roles])
    )
    now = school.clock()
    told: list[str | None] = [*sorted(session.exec(wanted))]
    if esafety:
        told.append(None)
    session.add_all(
        Notice(user_id=user_id, kind=kind, subject=subject, at=now, not_before=now)
        for user_id in told
    )
    session.flush()
