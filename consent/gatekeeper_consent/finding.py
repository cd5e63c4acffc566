"""Find pupils: by words, class and year, and by what the office has to see to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, and_, case
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, func, or_, select

from gatekeeper_consent.answers import Answer, Decision, Use, effective_answer
from gatekeeper_consent.models import Consent, FaceTemplate, Pupil
from gatekeeper_consent.people import as_person, best_first, folded, roll_columns
from gatekeeper_consent.records import newest_consents, protected

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
    leavers = bool(folded(wanted.text).split()) or wanted.matter is Matter.LEFT
    roll = roll_columns(session, leavers=leavers)
    if wanted.matter is not None:
        concerned = _concerned(session, roll, wanted.matter, wanted.use, on)
        roll = [pupil for pupil in roll if pupil.pupil_id in concerned]
    if wanted.class_name:
        roll = [pupil for pupil in roll if wanted.class_name in classes_of(pupil.class_name)]
    if wanted.year:
        roll = [pupil for pupil in roll if pupil.year == wanted.year]
    return [person.person_id for person in best_first(map(as_person, roll), wanted.text)]


def _concerned(
    session: Session, roll: Iterable[Row[Any]], matter: Matter, use: Use | None, on: date
) -> set[str]:
    """The ids of those pupils whom it is the matter with."""
    if matter is Matter.LEFT:
        return {pupil.pupil_id for pupil in roll if pupil.left_on is not None}
    here = {pupil.pupil_id for pupil in roll if pupil.left_on is None}
    if matter is Matter.NEVER_PUBLISH:
        return here & protected(session)
    if matter is Matter.NO_FACE:
        return here - {*session.exec(select(FaceTemplate.person_id))}
    if matter is Matter.REFUSED:
        refusal = or_(col(Consent.decision) == Decision.NO, col(Consent.withdrawn_on).is_not(None))
        return _answered(session, here & _with_record(session, refusal), use, on, {Answer.NO})
    if matter is Matter.EXPIRES:
        ends = col(Consent.expires_on).between(on, on + SOON)
        return _expiring(session, here & _with_record(session, ends), use, on)
    return _not_answered(session, here, use, on)


def _with_record(session: Session, condition: ColumnElement[bool]) -> set[str]:
    """Pupils with such a record, whether it still counts or not: few, and quickly found."""
    return {*session.exec(select(Consent.pupil_id).distinct().where(condition))}


def _answered(
    session: Session, ids: set[str], use: Use | None, on: date, wanted: Set[Answer]
) -> set[str]:
    newest = newest_consents(session, use=use, pupil_ids=ids)
    return {who for (who, *_), row in newest.items() if effective_answer(row, on) in wanted}


def _expiring(session: Session, ids: set[str], use: Use | None, on: date) -> set[str]:
    newest = newest_consents(session, use=use, pupil_ids=ids)
    return {
        who
        for (who, *_), row in newest.items()
        if effective_answer(row, on) is Answer.YES
        and row.expires_on is not None
        and row.expires_on <= on + SOON
    }


def _not_answered(session: Session, ids: set[str], use: Use | None, on: date) -> set[str]:
    """Most have said something plain, and need not be read; the others are, one use after the
    other."""
    left = ids - _surely_answered(session, use, on)
    for one in (use,) if use else Use:
        left -= _answered(session, left, one, on, {Answer.YES, Answer.NO})
    return left


def _surely_answered(session: Session, use: Use | None, on: date) -> set[str]:
    """Pupils of whom every record for one use (or this one) is the family's, and a yes or a no
    on the day by itself: whichever of them is the newest, it is an answer."""
    yes = and_(
        col(Consent.decision) == Decision.YES,
        col(Consent.given_on) <= on,
        or_(col(Consent.expires_on).is_(None), col(Consent.expires_on) > on),
    )
    no = or_(col(Consent.decision) == Decision.NO, col(Consent.withdrawn_on).is_not(None))
    plain = and_(col(Consent.guardian_id).is_(None), or_(yes, no))
    query = (
        select(Consent.pupil_id)
        .group_by(col(Consent.pupil_id), col(Consent.use))
        .having(func.sum(case((plain, 0), else_=1)) == 0)
    )
    return {*session.exec(query if use is None else query.where(col(Consent.use) == use))}


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
    everybody = session.exec(
        select(Pupil.pupil_id, Pupil.first_name, Pupil.preferred_name, Pupil.last_name)
    )
    same = {pupil_id for pupil_id, *parts in everybody if known_as(*parts) == name}
    others = select(Pupil).where(col(Pupil.pupil_id).in_(same - {pupil.pupil_id}))
    return list(session.exec(others.order_by(col(Pupil.pupil_id))))
