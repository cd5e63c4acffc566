"""Erasing one child's record from the register, and keeping it from coming back (G04)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session, col, delete, select

from gatekeeper_consent.contents import FolderContents
from gatekeeper_consent.faces import purge_templates
from gatekeeper_consent.models import (
    BiometricConsent,
    Consent,
    ConsentForm,
    Erasure,
    Guardian,
    Guardianship,
    ImportDraft,
    Protection,
    Pupil,
)
from gatekeeper_consent.ports import Recorder, UnknownPerson


def digest_of(pupil_id: str) -> str:
    """sha256 hex by which an erased id is known again, however its letters are written."""
    return hashlib.sha256(f"gatekeeper erased {pupil_id.casefold()}".encode()).hexdigest()


def note_erasure(session: Session, pupil_id: str, *, asked_by: str, now: datetime) -> Erasure:
    """From now on no import brings the child back. A second time returns the first.

    Raises `UnknownPerson`.
    """
    if session.get(Pupil, pupil_id) is None:
        raise UnknownPerson(pupil_id)
    digest = digest_of(pupil_id)
    known = session.exec(select(Erasure).where(Erasure.digest == digest)).first()
    if known is not None:
        return known
    row = Erasure(
        id=f"e{uuid4().hex}", digest=digest, pupil_id=pupil_id, asked_by=asked_by, asked_at=now
    )
    session.add(row)
    session.flush()
    return row


def readmit(session: Session, pupil_id: str, *, record: Recorder) -> None:
    """The child is on the roll again: the next import may bring them back.

    Raises `UnknownPerson` for an id that was never erased, or is not yet.
    """
    query = select(Erasure).where(
        Erasure.digest == digest_of(pupil_id), col(Erasure.done_at).is_not(None)
    )
    row = session.exec(query).first()
    if row is None:
        raise UnknownPerson(pupil_id)
    session.delete(row)
    record("erasure.lifted", row.id, {})


def erased_among(session: Session, ids: Collection[str]) -> set[str]:
    """Which of these ids are erased or are to be."""
    known = set(session.exec(select(Erasure.digest)))
    return {each for each in ids if digest_of(each) in known} if known else set()


def without_erased(session: Session, contents: FolderContents) -> tuple[FolderContents, int]:
    """The contents without the children who were erased, and how many were left out."""
    ids = {row.pupil_id for row in contents.roll} | {row.pupil_id for row in contents.consents}
    gone = erased_among(session, ids | {row.person_id for row in contents.biometric})
    if not gone:
        return contents, 0
    return replace(
        contents,
        roll=tuple(row for row in contents.roll if row.pupil_id not in gone),
        consents=tuple(row for row in contents.consents if row.pupil_id not in gone),
        biometric=tuple(row for row in contents.biometric if row.person_id not in gone),
        faces=tuple(face for face in contents.faces if face.person_id not in gone),
    ), len(gone)


def only_theirs(session: Session, pupil_id: str) -> list[str]:
    """Ids of the guardians who never had a say about any other child."""
    others = select(Guardianship.guardian_id).where(Guardianship.pupil_id != pupil_id)
    query = select(Guardianship.guardian_id).where(
        Guardianship.pupil_id == pupil_id, col(Guardianship.guardian_id).not_in(others)
    )
    return sorted(set(session.exec(query)))


def erase_from_register(session: Session, pupil_id: str, *, record: Recorder) -> None:
    """Delete the child's rows, and the guardians who had a say about nobody else. Whatever
    refers to those guardians must be gone. Uploaded exports go too: the child is in them."""
    guardians = only_theirs(session, pupil_id)
    purge_templates(session, pupil_id, record=record)
    session.exec(delete(BiometricConsent).where(col(BiometricConsent.person_id) == pupil_id))
    for table in (Consent, ConsentForm, Protection, Guardianship):
        session.exec(delete(table).where(col(table.pupil_id) == pupil_id))
    session.exec(delete(Guardian).where(col(Guardian.id).in_(guardians)))
    session.exec(delete(ImportDraft))
    session.exec(delete(Pupil).where(col(Pupil.pupil_id) == pupil_id))
    session.flush()
