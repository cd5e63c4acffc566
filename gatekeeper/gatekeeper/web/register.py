"""Looking a pupil up: what the family has said for each use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Response
from sqlmodel import Session

from gatekeeper.web.content_form import classes
from gatekeeper.web.errors import NotFound
from gatekeeper.web.face_views import face_card
from gatekeeper.web.postlines import PostLine, post_line, posts_with
from gatekeeper.web.security import SignedIn
from gatekeeper.web.words import CONSENT_WORDS, channel_name, count
from gatekeeper_consent.models import Pupil
from gatekeeper_consent.records import biometric_in_force
from gatekeeper_consent.register import (
    Answer,
    Use,
    UseAnswers,
    answers_for_use,
    search_people,
)
from gatekeeper_queue.people import Act
from gatekeeper_queue.states import PostState

router = APIRouter()

_NOTHING = "Nothing was ticked. Tick what the family withdraws, or choose “Withdraw everything”."
_MOST = 40
"""So many are shown at once: a whole class."""
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
    recognised: bool
    """May the machine know the child's face (G02)?"""

    @property
    def withdrawable(self) -> bool:
        """Is there any use left that could be ticked?"""
        return any(use.withdrawable for use in self.uses)


@router.get("/register")
def look_up(visit: SignedIn, q: str = "") -> Response:
    """Search by name, class or id."""
    visit.require(Act.LOOK_UP_CONSENT)
    with visit.school.database.read() as session:
        today = visit.school.today()
        ids = [
            person.person_id
            for person in search_people(session, q, _MOST + 1, leavers=True)
            if person.kind == "pupil"
        ]
        found = pupil_views(session, ids[:_MOST], today)
        offered = classes(session)
    return visit.page(
        "register.html", q=q, found=found, classes=offered, more=len(ids) > _MOST, most=_MOST
    )


@router.get("/register/{pupil_id}")
def pupil_page(pupil_id: str, visit: SignedIn, withdrawn: str = "") -> Response:
    visit.require(Act.LOOK_UP_CONSENT)
    with visit.school.database.read() as session:
        pupil = pupil_view(session, pupil_id, visit.school.today())
        may_edit = visit.may(Act.EDIT_REGISTER)
        posts = posts_with(session, pupil_id) if may_edit else []
        lines = [post_line(session, post) for post in posts]
        year = timedelta(days=visit.site.settings.reenrol_days)
        faces = face_card(visit.school, session, pupil_id, year) if may_edit else None
    return visit.page(
        "pupil.html",
        pupil=pupil,
        may_edit=may_edit,
        faces=faces,
        lines=lines,
        coming_down=any(line.post.overdue_removal and not line.post.stubborn for line in lines),
        message=_told(withdrawn, lines),
        problem=_NOTHING if withdrawn == "nothing" else "",
    )


def _told(withdrawn: str, lines: Sequence[PostLine]) -> str:
    """What became of a withdrawal; `withdrawn` is how many posts come down because of it.

    They are the newest of those that were asked to go, and so the first of `lines`.
    """
    if not withdrawn.isascii() or not withdrawn.isdecimal() or len(withdrawn) > 4:
        return ""
    asked = [line for line in lines if line.post.removal_reason][: int(withdrawn)]
    if not asked:
        return "The withdrawal is recorded. No published post had to come down."
    gone = sum(line.post.state == PostState.REMOVED for line in asked)
    of, verb = count(len(asked), "post"), "is" if 1 in (gone, len(asked)) else "are"
    return f"The withdrawal is recorded. {gone} of {of} {verb} gone."


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
    answers = {use: answers_for_use(session, use, on) for use in Use}
    known = biometric_in_force(session, on, wanted)
    rows = [row for pupil_id in wanted if (row := session.get(Pupil, pupil_id))]
    return [_view(row, answers, row.pupil_id in known) for row in rows]


def _view(
    row: Pupil, answers: Mapping[Use, Mapping[str, UseAnswers]], recognised: bool
) -> PupilView:
    uses = [
        UseView(
            use=use.value,
            name=channel_name(use.value),
            group=_answer(found[row.pupil_id].group),
            individual=_answer(found[row.pupil_id].individual),
        )
        for use, found in answers.items()
    ]
    return PupilView(
        id=row.pupil_id,
        name=f"{row.preferred_name or row.first_name} {row.last_name}",
        class_name=row.class_name,
        year=row.year,
        left_on=row.left_on,
        uses=uses,
        recognised=recognised,
    )


def _answer(answer: Answer) -> AnswerView:
    return AnswerView(CONSENT_WORDS[answer], _LOOKS[answer])
