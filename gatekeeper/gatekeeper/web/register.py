"""Looking pupils up: what the families have said for each use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from sqlmodel import Session, col, select

from gatekeeper.web.content_form import classes
from gatekeeper.web.errors import NotFound
from gatekeeper.web.loading import page_number
from gatekeeper.web.security import SignedIn
from gatekeeper.web.words import CONSENT_WORDS, channel_name
from gatekeeper_consent.consenting import pupil_answer
from gatekeeper_consent.finding import Matter, Wanted, classes_and_years, find_pupils
from gatekeeper_consent.models import Pupil
from gatekeeper_consent.records import biometric_in_force, newest_consents, protected
from gatekeeper_consent.register import Answer, Scope, Use
from gatekeeper_detectors.values import classes_in
from gatekeeper_queue.people import Act

router = APIRouter()

_MOST = 40
"""So many are shown at once: a whole class."""
MATTERS = {
    "not-answered": "Not answered",
    "refused": "Refused",
    "expires": "Expires within 60 days",
    "never-publish": "Never publish",
    "no-face": "No face learnt",
    "left": "Left",
}
"""What the office has to see to, in words."""
_LOOKS = {Answer.YES: "ok", Answer.NO: "no", Answer.UNKNOWN: "ask"}


@dataclass(frozen=True)
class AnswerView:
    """One answer, with its colour and shape."""

    word: str
    look: str


@dataclass(frozen=True)
class UseView:
    """The answers for one use."""

    use: str
    name: str
    group: AnswerView
    individual: AnswerView

    @property
    def withdrawable(self) -> bool:
        """Is there anything left that is not a no already?"""
        return {self.group.word, self.individual.word} != {CONSENT_WORDS[Answer.NO]}


@dataclass(frozen=True)
class PupilView:
    """One child, as the register knows them today."""

    id: str
    name: str
    class_name: str
    year: str
    left_on: date | None
    uses: list[UseView]
    never_publish: bool
    recognised: bool
    """May the machine know the child's face (G02)?"""

    @property
    def withdrawable(self) -> bool:
        """Is there any use left that could be ticked?"""
        return any(use.withdrawable for use in self.uses)


@dataclass(frozen=True)
class Filters:
    """What the address asks for. What does not exist is as if it were not asked for."""

    q: str = ""
    class_name: str = ""
    year: str = ""
    matter: str = ""
    use: str = ""

    @property
    def wanted(self) -> Wanted:
        matter = Matter(self.matter) if self.matter in MATTERS else None
        use = Use(self.use) if self.use in set(Use) else None
        return Wanted(self.q, self.class_name, self.year, matter, use)

    @property
    def nothing(self) -> bool:
        wanted = self.wanted
        return not (wanted.text.strip() or wanted.class_name or wanted.year or wanted.matter)

    def address(self, number: int = 1) -> str:
        """The list with these filters."""
        given = {"q": self.q, "class": self.class_name, "year": self.year}
        given |= {"show": self.matter, "use": self.use, "page": str(number) if number > 1 else ""}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"/register?{query}" if query else "/register"


@router.get("/register")
def look_up(
    visit: SignedIn,
    q: str = "",
    class_name: Annotated[str, Query(alias="class")] = "",
    year: str = "",
    show: str = "",
    use: str = "",
    page: str = "1",
) -> Response:
    """Search by name, class or id; the office also by what it has to see to."""
    visit.require(Act.LOOK_UP_CONSENT)
    may_edit, number = visit.may(Act.EDIT_REGISTER), page_number(page)
    filters = Filters(q, class_name, year, *((show, use) if may_edit else ()))
    with visit.school.database.read() as session:
        today = visit.school.today()
        start = (number - 1) * _MOST
        found, total = (
            ([], 0)
            if filters.nothing and not may_edit
            else found_pupils(session, filters, today, start, _MOST)
        )
        offered = classes(session)
        years = sorted(classes_and_years(session)[1], key=lambda name: (len(name), name))
    return visit.page(
        "register.html",
        filters=filters,
        found=found,
        total=total,
        classes=offered,
        years=years,
        matters=MATTERS if may_edit else {},
        uses=[(use.value, channel_name(use)) for use in Use],
        may_edit=may_edit,
        number=number,
        more=total > start + _MOST,
    )


def found_pupils(
    session: Session, filters: Filters, on: date, first: int, most: int
) -> tuple[list[PupilView], int]:
    """Some of the children who are wanted, in order, and how many there are."""
    ids = find_pupils(session, filters.wanted, on, classes_in)
    return pupil_views(session, ids[first : first + most], on), len(ids)


def pupil_view(session: Session, pupil_id: str, on: date) -> PupilView:
    """One child. Raises `NotFound`."""
    found = pupil_views(session, [pupil_id], on)
    if not found:
        raise NotFound
    return found[0]


def pupil_views(session: Session, ids: Iterable[str], on: date) -> list[PupilView]:
    """The children with these ids, in that order; ids that nobody has are left out."""
    wanted = list(ids)
    if not wanted:
        return []
    known = biometric_in_force(session, on, wanted)
    newest = newest_consents(session, pupil_ids=wanted)
    never = protected(session, wanted)

    def answer(row: Pupil, use: Use, scope: Scope) -> AnswerView:
        given = newest.get((row.pupil_id, use, scope))
        return _answer(pupil_answer(row, given, on, row.pupil_id in never))

    query = select(Pupil).where(col(Pupil.pupil_id).in_(wanted))
    rows = {row.pupil_id: row for row in session.exec(query)}
    return [
        _view(row, partial(answer, row), row.pupil_id in never, row.pupil_id in known)
        for pupil_id in wanted
        if (row := rows.get(pupil_id))
    ]


def _view(
    row: Pupil,
    answer: Callable[[Use, Scope], AnswerView],
    never_publish: bool,
    recognised: bool,
) -> PupilView:
    uses = [
        UseView(
            use=use.value,
            name=channel_name(use.value),
            group=answer(use, Scope.GROUP),
            individual=answer(use, Scope.INDIVIDUAL),
        )
        for use in Use
    ]
    return PupilView(
        id=row.pupil_id,
        name=f"{row.preferred_name or row.first_name} {row.last_name}",
        class_name=row.class_name,
        year=row.year,
        left_on=row.left_on,
        uses=uses,
        never_publish=never_publish,
        recognised=recognised,
    )


def _answer(answer: Answer) -> AnswerView:
    return AnswerView(CONSENT_WORDS[answer], _LOOKS[answer])
