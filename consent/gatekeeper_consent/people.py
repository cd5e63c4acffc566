"""The people on the register: list them, find them, export them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from anyascii import anyascii
from sqlalchemy import Row
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from gatekeeper_consent.answers import Decision
from gatekeeper_consent.contents import FolderContents, RollRow, StaffRow
from gatekeeper_consent.models import Pupil, StaffMember
from gatekeeper_consent.records import newest_biometric, newest_consents, protected

_SIGNS = {code: " " for code in range(128) if not chr(code).isalnum()}


@dataclass(frozen=True)
class Person:
    """A pupil or a member of staff, as a search finds them."""

    person_id: str
    kind: str
    """`pupil` or `staff`."""
    name: str
    class_name: str
    """Empty for staff."""
    left_on: date | None
    other_names: str = ""
    """Searched but not shown: middle names, and the first name of a child called otherwise."""

    @property
    def left(self) -> bool:
        return self.left_on is not None


def pupils(
    session: Session, *, leavers: bool = False, ids: Collection[str] | None = None
) -> list[Pupil]:
    """The children on the roll by id; with `leavers` those who left as well. Of these `ids`
    only, where given."""
    everybody = select(Pupil).order_by(col(Pupil.pupil_id))
    if ids is not None:
        everybody = everybody.where(col(Pupil.pupil_id).in_(ids))
    if not leavers:
        everybody = everybody.where(col(Pupil.left_on).is_(None))
    return list(session.exec(everybody))


def roll_columns(session: Session, *fits: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """The pupils of whom that holds as columns, in no order: what to search thousands by."""
    return session.execute(sa.select(sa.inspect(Pupil).local_table).where(*fits)).all()


def shown_name() -> ColumnElement[str]:
    """The name that a pupil goes by (`as_person`), to sort by in the database."""
    called = sa.case(
        (col(Pupil.preferred_name) != "", col(Pupil.preferred_name)), else_=col(Pupil.first_name)
    )
    return sa.func.trim(called + " " + col(Pupil.last_name))


CALLED = (Pupil.preferred_name, Pupil.first_name, Pupil.last_name)
_TOLD = (*CALLED, Pupil.middle_names, Pupil.class_name, Pupil.pupil_id)


def may_match(words: Iterable[str]) -> ColumnElement[bool]:
    """Pupils whose names, class or id may begin with the words."""
    return sa.and_(*(may_hold(_TOLD, word) for word in words))


def may_hold(columns: Sequence[Any], word: str) -> ColumnElement[bool]:
    """Where a folded word stands in one of the columns, and wherever there is an accent or
    another letter: how those are folded only `folded` knows."""
    held = [col(each).icontains(word, autoescape=True) for each in columns]
    accents = [
        sa.func.length(each) != sa.func.length(sa.cast(each, sa.LargeBinary)) for each in columns
    ]
    return sa.or_(*held, *accents)


def staff(
    session: Session, *, leavers: bool = False, ids: Collection[str] | None = None
) -> list[StaffMember]:
    """The members of staff by id; with `leavers` those who left as well. Of these `ids` only,
    where given."""
    everybody = select(StaffMember).order_by(col(StaffMember.staff_id))
    if ids is not None:
        everybody = everybody.where(col(StaffMember.staff_id).in_(ids))
    if not leavers:
        everybody = everybody.where(col(StaffMember.left_on).is_(None))
    return list(session.exec(everybody))


def search_people(
    session: Session, text: str, limit: int = 20, *, leavers: bool = False
) -> list[Person]:
    """People each of whose names, ids or classes begin with the words of `text`.

    Case and accents do not matter ("zoe" finds Zoë). Best first: whose shown name begins
    with the text, then by name. An empty text finds nobody. Names with accents are folded in
    Python, because SQLite's own lower() knows none.
    """
    words = folded(text).split()
    if not words:
        return []
    here = sa.true() if leavers else col(Pupil.left_on).is_(None)
    everybody = [
        *map(as_person, roll_columns(session, here, may_match(words))),
        *map(_member, staff(session, leavers=leavers)),
    ]
    return best_first(everybody, text)[:limit]


def best_first(people: Iterable[Person], text: str) -> list[Person]:
    """Those whom every word of the text fits; first whose shown name begins with it."""
    words = folded(text).split()
    if not words:
        return sorted(people, key=lambda who: (who.name, who.person_id))
    start = " ".join(words)
    found = [person for person in people if _matches(person, words)]
    found.sort(key=lambda who: (not folded(who.name).startswith(start), who.name, who.person_id))
    return found


def as_person(pupil: Pupil | Row[Any]) -> Person:
    """The pupil, as an object or as its columns, as a search shows them."""
    called = pupil.preferred_name or pupil.first_name
    name = f"{called} {pupil.last_name}".strip()
    other = f"{pupil.first_name} {pupil.middle_names}"
    return Person(pupil.pupil_id, "pupil", name, pupil.class_name, pupil.left_on, other)


def _member(member: StaffMember) -> Person:
    parts = (member.title, member.first_name, member.last_name)
    name = " ".join(part for part in parts if part)
    return Person(member.staff_id, "staff", name, "", member.left_on)


def _matches(person: Person, words: list[str]) -> bool:
    told = f"{person.name} {person.other_names} {person.class_name} {person.person_id}"
    tokens = folded(told).split()
    return all(any(token.startswith(word) for token in tokens) for word in words)


def folded(text: str) -> str:
    """Without case, accents and signs, as names are compared."""
    folded = text if text.isascii() else anyascii(unicodedata.normalize("NFC", text))
    return folded.casefold().translate(_SIGNS)


def contents_of(session: Session) -> FolderContents:
    """The register as it stands, for `write_folder`: people at the school, and what the family
    and the guardians together say. A child who is never to be published is a no for every
    use, because the folder has no other way to say it.
    """
    roll = tuple(map(roll_row, pupils(session)))
    members = tuple(map(staff_row, staff(session)))
    children = {row.pupil_id for row in roll}
    everybody = children | {row.staff_id for row in members}
    consents = newest_consents(session)
    kept_back = protected(session)
    biometric = newest_biometric(session)
    return FolderContents(
        roll=roll,
        staff=members,
        consents=tuple(
            replace(row, decision=Decision.NO) if row.pupil_id in kept_back else row
            for key, row in sorted(consents.items())
            if row.pupil_id in children and row.decision is not Decision.CLEARED
        ),
        biometric=tuple(row for who, row in sorted(biometric.items()) if who in everybody),
    )


def roll_row(pupil: Pupil) -> RollRow:
    """The pupil as a row of roll.csv."""
    return RollRow(
        pupil_id=pupil.pupil_id,
        first_name=pupil.first_name,
        middle_names=pupil.middle_names,
        last_name=pupil.last_name,
        preferred_name=pupil.preferred_name,
        class_name=pupil.class_name,
        year=pupil.year,
    )


def staff_row(member: StaffMember) -> StaffRow:
    """The member of staff as a row of staff.csv."""
    return StaffRow(member.staff_id, member.title, member.first_name, member.last_name)
