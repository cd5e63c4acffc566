"""Find pupils: by words, class and year, and by what the office has to see to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from gatekeeper_consent.answers import Use
from gatekeeper_consent.models import FaceTemplate, Pupil
from gatekeeper_consent.people import (
    CALLED,
    as_person,
    best_first,
    folded,
    may_hold,
    may_match,
    roll_columns,
    shown_name,
)
from gatekeeper_consent.records import protected
from gatekeeper_consent.standing import expiring, not_answered, refused

SOON = timedelta(days=60)
"""A consent that ends within so many days is to be asked for again."""


class Matter(StrEnum):
    """What the office has to see to."""

    NOT_ANSWERED = "not-answered"
    REFUSED = "refused"
    EXPIRES = "expires"
    NEVER_PUBLISH = "never-publish"
    NO_FACE = "no-face"
    LEFT = "left"


@dataclass(frozen=True)
class Wanted:
    """What is looked for; everything that is given must fit."""

    text: str = ""
    """Words with which a name, class or id begins."""
    class_name: str = ""
    year: str = ""
    matter: Matter | None = None
    use: Use | None = None
    """For which use something was not answered, refused, or expires; None: for none at all
    answered, any refused, any that expires."""


def find_pupils(
    session: Session, wanted: Wanted, on: date, classes_of: Callable[[str], Iterable[str]]
) -> list[str]:
    """Ids of the pupils who fit, by name: first those whose name begins with the text.

    Who left is found by words and as a leaver; otherwise only who is at the school.
    `classes_of` tells the classes apart of a child who is in several.
    """
    words = folded(wanted.text).split()
    fits: list[ColumnElement[bool]] = []
    if not words and wanted.matter is not Matter.LEFT:
        fits.append(col(Pupil.left_on).is_(None))
    if wanted.matter is not None:
        fits += _concerned(session, wanted.matter, wanted.use, on)
    if wanted.class_name:
        fits.append(in_class(session, wanted.class_name, classes_of))
    if wanted.year:
        fits.append(col(Pupil.year) == wanted.year)
    if words:
        found = map(as_person, roll_columns(session, *fits, may_match(words)))
        return [person.person_id for person in best_first(found, wanted.text)]
    everybody = select(Pupil.pupil_id).where(*fits)
    return list(session.exec(everybody.order_by(shown_name(), col(Pupil.pupil_id))))


def in_class(
    session: Session, name: str, classes_of: Callable[[str], Iterable[str]]
) -> ColumnElement[bool]:
    """Pupils in this class, and maybe in others."""
    written = session.exec(select(Pupil.class_name).distinct())
    return col(Pupil.class_name).in_([each for each in written if name in classes_of(each)])


def _concerned(
    session: Session, matter: Matter, use: Use | None, on: date
) -> list[ColumnElement[bool]]:
    """What holds for those pupils whom it is the matter with."""
    pupil_id, left = col(Pupil.pupil_id), col(Pupil.left_on).is_not(None)
    if matter is Matter.LEFT:
        return [left]
    if matter is Matter.NEVER_PUBLISH:
        return [~left, pupil_id.in_(protected(session))]
    if matter is Matter.NO_FACE:
        return [~left, pupil_id.not_in(select(FaceTemplate.person_id))]
    if matter is Matter.REFUSED:
        return [~left, refused(session, use, on)]
    if matter is Matter.EXPIRES:
        return [~left, expiring(session, use, on, on + SOON)]
    return [~left, not_answered(session, use, on)]


def classes_and_years(session: Session) -> tuple[set[str], set[str]]:
    """What is in the columns of the pupils at the school: classes as they are written, years."""
    here = col(Pupil.left_on).is_(None)
    written = session.exec(select(Pupil.class_name, Pupil.year).distinct().where(here)).all()
    return {name for name, _ in written if name}, {year for _, year in written if year}


def namesakes(session: Session, pupil: Pupil) -> list[Pupil]:
    """Other pupils, leavers too, who are called the same; case and accents do not matter."""

    def known_as(first_name: str, preferred_name: str, last_name: str) -> list[str]:
        return folded(f"{preferred_name or first_name} {last_name}").split()

    name = known_as(pupil.first_name, pupil.preferred_name, pupil.last_name)
    maybe = session.exec(
        select(Pupil.pupil_id, Pupil.first_name, Pupil.preferred_name, Pupil.last_name).where(
            # A surname says most.
            *(may_hold(CALLED, word) for word in reversed(name))
        )
    )
    same = {pupil_id for pupil_id, *parts in maybe if known_as(*parts) == name}
    others = select(Pupil).where(col(Pupil.pupil_id).in_(same - {pupil.pupil_id}))
    return list(session.exec(others.order_by(col(Pupil.pupil_id))))
