"""Scans of signed forms: kept with the child, and given out with a word in the audit log."""

from __future__ import annotations

from functools import partial

from fastapi import Response
from sqlmodel import Session, col, select
from starlette.datastructures import UploadFile

from gatekeeper.web.downloads import as_download
from gatekeeper.web.errors import NotFound
from gatekeeper.web.site import Caller
from gatekeeper_consent.forms import MAX_BYTES, add_form, read_form
from gatekeeper_consent.models import ConsentForm


def keep_scan(caller: Caller, session: Session, pupil_id: str, upload: UploadFile) -> ConsentForm:
    """Keep the scan with the child. Raises `UnknownPerson`, and `UnusableForm` for what is none."""
    return add_form(
        session,
        caller.school.cipher,
        pupil_id,
        upload.filename or "form",
        upload.file.read(MAX_BYTES + 1),
        added_by=caller.user.id,
        now=caller.school.clock(),
        record=partial(caller.school.audit.append, session, caller.user.id),
    )


def scans_of(session: Session, pupil_id: str) -> list[ConsentForm]:
    """The child's, the newest first."""
    query = select(ConsentForm).where(ConsentForm.pupil_id == pupil_id)
    newest = (col(ConsentForm.added_at).desc(), col(ConsentForm.id))
    return list(session.exec(query.order_by(*newest)))


def give_out_scan(caller: Caller, pupil_id: str, form_id: str) -> Response:
    """The scan of a form of this child; that it was read is on record (P06). Raises `NotFound`."""
    school = caller.school
    with school.database.write() as session:
        row = session.get(ConsentForm, form_id)
        if row is None or row.pupil_id != pupil_id:
            raise NotFound
        form, data = read_form(session, school.cipher, form_id)
        school.audit.append(session, caller.user.id, "form.read", pupil_id, {"form": form_id})
        return as_download(data, form.name, form.media_type)
