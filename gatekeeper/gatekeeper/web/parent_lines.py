"""Guardians as lines of a list: with their children, and what account they have."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from gatekeeper.invitations import AccountState, account_states, with_account, with_link
from gatekeeper_consent.finding import in_class
from gatekeeper_consent.models import Guardian, Guardianship, Pupil
from gatekeeper_consent.people import CALLED, folded, may_hold
from gatekeeper_detectors.values import classes_in
from gatekeeper_queue.school import School

_NOTHING = AccountState(None, None, None)


class ChildOf(NamedTuple):
    """A child, as the list of parents names it."""

    id: str
    name: str
    class_name: str
    here: bool
    """Has not left the school."""


@dataclass(frozen=True)
class ParentLine:
    """A guardian with the children they have a say about, and their account."""

    id: str
    name: str
    email: str
    children: list[ChildOf]
    state: AccountState

    @property
    def kind(self) -> str:
        if self.state.open:
            return "account"
        return "invited" if self.state.invited_until else "none"

    @property
    def last_sign_in(self) -> datetime | None:
        return self.state.last_sign_in

    def fits(self, words: list[str]) -> bool:
        told = f"{self.name} {self.email} {' '.join(child.name for child in self.children)}"
        tokens = folded(told).split()
        return all(any(token.startswith(word) for token in tokens) for word in words)


def guardian_lines(school: School, session: Session, ids: Collection[str]) -> list[ParentLine]:
    """The guardians with these ids, in that order; ids that nobody has are left out."""
    states, children = account_states(school, session, ids), _children(session, ids)
    query = select(Guardian.id, Guardian.name, Guardian.email).where(col(Guardian.id).in_(ids))
    found = {
        one: ParentLine(one, name, email, children.get(one, []), states.get(one, _NOTHING))
        for one, name, email in session.exec(query)
    }
    return [found[one] for one in ids if one in found]


def kinds(school: School, session: Session) -> dict[str, int]:
    """How many guardians there are of each kind (`ParentLine.kind`)."""
    kind = _kind(school)
    query = sa.select(kind, sa.func.count()).where(_listed(school)).group_by(kind)
    found: dict[str, int] = dict(session.execute(query).all())
    return found


def find_guardians(school: School, session: Session, kind: str, words: list[str]) -> list[str]:
    """Ids of the guardians of one kind (empty: of any) whom the words fit, by name."""
    fits = [_listed(school), *(_may_fit(word) for word in words)]
    if kind:
        fits.append(_kind(school) == kind)
    found = _by_name(session, *fits)
    if not words:
        return found
    return [line.id for line in guardian_lines(school, session, found) if line.fits(words)]


def to_invite(school: School, session: Session, class_name: str) -> list[str]:
    """Ids of the guardians who were never invited, or not in time, and have a child here; of one
    class, or of all. An account that was closed is opened by name alone."""
    children = _say_about(col(Pupil.left_on).is_(None))
    if class_name:
        children = _say_about(
            col(Pupil.left_on).is_(None), in_class(session, class_name, classes_in)
        )
    return _by_name(session, children, ~with_account(closed=True), ~with_link(school))


def _by_name(session: Session, *fits: ColumnElement[bool]) -> list[str]:
    found = session.execute(sa.select(col(Guardian.name), col(Guardian.id)).where(*fits))
    # Sorted here: the database's own lower() knows no accents.
    return [one for _, one in sorted(found, key=lambda row: (row[0].casefold(), row[1]))]


def _listed(school: School) -> ColumnElement[bool]:
    """Guardians with a child, or with an account or a link."""
    with_say = select(Guardianship.guardian_id).where(col(Guardianship.ended_at).is_(None))
    say = col(Guardian.id).in_(with_say)
    return or_(say, with_account(closed=True), with_link(school))


def _kind(school: School) -> ColumnElement[str]:
    """As `ParentLine.kind` has it."""
    return sa.case((with_account(), "account"), (with_link(school), "invited"), else_="none")


def _may_fit(word: str) -> ColumnElement[bool]:
    """Guardians in whose name or address, or in a child's name, the word may stand."""
    own = may_hold((Guardian.name, Guardian.email), word)
    return or_(own, _say_about(may_hold(CALLED, word)))


def _say_about(*which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Guardians who have a say about such a child."""
    children = select(Guardianship.guardian_id).join(
        Pupil, col(Pupil.pupil_id) == col(Guardianship.pupil_id)
    )
    return col(Guardian.id).in_(children.where(col(Guardianship.ended_at).is_(None), *which))


def _children(session: Session, ids: Collection[str]) -> dict[str, list[ChildOf]]:
    query = (
        sa.select(
            col(Guardianship.guardian_id), col(Pupil.pupil_id), col(Pupil.first_name),
            col(Pupil.preferred_name), col(Pupil.last_name), col(Pupil.class_name),
            col(Pupil.left_on),
        )
        .join(Pupil, col(Pupil.pupil_id) == col(Guardianship.pupil_id))
        .where(col(Guardianship.ended_at).is_(None), col(Guardianship.guardian_id).in_(ids))
        .order_by(col(Guardianship.id))
    )  # fmt: skip
    found: dict[str, list[ChildOf]] = {}
    for guardian_id, pupil_id, first, preferred, last, written, left_on in session.execute(query):
        one = ChildOf(pupil_id, f"{preferred or first} {last}", written, left_on is None)
        found.setdefault(guardian_id, []).append(one)
    return found
