"""Training and the acceptable use policy: one's own, signed on the page, and everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from gatekeeper.web.security import Form, Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper.web.words import StateWords, count, plain_date
from gatekeeper_queue.models import User
from gatekeeper_queue.people import Act, NotAllowed
from gatekeeper_queue.school import School
from gatekeeper_queue.training import (
    AUP,
    KINDS,
    TRAINING,
    BadTraining,
    Standing,
    authors_of,
    counts_until,
    may_tweet,
    record_training,
    sign_aup,
    standings,
)

router = APIRouter()

_SOON = timedelta(days=30)
_DONE = {"signed": "Thank you. Your signature is recorded, and counts from now."}


@dataclass(frozen=True)
class PersonView:
    """How one member of staff stands."""

    id: str
    name: str
    may_tweet: bool
    words: dict[str, StateWords]
    """For the training and for the signature."""
    own: bool


@router.get("/training")
def training_page(visit: SignedIn, done: str = "") -> Response:
    return _show(visit, message=_told(done))


@router.post("/training/sign")
def sign(visit: SignedIn, form: Posted) -> Response:
    """Sign the present version of the policy."""
    visit.require(Act.SUBMIT)
    if form.text("version") != visit.school.aup.version:
        return _show(visit, problem="The policy was changed meanwhile. Read it again.", status=409)
    name = form.text("name")
    try:
        with visit.school.database.write() as session:
            user = session.get_one(User, visit.user.id)
            sign_aup(visit.school, session, user, name, bool(form.text("read")))
    except BadTraining as error:
        return _show(visit, problem=str(error), typed_name=name, status=422)
    return RedirectResponse("/training?done=signed", 303)


@router.post("/training/record")
def record(visit: SignedIn, form: Posted) -> Response:
    """Record a training of several people, or that they signed on paper."""
    visit.require(Act.RECORD_TRAINING)
    chosen = form.texts("person")
    try:
        on = _day(form)
        with visit.school.database.write() as session:
            record_training(visit.school, session, visit.user, chosen, form.text("kind"), on)
    except (BadTraining, NotAllowed) as error:
        return _show(visit, problem=str(error), chosen=chosen, status=422)
    return RedirectResponse(f"/training?done={len(set(chosen))}", 303)


def _day(form: Form) -> date:
    try:
        return date.fromisoformat(form.text("on"))
    except ValueError:
        raise BadTraining("Give the day on which it was.") from None


def _told(done: str) -> str:
    if done.isascii() and done.isdecimal() and len(done) < 5:
        return f"Recorded for {count(int(done), 'person', 'people')}."
    return _DONE.get(done, "")


def _show(
    visit: Visit,
    *,
    message: str = "",
    problem: str = "",
    typed_name: str = "",
    chosen: Sequence[str] = (),
    status: int = 200,
) -> Response:
    visit.require(Act.SUBMIT)
    school, everybody = visit.school, visit.may(Act.RECORD_TRAINING)
    with school.database.read() as session:
        people = person_views(school, session, visit.user, everybody)
    return visit.page(
        "training.html",
        status=status,
        own=next(person for person in people if person.own),
        people=people if everybody else [],
        lapsing=[person for person in people if "ask" in _looks(person)],
        aup=school.aup,
        today=school.today(),
        typed_name=typed_name,
        chosen=chosen,
        message=message,
        problem=problem,
    )


def person_views(
    school: School, session: Session, reader: User, everybody: bool
) -> list[PersonView]:
    """How everybody who may submit stands, or the reader alone."""
    people = authors_of(session) if everybody else [reader]
    held = standings(session, [person.id for person in people])
    return [
        PersonView(
            id=person.id,
            name=person.display_name,
            may_tweet=may_tweet(school, held[person.id]),
            words={kind: _words(school, kind, held[person.id]) for kind in KINDS},
            own=person.id == reader.id,
        )
        for person in people
    ]


def _words(school: School, kind: str, held: Standing) -> StateWords:
    """How long it counts; or that it does not, and why."""
    until = counts_until(school, kind, held)
    on = held.trained_on if kind == TRAINING else held.aup_signed_on
    if until is None:
        if kind == AUP and on is not None:
            return StateWords(
                "Other version", f"Another version was signed on {plain_date(on)}.", "no"
            )
        return StateWords("Missing", "Nothing is on record.", "no")
    if until < school.today():
        return StateWords("Lapsed", f"It counted until {plain_date(until)}.", "no")
    look = "ask" if until <= school.today() + _SOON else "ok"
    word = "Lapses soon" if look == "ask" else "Counts"
    return StateWords(word, f"It counts until {plain_date(until)}.", look)


def _looks(person: PersonView) -> set[str]:
    return {words.look for words in person.words.values()}
