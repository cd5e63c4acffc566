"""Reference pictures and face templates. None exists without biometric consent (promise 7)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, col, delete, func, select

from gatekeeper_consent.models import FaceTemplate, ReferenceFace
from gatekeeper_consent.ports import (
    Cipher,
    Encode,
    NoBiometricConsent,
    Recorder,
    UnusableReference,
)
from gatekeeper_consent.records import biometric_in_force

Vector = NDArray[np.float32]

_STORED = np.dtype("<f4")
"""Little-endian on every machine, so that a database can move."""


@dataclass(frozen=True)
class Engine:
    """The face engine whose vectors are stored. Vectors of two engines never compare."""

    name: str
    version: str
    encode: Encode


@dataclass(frozen=True, eq=False)
class StoredTemplate:
    """What the engine knows of one person: the centroid of the references."""

    person_id: str
    vector: Vector
    """(n,) float32; n depends on the engine."""
    references: int


def add_reference(
    session: Session,
    cipher: Cipher,
    person_id: str,
    jpeg: bytes,
    encode: Encode,
    *,
    today: date,
    now: datetime,
    record: Recorder,
) -> bool:
    """Keep one reference picture, encrypted; False when it is there already.

    The template is not touched: call `rebuild_template` after the last picture. Raises
    `NoBiometricConsent` before the picture is looked at, and `UnusableReference`.
    """
    _require_consent(session, person_id, today)
    digest = hashlib.sha256(jpeg).hexdigest()
    same = select(ReferenceFace.id).where(
        col(ReferenceFace.person_id) == person_id, col(ReferenceFace.digest) == digest
    )
    if session.exec(same).first() is not None:
        return False
    _vector(encode, jpeg)
    session.add(
        ReferenceFace(
            person_id=person_id, picture=cipher.encrypt(jpeg), digest=digest, added_at=now
        )
    )
    session.flush()
    record("reference.added", person_id, {"digest": digest})
    return True


def drop_reference(
    session: Session, person_id: str, reference_id: int, *, record: Recorder
) -> bool:
    """Delete one reference picture; False when the person has no such one. The template still
    holds what it taught: call `rebuild_template`, or `drop_template`."""
    query = delete(ReferenceFace).where(
        col(ReferenceFace.id) == reference_id, col(ReferenceFace.person_id) == person_id
    )
    gone = bool(session.exec(query).rowcount)
    if gone:
        record("reference.dropped", person_id, {"reference": reference_id})
    return gone


def drop_template(session: Session, person_id: str) -> None:
    """Delete the template alone; it can be made again from the references."""
    session.exec(delete(FaceTemplate).where(col(FaceTemplate.person_id) == person_id))


def reenrolment_due(
    session: Session, on: date, after: timedelta = timedelta(days=365)
) -> dict[str, date]:
    """Since when new pictures should have been taken of each person whose newest reference is
    older than `after`: faces change, those of children most. Only of people who may be known.
    """
    newest = select(ReferenceFace.person_id, func.max(ReferenceFace.added_at)).group_by(
        col(ReferenceFace.person_id)
    )
    since = {who: added.date() + after for who, added in session.exec(newest)}
    due = {who: day for who, day in sorted(since.items()) if day <= on}
    allowed = biometric_in_force(session, on, due.keys())
    return {who: day for who, day in due.items() if who in allowed}


def _require_consent(session: Session, person_id: str, on: date) -> None:
    if person_id not in biometric_in_force(session, on, [person_id]):
        raise NoBiometricConsent(person_id)


def _vector(encode: Encode, jpeg: bytes) -> Vector:
    vector = np.asarray(encode(jpeg), dtype=np.float32)
    if vector.ndim != 1 or vector.size == 0 or not np.isfinite(vector).all():
        raise UnusableReference("The face in this picture could not be measured.")
    return vector


def rebuild_template(
    session: Session,
    cipher: Cipher,
    person_id: str,
    engine: Engine,
    *,
    today: date,
    now: datetime,
    record: Recorder,
) -> int:
    """Make the person's template anew as the centroid of the references; how many served.

    References that this engine cannot use are left out; without any the template goes.
    Raises `NoBiometricConsent`; a wrong key raises what the cipher raises.
    """
    _require_consent(session, person_id, today)
    vectors = list(_usable(engine.encode, references(session, cipher, person_id)))
    session.exec(delete(FaceTemplate).where(col(FaceTemplate.person_id) == person_id))
    if vectors:
        centroid = np.mean(vectors, axis=0, dtype=np.float64).astype(_STORED)
        session.add(
            FaceTemplate(
                person_id=person_id,
                engine=engine.name,
                engine_version=engine.version,
                vector=cipher.encrypt(centroid.tobytes()),
                reference_count=len(vectors),
                made_at=now,
            )
        )
        session.flush()
    data = {"engine": engine.name, "version": engine.version, "references": len(vectors)}
    record("template.made", person_id, data)
    return len(vectors)


def _usable(encode: Encode, pictures: Iterable[tuple[str, bytes]]) -> Iterator[Vector]:
    for _, jpeg in pictures:
        try:
            yield _vector(encode, jpeg)
        except UnusableReference:
            continue


def references(
    session: Session, cipher: Cipher, person_id: str | None = None
) -> Iterator[tuple[str, bytes]]:
    """(person id, JPEG) of every reference picture, of one person or of all, oldest first."""
    pictures = select(ReferenceFace).order_by(col(ReferenceFace.person_id), col(ReferenceFace.id))
    if person_id is not None:
        pictures = pictures.where(col(ReferenceFace.person_id) == person_id)
    for face in session.exec(pictures, execution_options={"yield_per": 50}):
        yield face.person_id, cipher.decrypt(face.picture)


def templates(
    session: Session, cipher: Cipher, engine_name: str, engine_version: str, *, on: date
) -> list[StoredTemplate]:
    """The templates of this engine, only of people whose biometric consent is in force."""
    allowed = biometric_in_force(session, on)
    made = select(FaceTemplate).where(
        col(FaceTemplate.engine) == engine_name,
        col(FaceTemplate.engine_version) == engine_version,
    )
    return [
        StoredTemplate(row.person_id, _loaded(cipher, row.vector), row.reference_count)
        for row in session.exec(made.order_by(col(FaceTemplate.person_id)))
        if row.person_id in allowed
    ]


def _loaded(cipher: Cipher, stored: bytes) -> Vector:
    return np.frombuffer(cipher.decrypt(stored), dtype=_STORED).astype(np.float32)


def purge_templates(session: Session, person_id: str, *, record: Recorder) -> int:
    """Delete the person's template and references at once; how many rows went."""
    session.flush()
    gone = 0
    for table in (FaceTemplate, ReferenceFace):
        gone += session.exec(delete(table).where(col(table.person_id) == person_id)).rowcount
    if gone:
        record("template.purged", person_id, {"rows": gone})
    return gone


def purge_unconsented(session: Session, on: date, *, record: Recorder) -> tuple[str, ...]:
    """Purge everybody whose biometric consent is not in force; their ids."""
    session.flush()
    stored = {
        *session.exec(select(FaceTemplate.person_id)),
        *session.exec(select(ReferenceFace.person_id)),
    }
    gone = sorted(stored - biometric_in_force(session, on))
    for person_id in gone:
        purge_templates(session, person_id, record=record)
    return tuple(gone)
