"""Scans of signed forms: kept encrypted, given back only whole (P06)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import PurePath
from uuid import uuid4

from sqlmodel import Session, col, select

from gatekeeper_consent.models import ConsentForm, Pupil
from gatekeeper_consent.ports import Cipher, Recorder, UnknownForm, UnknownPerson

MAX_BYTES = 5_000_000
_BEGINNINGS = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
"""How a scan begins, whatever its file is called."""


class UnusableForm(ValueError):
    """The scan cannot be kept; the message says why and what to do."""


class DamagedForm(Exception):
    """What is stored is not what was scanned."""


def add_form(
    session: Session,
    cipher: Cipher,
    pupil_id: str,
    name: str,
    data: bytes,
    *,
    added_by: str,
    now: datetime,
    record: Recorder,
) -> ConsentForm:
    """Keep the scan of a signed form, encrypted. Raises `UnknownPerson`, `UnusableForm`."""
    if session.get(Pupil, pupil_id) is None:
        raise UnknownPerson(pupil_id)
    media_type = _media_type(data)
    form = ConsentForm(
        id=f"f{uuid4().hex}",
        pupil_id=pupil_id,
        name=PurePath(name.replace("\\", "/")).name[:100] or "form",
        media_type=media_type,
        content=cipher.encrypt(data),
        sha256=hashlib.sha256(data).hexdigest(),
        added_at=now,
        added_by=added_by,
    )
    session.add(form)
    session.flush()
    record("form.added", pupil_id, {"form": form.id, "sha256": form.sha256})
    return form


def _media_type(data: bytes) -> str:
    if not data:
        raise UnusableForm("The file is empty. Scan the form again.")
    if len(data) > MAX_BYTES:
        raise UnusableForm(
            f"The scan has more than {MAX_BYTES // 1_000_000} MB. Scan it in black and white, "
            "or at 150 dots per inch."
        )
    for beginning, media_type in _BEGINNINGS.items():
        if data.startswith(beginning):
            return media_type
    raise UnusableForm("The scan must be a PDF, JPEG or PNG file. Save it as one of these.")


def read_form(session: Session, cipher: Cipher, form_id: str) -> tuple[ConsentForm, bytes]:
    """The scan as it was added. Raises `UnknownForm`, `DamagedForm`, or what the cipher raises
    for a wrong key."""
    form = session.get(ConsentForm, form_id)
    if form is None:
        raise UnknownForm(form_id)
    data = cipher.decrypt(form.content)
    if hashlib.sha256(data).hexdigest() != form.sha256:
        raise DamagedForm(form_id)
    return form, data


def require_form(session: Session, form_id: str, pupil_id: str) -> None:
    """Raise `UnknownForm` unless the scan is one of this child's."""
    query = select(ConsentForm.id).where(
        col(ConsentForm.id) == form_id, col(ConsentForm.pupil_id) == pupil_id
    )
    if session.exec(query).first() is None:
        raise UnknownForm(form_id)
