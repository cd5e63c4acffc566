"""The yearly look at who may do what: listed, compared with the last one, signed off (P18)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from gatekeeper_queue.models import Account, AuditEvent, User
from gatekeeper_queue.notices import settle
from gatekeeper_queue.people import STAFF, Act, Role, require
from gatekeeper_queue.record_models import AccessReview
from gatekeeper_queue.school import School

EVERY = timedelta(days=365)
FIRST = timedelta(days=30)
"""A new school has so long for its first review."""
MAX_NOTE = 1000


class BadReview(Exception):
    """It cannot be signed off like that; the message says why."""


@dataclass(frozen=True)
class Difference:
    """One thing that is otherwise than at the last review."""

    kind: str
    """`person` or `account`."""
    id: str
    what: str
    """Completes the name: "is new", "was coordinator, is head now"."""


def listed(session: Session, last_sign_ins: Mapping[str, datetime]) -> list[dict[str, Any]]:
    """Everybody on the staff and every account on a channel as they are now, and how many
    parents have an account. What a review keeps: ids, roles and states, no names.
    """
    people = session.exec(
        select(User).where(col(User.role).in_(list(STAFF))).order_by(col(User.id))
    )
    accounts = session.exec(select(Account).order_by(col(Account.id)))
    parents = select(func.count()).where(User.role == Role.PARENT, col(User.active))
    return [
        *(
            {
                "kind": "person",
                "id": user.id,
                "role": user.role,
                "active": user.active,
                "last": _day(last_sign_ins.get(user.id)),
            }
            for user in people
        ),
        *(
            {
                "kind": "account",
                "id": account.id,
                "owner": account.owner_id,
                "active": account.active,
            }
            for account in accounts
        ),
        {"kind": "parents", "id": "", "count": session.exec(parents).one()},
    ]


def digest_of(rows: list[dict[str, Any]]) -> str:
    """Tells whether what is signed is what was seen. Sign-ins that go on meanwhile do not count."""
    kept = [{name: row[name] for name in row if name != "last"} for row in rows]
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def sign_off(
    school: School,
    session: Session,
    by: User,
    last_sign_ins: Mapping[str, datetime],
    seen: str,
    note: str,
) -> AccessReview:
    """Say that everybody's access is right, or is being put right. `seen` is `digest_of` what
    the person was shown. Raises `NotAllowed`, or `BadReview` when it has changed since.
    """
    require(by, Act.CONFIRM_SETTINGS)
    rows = listed(session, last_sign_ins)
    if digest_of(rows) != seen:
        raise BadReview("Something has changed since you opened this page. Look at it again.")
    review = AccessReview(
        at=school.clock(), signed_by=by.id, listed=rows, note=note.strip()[:MAX_NOTE]
    )
    session.add(review)
    session.flush()
    settle(session, school.clock(), ("access-review-due",), "access")
    data = {"people": sum(row["kind"] == "person" for row in rows), "digest": seen}
    school.audit.append(session, by.id, "access.reviewed", str(review.id), data)
    return review


def last_review(session: Session) -> AccessReview | None:
    return session.exec(select(AccessReview).order_by(col(AccessReview.id).desc()).limit(1)).first()


def access_review_due(school: School, session: Session) -> date:
    """The day by which the next review is to be signed off; it is overdue after that day."""
    newest = last_review(session)
    if newest is not None:
        return (newest.at.astimezone(school.zone) + EVERY).date()
    begun = session.exec(select(AuditEvent.at).order_by(col(AuditEvent.seq)).limit(1)).first()
    return ((begun or school.clock()).astimezone(school.zone) + FIRST).date()


def differences(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[Difference]:
    """What is otherwise than it was, people first."""
    old = {(row["kind"], row["id"]): row for row in before}
    new = {(row["kind"], row["id"]): row for row in now}
    return [
        Difference(kind, row_id, what)
        for kind, row_id in sorted({*old, *new}, key=lambda key: (key[0] != "person", key))
        if kind in ("person", "account")
        for what in _otherwise(old.get((kind, row_id)), new.get((kind, row_id)))
    ]


def _otherwise(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[str]:
    if old is None:
        return ["is new"]
    if new is None:
        return ["is gone"]
    found = []
    if old.get("role") != new.get("role"):
        found.append(f"was {old['role']}, is {new['role']} now")
    if old.get("owner") != new.get("owner"):
        found.append("has another owner")
    if old["active"] != new["active"]:
        words = ("was opened again", "was closed")
        if new["kind"] == "account":
            words = ("was switched on again", "was switched off")
        found.append(words[0] if new["active"] else words[1])
    return found


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment else ""
