"""The reference pictures beside the faces of an item that waits for a person."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from gatekeeper.portraits import Portraits
from gatekeeper.web.errors import NotFound
from gatekeeper.web.loading import visible_submission
from gatekeeper.web.security import SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_consent.models import ReferenceFace
from gatekeeper_detectors.faces.search import FacePool
from gatekeeper_queue.comparing import comparable, is_on_record, put_on_record
from gatekeeper_queue.models import Submission

router = APIRouter()


@router.get("/review/{submission_id}/reference/{person_id}.jpg")
def reference(submission_id: str, person_id: str, request: Request, visit: SignedIn) -> Response:
    """The face of somebody whom a face of this item may be, for who reviews it; for anybody
    else, and of anybody else, there is none. Never cached, and put on record first (P06)."""
    school = visit.school
    with school.database.read() as session:
        row, picture = _permitted(session, visit, submission_id, person_id)
        known = is_on_record(school, session, visit.user, row, person_id)
    if not known:
        with school.database.write() as session:
            row, picture = _permitted(session, visit, submission_id, person_id)
            put_on_record(school, session, visit.user, row, person_id)
    pool: FacePool = request.app.state.faces
    portraits: Portraits = request.app.state.portraits
    try:
        face = portraits.cut(pool, school.cipher.decrypt(picture))
    except OSError as error:
        raise NotFound from error  # imported as it was, in a format that browsers cannot show
    return Response(face, media_type="image/jpeg")


def _permitted(
    session: Session, visit: Visit, submission_id: str, person_id: str
) -> tuple[Submission, bytes]:
    """The submission and the encrypted picture. Raises `NotFound`."""
    row = visible_submission(session, visit, submission_id)
    found = comparable(visit.school, session, visit.user, row).get(person_id)
    picture = None if found is None else session.get(ReferenceFace, found)
    if picture is None:
        raise NotFound
    return row, picture.picture
