"""What the office does about a face that the machine may know: answers, and reference pictures.

Raised where something cannot be done: `UnusableAnswer`, `CannotEnrol`, and what the register
raises for people who have left and guardians without a say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial

from fastapi import Request, Response
from sqlmodel import Session
from starlette.datastructures import UploadFile

from gatekeeper.enrolling import Tried, enrol_pictures, forget_picture
from gatekeeper.web.errors import NotFound
from gatekeeper.web.face_views import FaceCard, face_card
from gatekeeper.web.site import Caller
from gatekeeper.web.uploads import problem_with
from gatekeeper_consent.biometric import give_biometric, set_child_refusal, withdraw_biometric
from gatekeeper_consent.models import Guardian, ReferenceFace
from gatekeeper_detectors.faces.engine import engine_for
from gatekeeper_detectors.faces.search import FacePool
from gatekeeper_queue.notices import tell_parents
from gatekeeper_queue.recheck import register_changed
from gatekeeper_queue.recognition import tell_guardians

NO_SAY = "Nothing was recorded: this person has left, or that guardian has no say any more."
"""What is said where the register raises."""


class UnusableAnswer(Exception):
    """What was filled in cannot be used; the message says what to change."""


@dataclass(frozen=True)
class FaceAnswer:
    """What somebody wrote about learning a face."""

    yes: bool
    on: date
    """The day of the signature."""
    guardian_id: str | None
    """Whose own answer it is; None: the family's, or a member of staff's."""
    signed_by: str = ""
    """Who signed, where it is the family's."""


def pool_of(request: Request) -> FacePool:
    """The processes that look for faces."""
    found: FacePool = request.app.state.faces
    return found


def card_of(caller: Caller, person_id: str) -> FaceCard:
    """One pupil or member of staff. Raises `NotFound`."""
    with caller.school.database.read() as session:
        return face_card(caller.school, session, person_id)


def record_face_answer(
    caller: Caller,
    session: Session,
    card: FaceCard,
    answer: FaceAnswer,
    form_id: str | None = None,
) -> None:
    """Record it, with the scan that shows it. A yes is told to the other parents, and a no
    deletes what the machine knows."""
    school, person_id = caller.school, card.person_id
    if answer.on > school.today():
        raise UnusableAnswer("The day of the signature has not come yet.")
    given_by = _giver(session, card, answer)
    act: Callable[..., None] = partial(withdraw_biometric, on=answer.on)
    if answer.yes:
        act = partial(give_biometric, given_on=answer.on)
    act(
        session,
        person_id,
        given_by=given_by,
        guardian_id=answer.guardian_id,
        form_id=form_id,
        recorded_by=caller.user.id,
        now=school.clock(),
        record=partial(school.audit.append, session, caller.user.id),
    )
    if answer.guardian_id is not None:
        tell_parents(school, session, "answer-recorded", person_id, [answer.guardian_id])
    if answer.yes and card.is_pupil:
        tell_guardians(school, session, person_id, but=answer.guardian_id)
    register_changed(school, session, [person_id], actor=caller.user.id)


def _giver(session: Session, card: FaceCard, answer: FaceAnswer) -> str:
    if not card.is_pupil:
        return "themselves"
    if answer.guardian_id is None:
        if not answer.signed_by:
            raise UnusableAnswer("Say who signed.")
        return answer.signed_by
    guardian = session.get(Guardian, answer.guardian_id)
    if guardian is None:
        raise UnusableAnswer("Choose whose answer it is.")
    return guardian.name


def record_refusal(caller: Caller, card: FaceCard, refused: bool) -> None:
    """The child's own say, which goes before the parents' (G02). Raises `NotFound` for staff."""
    if not card.is_pupil:
        raise NotFound
    school = caller.school
    with school.database.write() as session:
        set_child_refusal(
            session,
            card.person_id,
            refused,
            recorded_by=caller.user.id,
            now=school.clock(),
            record=partial(school.audit.append, session, caller.user.id),
        )
        register_changed(school, session, [card.person_id], actor=caller.user.id)


def add_pictures(
    caller: Caller, pool: FacePool, card: FaceCard, uploads: Iterable[UploadFile]
) -> list[Tried]:
    """Look at the pictures; each is kept or refused with its reason. Raises `CannotEnrol`."""
    refused, pictures = [], []
    for upload in uploads:
        name = upload.filename or ""
        if problem := problem_with(upload):
            refused.append(Tried(name, problem))
        else:
            pictures.append((name, upload.file.read()))
    engine = engine_for(caller.site.settings.models)
    tried = enrol_pictures(
        caller.school, pool, engine, card.person_id, pictures, actor=caller.user.id
    )
    return [*tried, *refused]


def delete_picture(caller: Caller, pool: FacePool, card: FaceCard, reference_id: int) -> bool:
    """Delete one; the machine learns the face anew from the others. False when it was gone."""
    engine = engine_for(caller.site.settings.models)
    return forget_picture(
        caller.school, pool, engine, card.person_id, reference_id, actor=caller.user.id
    )


def give_out_picture(caller: Caller, person_id: str, reference_id: int) -> Response:
    """One reference picture, decrypted; each look is on record (P06). Raises `NotFound`."""
    school = caller.school
    with school.database.write() as session:
        row = session.get(ReferenceFace, reference_id)
        if row is None or row.person_id != person_id:
            raise NotFound
        data = {"reference": reference_id}
        school.audit.append(session, caller.user.id, "reference.seen", person_id, data)
        picture = school.cipher.decrypt(row.picture)
    return Response(picture, media_type="image/jpeg")
