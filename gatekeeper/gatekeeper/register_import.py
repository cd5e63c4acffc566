"""Import a register folder into the school's database, with faces and consequences."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gatekeeper_consent.contents import FacePicture, FolderContents
from gatekeeper_consent.faces import Engine, add_reference, rebuild_template
from gatekeeper_consent.folder import read_folder
from gatekeeper_consent.ports import NoBiometricConsent, UnusableReference
from gatekeeper_consent.register import ImportReport, import_folder
from gatekeeper_detectors.faces.engine import DlibEngine, default_engine
from gatekeeper_detectors.faces.enrol import Unusable, encode_reference
from gatekeeper_detectors.faces.search import FacePool, SearchFailed
from gatekeeper_detectors.pictures import Unreadable, clean_picture
from gatekeeper_queue.audit import AuditLog
from gatekeeper_queue.removal import register_changed
from gatekeeper_queue.school import School
from sqlmodel import Session

from gatekeeper.folder_register import Vector

_WORKERS = 2
_SECONDS = 60.0


@dataclass(frozen=True)
class Reference:
    """A reference picture, cleaned and measured; or why it cannot serve."""

    person_id: str
    name: str
    jpeg: bytes = b""
    vector: Vector | None = None
    problem: str = ""


@dataclass(frozen=True)
class Imported:
    """What an import did, in lines for the person who ran it."""

    report: ImportReport
    references: int
    refused: tuple[Reference, ...]
    taken_down: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        report = self.report
        return (
            *(f"Please note: {warning}" for warning in self.warnings),
            *(f"Left out: {row}" for row in report.skipped),
            *(f"Reference {item.name} not used: {item.problem}" for item in self.refused),
            f"Pupils: {len(report.pupils_added)} new, {len(report.pupils_changed)} changed, "
            f"{len(report.pupils_left)} left.",
            f"Consents: {report.consents_recorded} recorded; "
            f"{len(report.lost_answer)} children lost a permission.",
            f"Faces: {self.references} new reference pictures; "
            f"{len(report.purged)} people's templates deleted.",
            f"Live posts that come down: {len(self.taken_down)}.",
        )


def import_register(
    school: School,
    folder: Path,
    *,
    actor: str,
    only_good_rows: bool = False,
    confirm_removals: bool = False,
    known: Mapping[str, Vector] | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Imported:
    """Import the folder: all of it or nothing. Live posts of children who lost a permission
    are taken down, and everything that waits is checked again.

    `known` holds vectors by the sha256 of reference files that were measured before.
    Raises `ImportRefused`.
    """
    contents = read_folder(folder, today=school.today())
    usable = not contents.errors or only_good_rows
    references = _measure(contents, known or {}, progress) if usable else []
    record_in = partial(_recorder, school.audit, actor)
    with school.database.write() as session:
        report = import_folder(
            session,
            contents,
            recorded_by=actor,
            now=school.clock().astimezone(school.zone),  # its day is the school's
            record=record_in(session),
            only_good_rows=only_good_rows,
            confirm_removals=confirm_removals,
        )
        added = _enrol(school, session, references, record_in(session))
        affected = {*report.lost_answer, *report.gained_answer, *report.pupils_left}
        taken_down = register_changed(school, session, affected, actor=actor)
    return Imported(
        report,
        added,
        tuple(item for item in references if item.problem),
        tuple(taken_down),
        tuple(str(warning) for warning in contents.warnings),
    )


def _recorder(
    audit: AuditLog, actor: str, session: Session
) -> Callable[[str, str, Mapping[str, object]], None]:
    return lambda kind, subject, data: audit.append(session, actor, kind, subject, data)


def _measure(
    contents: FolderContents, known: Mapping[str, Vector], progress: Callable[[str], None]
) -> list[Reference]:
    """Clean and measure every reference picture before the database is locked."""
    if not contents.faces:
        return []
    progress(f"Looking at {len(contents.faces)} reference pictures …")
    with FacePool(_WORKERS, _SECONDS) as pool, ThreadPoolExecutor(_WORKERS) as threads:
        return list(threads.map(partial(_measure_one, pool, known), contents.faces))


def _measure_one(pool: FacePool, known: Mapping[str, Vector], face: FacePicture) -> Reference:
    name = f"{face.person_id}/{face.path.name}"
    try:
        data = face.path.read_bytes()
        jpeg = clean_picture(data).jpeg
        vector = known.get(hashlib.sha256(data).hexdigest())
        if vector is None:
            vector = pool.encode_reference(jpeg).vector
    except Unreadable as refusal:
        return Reference(face.person_id, name, problem=refusal.message)
    except (Unusable, SearchFailed, OSError) as error:
        return Reference(face.person_id, name, problem=str(error))
    return Reference(face.person_id, name, jpeg, vector)


def _enrol(
    school: School,
    session: Session,
    references: list[Reference],
    record: Callable[[str, str, Mapping[str, object]], None],
) -> int:
    """Store new references and make the templates of everybody who got one."""
    measured = {item.jpeg: item.vector for item in references if item.vector is not None}

    def encode(jpeg: bytes) -> Vector:
        """Measured before the transaction, but for pictures of an earlier import."""
        vector = measured.get(jpeg)
        if vector is not None:
            return vector
        try:
            return encode_reference(default_engine(), jpeg).vector
        except Unusable as error:
            raise UnusableReference(str(error)) from error

    today, now, changed, added = school.today(), school.clock(), set(), 0
    for item in references:
        if item.vector is None:
            continue
        try:
            new = add_reference(
                session, school.cipher, item.person_id, item.jpeg, encode,
                today=today, now=now, record=record,
            )
        except NoBiometricConsent:
            continue  # refused or withdrawn in the register although the folder says yes
        if new:
            changed.add(item.person_id)
            added += 1
    engine = Engine(DlibEngine.name, DlibEngine.version, encode)
    for person_id in sorted(changed):
        rebuild_template(
            session, school.cipher, person_id, engine, today=today, now=now, record=record
        )
    return added
