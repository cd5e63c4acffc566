"""The parents' area: one's own children, their posts, and objections."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from fastapi import APIRouter
from sqlmodel import Session

from gatekeeper.api.access import Known
from gatekeeper.api.shapes import ANSWERS, Number, Page, Shape, Text
from gatekeeper.web.breaks import NOT_ON_BREAK
from gatekeeper.web.family import (
    answer_for,
    own_objection_of,
    own_objections,
    own_withdrawals,
    recognition_for,
    withdraw_for,
)
from gatekeeper.web.family_posts import channels_seen, object_for
from gatekeeper.web.family_views import ChildView, child_view
from gatekeeper.web.letters import letter_of
from gatekeeper.web.loading import PAGE
from gatekeeper.web.own_children import own_child, own_children
from gatekeeper.web.site import Caller
from gatekeeper_consent.answers import Answer, Decision, Scope, Use
from gatekeeper_queue.models import NewsItem
from gatekeeper_queue.objections import answer_of, still_seen
from gatekeeper_queue.own_pages import shown_items
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import Objection

router = APIRouter(prefix="/family", tags=["family"])


class OwnAnswerOut(Shape):
    """What counts for one use of one's child's pictures."""

    use: Use
    scope: Scope
    counts: Answer
    note: str
    """Where somebody else's no counts: what this parent said themselves."""
    offers: list[str]
    """`yes` and `no`, as far as either would be new or change what counts."""


class ChildOut(Shape):
    """One of the parent's children."""

    id: str
    name: str
    class_name: str
    left_on: date | None
    never_published: bool
    answers: list[OwnAnswerOut]
    recognised: bool
    """May the machine know the child's face?"""
    recognition_offers: list[str]


class OwnAnswerIn(Shape):
    """The parent's own answer."""

    use: Use
    scope: Scope
    decision: Literal["yes", "no"]


class RecognitionIn(Shape):
    """The parent's own answer about recognition by the machine."""

    decision: Literal["yes", "no"]


class PictureOut(Shape):
    """A picture of a post."""

    sha256: str
    alt: str


class NewsOut(Shape):
    """A post on the school's own pages."""

    post_id: str
    text: str
    published_at: datetime
    pictures: list[PictureOut]


class ObjectIn(Shape):
    """An objection; nobody has to say why."""

    words: Text = ""


class OwnObjection(Shape):
    """What has become of an objection of one's own."""

    id: str
    post_id: str
    at: datetime
    acknowledged_at: datetime | None
    outcome: str
    """`upheld` or `declined`; empty until it is decided."""
    answer: str
    still_up: list[str]
    """Where others may still see it."""


class OwnWithdrawal(Shape):
    """A withdrawal of one's own."""

    id: str
    child: str
    at: datetime
    uses: list[str]
    everything: bool
    coming_down: bool
    """Is something still to be seen to be gone?"""
    finished_at: datetime | None


@router.get("/children")
def children(caller: Known) -> Page[ChildOut]:
    """The parent's own, by name."""
    caller.require(Act.OWN_CHILDREN)
    with caller.school.database.read() as session:
        found = [
            child_view(caller.school, session, caller.user, one)
            for one in own_children(session, caller.user)
        ]
    return Page(items=[_child(one) for one in found], more=False)


@router.post("/children/{pupil_id}/answer")
def do_answer(pupil_id: str, sent: OwnAnswerIn, caller: Known) -> ChildOut:
    """Give or refuse leave. What is up and no longer permitted comes down."""
    answer_for(caller, pupil_id, sent.use, sent.scope, Decision(sent.decision))
    return _one(caller, pupil_id)


@router.post("/children/{pupil_id}/withdraw")
def do_withdraw(pupil_id: str, caller: Known) -> ChildOut:
    """Take back everything."""
    withdraw_for(caller, pupil_id)
    return _one(caller, pupil_id)


@router.post("/children/{pupil_id}/recognition")
def do_recognition(pupil_id: str, sent: RecognitionIn, caller: Known) -> ChildOut:
    """Let the machine learn the face, or have it forgotten at once."""
    recognition_for(caller, pupil_id, sent.decision == "yes")
    return _one(caller, pupil_id)


@router.get("/withdrawals")
def withdrawals(caller: Known) -> Page[OwnWithdrawal]:
    """One's own, the newest first."""
    caller.require(Act.OWN_CHILDREN)
    with caller.school.database.read() as session:
        letters = [letter_of(session, row) for row in own_withdrawals(session, caller.user)]
    items = [OwnWithdrawal.of(letter) for letter in letters]
    return Page(items=items, more=False)


@router.get("/posts", dependencies=[NOT_ON_BREAK])
def posts(caller: Known, number: Number = 1) -> Page[NewsOut]:
    """What is on the website and in the parents' area, the newest first."""
    with caller.school.database.read() as session:
        query = shown_items(*channels_seen(session, caller))
        rows = session.exec(query.offset((number - 1) * PAGE).limit(PAGE + 1)).all()
    return Page(items=[_news(row) for row in rows[:PAGE]], more=len(rows) > PAGE)


@router.post("/posts/{post_id}/object", status_code=201, dependencies=[NOT_ON_BREAK])
def do_object(post_id: str, sent: ObjectIn, caller: Known) -> OwnObjection:
    """Object to a post: it is hidden at once, and then decided about."""
    row = object_for(caller, post_id, sent.words)
    with caller.school.database.read() as session:
        return _objection(caller, session, row)


@router.get("/objections")
def objections(caller: Known) -> Page[OwnObjection]:
    """One's own, the newest first."""
    caller.require(Act.OWN_CHILDREN)
    with caller.school.database.read() as session:
        rows = own_objections(session, caller.user)
        return Page(items=[_objection(caller, session, row) for row in rows], more=False)


@router.get("/objections/{objection_id}")
def one_objection(objection_id: str, caller: Known) -> OwnObjection:
    """What has become of one of one's own."""
    caller.require(Act.OWN_CHILDREN)
    with caller.school.database.read() as session:
        return _objection(caller, session, own_objection_of(session, caller.user, objection_id))


def _one(caller: Caller, pupil_id: str) -> ChildOut:
    with caller.school.database.read() as session:
        child = own_child(session, caller.user, pupil_id)
        return _child(child_view(caller.school, session, caller.user, child))


def _child(view: ChildView) -> ChildOut:
    return ChildOut(
        id=view.id,
        name=view.name,
        class_name=view.class_name,
        left_on=view.left_on,
        never_published=view.never_published,
        answers=[
            OwnAnswerOut(
                use=Use(one.use),
                scope=Scope(one.scope),
                counts=ANSWERS[one.look],
                note=one.note,
                offers=list(one.offers),
            )
            for use in view.uses
            for one in use.answers
        ],
        recognised=view.recognition.in_force,
        recognition_offers=list(view.recognition.offers),
    )


def _news(row: NewsItem) -> NewsOut:
    pictures = [PictureOut(sha256=one["sha256"], alt=one["alt"]) for one in row.pictures]
    return NewsOut(
        post_id=row.post_id, text=row.text, published_at=row.published_at, pictures=pictures
    )


def _objection(caller: Caller, session: Session, row: Objection) -> OwnObjection:
    return OwnObjection(
        id=row.id,
        post_id=row.post_id,
        at=row.at,
        acknowledged_at=row.acknowledged_at,
        outcome=row.outcome,
        answer=answer_of(caller.school, row),
        still_up=[post.channel for post in still_seen(session, row)],
    )
