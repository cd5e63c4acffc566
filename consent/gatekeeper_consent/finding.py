"""Find pupils: by words, class and year, and by what the office has to see to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlmodel import Session, col, select

from gatekeeper_consent.answers import Answer, Use, effective_answer
from gatekeeper_consent.models import FaceTemplate, Pupil
from gatekeeper_consent.people import as_person, best_first, folded, pupils
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
    roll = pupils(session, leavers=leavers)
    if wanted.matter is not None:
        concerned = _concerned(session, roll, wanted.matter, wanted.use, on)
        roll = [pupil for pupil in roll if pupil.pupil_id in concerned]
    if wanted.class_name:
        roll = [pupil for pupil in roll if wanted.class_name in classes_of(pupil.class_name)]
    if wanted.year:
        roll = [pupil for pupil in roll if pupil.year == wanted.year]
    return [person.person_id for person in best_first(map(as_person, roll), wanted.text)]


def _concerned(
    session: Session, roll: Iterable[Pupil], matter: Matter, use: Use | None, on: date
) -> set[str]:
    """The ids of those pupils whom it is the matter with."""
    if matter is Matter.LEFT:
        return {pupil.pupil_id for pupil in roll if pupil.left_on is not None}
    here = {pupil.pupil_id for pupil in roll if pupil.left_on is None}
    if matter is Matter.NEVER_PUBLISH:
        return here & protected(session)
    if matter is Matter.NO_FACE:
        return here - {*session.exec(select(FaceTemplate.person_id))}
    newest = newest_consents(session, use=use)
    answers = {key: effective_answer(row, on) for key, row in newest.items()}
    if matter is Matter.REFUSED:
        return here & {who for (who, *_), answer in answers.items() if answer is Answer.NO}
    if matter is Matter.EXPIRES:
        ends = {key: row.expires_on for key, row in newest.items() if answers[key] is Answer.YES}
        return here & {who for (who, *_), day in ends.items() if day and day <= on + SOON}
    return here - {who for (who, *_), answer in answers.items() if answer is not Answer.UNKNOWN}


def classes_and_years(session: Session) -> tuple[set[str], set[str]]:
    """What is in the columns of the pupils at the school: classes as they are written, years."""
    here = col(Pupil.left_on).is_(None)
    written = session.exec(select(Pupil.class_name, Pupil.year).distinct().where(here)).all()
    return {name for name, _ in written if name}, {year for _, year in written if year}


def namesakes(session: Session, pupil: Pupil) -> list[Pupil]:
    """Other pupils, leavers too, who are called the same; case and accents do not matter."""
    name = folded(as_person(pupil).name).split()
    same = select(Pupil).where(Pupil.pupil_id != pupil.pupil_id)
    return [other for other in session.exec(same) if folded(as_person(other).name).split() == name]
