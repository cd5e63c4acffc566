"""An upload that waits, encrypted, until somebody has seen what it would change (P06)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session, col, delete

from gatekeeper_consent.models import ImportDraft
from gatekeeper_consent.ports import Cipher


class NoDraft(LookupError):
    """The upload is not there (any more), or is another person's."""


@dataclass(frozen=True)
class Draft:
    """One upload."""

    id: str
    name: str
    files: Mapping[str, bytes]
    """Content by the name of the file: one export, or the files of a register folder."""
    columns: Mapping[str, str]
    """Its mapping; empty until somebody has looked at it."""


def keep_draft(
    session: Session,
    cipher: Cipher,
    files: Mapping[str, bytes],
    columns: Mapping[str, str],
    *,
    added_by: str,
    now: datetime,
) -> str:
    """Keep an upload until it is swept (`sweep_drafts`); its id."""
    row = ImportDraft(
        id=uuid4().hex,
        name=", ".join(files)[:200],
        content=cipher.encrypt(_packed(files)),
        columns=dict(columns),
        added_at=now,
        added_by=added_by,
    )
    session.add(row)
    session.flush()
    return row.id


def open_draft(session: Session, cipher: Cipher, draft_id: str, *, by: str) -> Draft:
    """The person's own upload. Raises `NoDraft`."""
    row = _own(session, draft_id, by)
    return Draft(row.id, row.name, _unpacked(cipher.decrypt(row.content)), dict(row.columns))


def map_draft(session: Session, draft_id: str, columns: Mapping[str, str], *, by: str) -> None:
    """Say what its columns are. Raises `NoDraft`."""
    row = _own(session, draft_id, by)
    row.columns = dict(columns)
    session.add(row)


def drop_draft(session: Session, draft_id: str, *, by: str) -> None:
    """It was imported or is not wanted. Raises `NoDraft`."""
    session.delete(_own(session, draft_id, by))


def sweep_drafts(session: Session, before: datetime) -> int:
    """Delete what was sent before that moment and never confirmed; how many."""
    old = delete(ImportDraft).where(col(ImportDraft.added_at) < before)
    return session.exec(old).rowcount


def _own(session: Session, draft_id: str, by: str) -> ImportDraft:
    row = session.get(ImportDraft, draft_id)
    if row is None or row.added_by != by:
        raise NoDraft(draft_id)
    return row


def _packed(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _unpacked(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
