"""The faces that the machine may know: who agreed, and the reference pictures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, File, Request, Response, UploadFile

from gatekeeper.api.access import Known
from gatekeeper.api.downloads import file_of
from gatekeeper.api.problems import Unusable
from gatekeeper.api.shapes import ANSWERS, Name, Shape
from gatekeeper.enrolling import MOST, Tried
from gatekeeper.web.errors import Conflict, NotFound
from gatekeeper.web.face_changes import (
    NO_SAY,
    FaceAnswer,
    add_pictures,
    card_of,
    delete_picture,
    give_out_picture,
    pool_of,
    record_face_answer,
    record_refusal,
)
from gatekeeper.web.face_views import FaceCard, overview
from gatekeeper.web.loading import RowId
from gatekeeper.web.site import Caller
from gatekeeper_consent.answers import Answer
from gatekeeper_consent.ports import NotTheirGuardian, UnknownForm, UnknownPerson
from gatekeeper_queue.people import Act
from gatekeeper_queue.recognition import why_not

router = APIRouter(prefix="/faces", tags=["recognition"])


class CandidateOut(Shape):
    """Somebody whose face may be learnt, or a member of staff."""

    person_id: str
    name: str
    note: str
    """The class, or “staff”."""
    pictures: int
    due_on: date | None
    """Since when new pictures are due."""


class CandidatesOut(Shape):
    """About whose faces somebody has to do something."""

    locked: str
    """Why nobody is recognised in this school; empty where people are."""
    due: list[CandidateOut]
    """Whose pictures are a year old."""
    few: list[CandidateOut]
    """Who agreed, and has too few pictures or none."""
    staff: list[CandidateOut]
    known: int
    """How many people have enough pictures that are young enough."""


class FaceAnswerOut(Shape):
    """What one person said to it."""

    who: str
    guardian_id: str
    """Empty for the family's own record, and for staff."""
    says: str
    counts: Answer


class ReferenceOut(Shape):
    """One reference picture."""

    id: int
    added_at: datetime


class FaceOut(Shape):
    """One person's face, as far as the machine may know it."""

    person_id: str
    name: str
    note: str
    """The class, or “staff”."""
    allowed: bool
    """Is consent in force?"""
    refused: bool
    """Does the child refuse?"""
    known: bool
    """Does the machine know this face, here and now?"""
    why: str
    """Why it does not, or how it would know it better."""
    answers: list[FaceAnswerOut]
    pictures: list[ReferenceOut]
    due_on: date | None
    """When new pictures should be taken."""


class FaceAnswerIn(Shape):
    """What a parent, or a member of staff, wrote."""

    decision: Literal["yes", "no"]
    on: date
    """The day of the signature."""
    guardian_id: Name | None = None
    """Whose own answer it is; null: the family's, or the member of staff's."""
    signed_by: Name = ""
    """Who signed, where it is the family's."""
    form_id: Name | None = None
    """The scan that shows it (`/pupils/{pupil_id}/forms`)."""


class RefusalIn(Shape):
    """The child's own say."""

    refused: bool


class TriedOut(Shape):
    """What became of one picture."""

    name: str
    kept: bool
    refused: str
    """Why it was not kept."""
    known: bool
    """It was there already."""
    like: str
    """Id of somebody else whom the machine would take it for."""
    unlike: bool
    """It resembles none of the other pictures of this person."""


class EnrolledOut(Shape):
    """What became of the pictures, and the face then."""

    tried: list[TriedOut]
    face: FaceOut


@router.get("")
def candidates(caller: Known) -> CandidatesOut:
    """Whose pictures are due, who could be learnt, and the staff."""
    caller.require(Act.EDIT_REGISTER)
    with caller.school.database.read() as session:
        people = overview(caller.school, session)
        locked = why_not(caller.school, session)
    return CandidatesOut(
        locked=locked,
        due=[CandidateOut.of(one) for one in people.due],
        few=[CandidateOut.of(one) for one in people.few],
        staff=[CandidateOut.of(one) for one in people.staff],
        known=people.known,
    )


@router.get("/{person_id}")
def one_face(person_id: str, caller: Known) -> FaceOut:
    """Who said what about learning it, and the pictures."""
    return _face(_card(caller, person_id))


@router.post("/{person_id}/answer")
def do_answer(person_id: str, sent: FaceAnswerIn, caller: Known) -> FaceOut:
    """Record a written yes or no. A no deletes what the machine knows of the face."""
    card = _card(caller, person_id)
    answer = FaceAnswer(sent.decision == "yes", sent.on, sent.guardian_id, sent.signed_by.strip())
    try:
        with caller.school.database.write() as session:
            record_face_answer(caller, session, card, answer, sent.form_id)
    except UnknownForm as error:
        raise Unusable("There is no such scan among this child’s forms.") from error
    except (UnknownPerson, NotTheirGuardian) as error:
        raise Conflict(NO_SAY) from error
    return _face(card_of(caller, person_id))


@router.post("/{person_id}/refusal")
def do_refusal(person_id: str, sent: RefusalIn, caller: Known) -> FaceOut:
    """Record that the child refuses, which goes before the parents' yes, or no longer does."""
    record_refusal(caller, _card(caller, person_id), sent.refused)
    return _face(card_of(caller, person_id))


@router.post("/{person_id}/pictures")
def do_enrol(
    person_id: str,
    pictures: Annotated[list[UploadFile], File(min_length=1, max_length=MOST)],
    request: Request,
    caller: Known,
) -> EnrolledOut:
    """Look at pictures, keep those that can serve, and learn the face from them."""
    card = _card(caller, person_id)
    tried = add_pictures(caller, pool_of(request), card, pictures)
    return EnrolledOut(tried=[_tried(one) for one in tried], face=_face(card_of(caller, person_id)))


@router.get(
    "/{person_id}/pictures/{reference_id}.jpg",
    response_class=Response,
    responses=file_of("image/jpeg"),
)
def one_picture(person_id: str, reference_id: RowId, caller: Known) -> Response:
    """A reference picture. Each look is on record."""
    caller.require(Act.EDIT_REGISTER)
    return give_out_picture(caller, person_id, reference_id)


@router.post("/{person_id}/pictures/{reference_id}/delete")
def do_delete(person_id: str, reference_id: RowId, request: Request, caller: Known) -> FaceOut:
    """Delete a picture; the machine learns the face anew from the others."""
    if not delete_picture(caller, pool_of(request), _card(caller, person_id), reference_id):
        raise NotFound
    return _face(card_of(caller, person_id))


def _card(caller: Caller, person_id: str) -> FaceCard:
    """For those who keep the register. Raises `NotFound`."""
    caller.require(Act.EDIT_REGISTER)
    return card_of(caller, person_id)


def _face(card: FaceCard) -> FaceOut:
    return FaceOut(
        person_id=card.person_id,
        name=card.name,
        note=card.note,
        allowed=card.allowed,
        refused=card.refused,
        known=card.known,
        why=card.why,
        answers=[
            FaceAnswerOut(
                who=one.who, guardian_id=one.guardian_id, says=one.says, counts=ANSWERS[one.look]
            )
            for one in card.answers
        ],
        pictures=[ReferenceOut.of(one) for one in card.pictures],
        due_on=card.due_on,
    )


def _tried(one: Tried) -> TriedOut:
    return TriedOut(
        name=one.name,
        kept=not one.refused,
        refused=one.refused,
        known=one.known,
        like=one.like,
        unlike=one.unlike,
    )
