"""Scans of the forms that families signed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, File, Response, UploadFile

from gatekeeper.api.access import Known
from gatekeeper.api.downloads import file_of
from gatekeeper.api.rows import known
from gatekeeper.api.shapes import Page, Shape
from gatekeeper.web.errors import Conflict
from gatekeeper.web.scans import give_out_scan, keep_scan, scans_of
from gatekeeper_consent.models import Pupil
from gatekeeper_queue.people import Act

router = APIRouter(prefix="/pupils/{pupil_id}/forms", tags=["register"])


class FormOut(Shape):
    """A scan of a signed form."""

    id: str
    """To be said with the answers that it shows: `form_id`."""
    name: str
    media_type: str
    sha256: str
    added_at: datetime


@router.get("")
def forms(pupil_id: str, caller: Known) -> Page[FormOut]:
    """The child's, the newest first; without what is on them."""
    caller.require(Act.EDIT_REGISTER)
    with caller.school.database.read() as session:
        known(session, Pupil, pupil_id)
        rows = scans_of(session, pupil_id)
    return Page(items=[FormOut.of(row) for row in rows], more=False)


@router.post("", status_code=201)
def new_form(pupil_id: str, scan: Annotated[UploadFile, File()], caller: Known) -> FormOut:
    """Keep a scan (PDF, JPEG or PNG, at most 5 MB), so that answers can refer to it."""
    caller.require(Act.EDIT_REGISTER)
    with caller.school.database.write() as session:
        if known(session, Pupil, pupil_id).left_on is not None:
            raise Conflict("This child has left the school, so no answer can be recorded.")
        return FormOut.of(keep_scan(caller, session, pupil_id, scan))


@router.get(
    "/{form_id}",
    response_class=Response,
    responses=file_of("application/pdf", "image/jpeg", "image/png"),
)
def one_form(pupil_id: str, form_id: str, caller: Known) -> Response:
    """The scan itself. That it was read is on record."""
    caller.require(Act.EDIT_REGISTER)
    return give_out_scan(caller, pupil_id, form_id)
