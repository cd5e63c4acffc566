"""Import a register folder into the school's database, with faces and consequences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from gatekeeper.measuring import Vector, digest_of, measure, measure_all
from gatekeeper.progress import counting
from gatekeeper_consent.contents import FolderContents
from gatekeeper_consent.enrolment import EnrolmentReport, enrol
from gatekeeper_consent.faces import Engine
from gatekeeper_consent.folder import read_folder
from gatekeeper_consent.ports import UnusableReference
from gatekeeper_consent.register import ImportReport, import_folder
from gatekeeper_consent.strangers import without_strangers
from gatekeeper_detectors.faces.engine import FaceEngine, engine_for
from gatekeeper_detectors.faces.search import FacePool
from gatekeeper_queue.recheck import register_changed
from gatekeeper_queue.recognition import why_not
from gatekeeper_queue.school import School

_WORKERS = 2
_SECONDS = 60.0


@dataclass(frozen=True)
class Imported:
    """What an import did, in lines for the person who ran it."""

    report: ImportReport
    faces: EnrolmentReport
    taken_down: tuple[str, ...]
    warnings: tuple[str, ...]
    faces_left: str = ""
    """Why no reference picture was looked at; empty where they were."""

    @property
    def lines(self) -> tuple[str, ...]:
        report = self.report
        kept = sorted({key[0] for key in report.kept_refusals} | {*report.kept_biometric_refusals})
        return (
            *(f"Please note: {warning}" for warning in self.warnings),
            *(f"Left out: {row}" for row in report.skipped),
            *(f"Please note: a newer refusal on record stays for {who}." for who in kept),
            *report.notes,
            *(f"Not used: faces/{u.person_id}/{u.file}. {u.reason}" for u in self.faces.unused),
            *([f"Reference pictures were left out. {self.faces_left}"] if self.faces_left else []),
            f"Pupils: {len(report.pupils_added)} new, {len(report.pupils_changed)} changed, "
            f"{len(report.pupils_left)} left.",
            f"Answers recorded: {report.consents_recorded}. Children who lost a permission: "
            f"{len(report.lost_answer)}.",
            f"New reference pictures: {self.faces.added}. Faces learnt: "
            f"{len(self.faces.templates)}, deleted: {len(report.purged)}.",
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
    models: Path | None = None,
) -> Imported:
    """Import the folder: all of it or nothing. Live posts of children who lost a permission
    are taken down, and everything that waits is checked again.

    In a school that may not recognise anybody (G03) reference pictures are left out; import
    the folder again once it may.

    `known` holds vectors by the sha256 of reference files that were measured before; `models`
    is the folder of a second face engine. Raises `ImportRefused` and `ModelsRefused`.
    """
    engine = engine_for(models)
    contents = read_folder(folder, today=school.today())
    with school.database.read() as session:
        left_out = why_not(school, session) if contents.faces else ""
    if left_out:
        contents = replace(contents, faces=())
    # The pictures are measured before the database is locked, and only if it can be used.
    usable = not contents.errors or only_good_rows
    with FacePool(_WORKERS, _SECONDS, models) as pool:
        measured = _measure(pool, contents, known or {}) if usable else {}
        imported = _write(
            school, contents, pool, engine, measured, actor, only_good_rows, confirm_removals
        )
    warnings = (*_missing(folder), *imported.warnings)
    return replace(imported, warnings=warnings, faces_left=left_out)


def _missing(folder: Path) -> list[str]:
    """A file that is not there permits nothing, which somebody may not have meant."""
    names = {path.name.casefold() for path in folder.iterdir()}
    wanted = ("consents.csv", "biometric.csv", "staff.csv")
    return [f"There is no {name} in the folder." for name in wanted if name not in names]


def _measure(
    pool: FacePool, contents: FolderContents, known: Mapping[str, Vector]
) -> dict[str, Vector | str]:
    pictures = [face.path.read_bytes() for face in contents.faces]
    with counting("Looking at reference pictures", len(pictures)) as each:
        return measure_all(pool, pictures, _WORKERS, known, each)


def _write(
    school: School,
    contents: FolderContents,
    pool: FacePool,
    face_engine: FaceEngine,
    measured: dict[str, Vector | str],
    actor: str,
    only_good_rows: bool,
    confirm_removals: bool,
) -> Imported:
    def encode(picture: bytes) -> Vector:
        """References of an earlier import may have to be measured again."""
        result = measured.get(digest_of(picture))
        if result is None:
            result = measure(pool, picture)
        if isinstance(result, str):
            raise UnusableReference(result)
        return result

    today, now = school.today(), school.clock().astimezone(school.zone)
    with school.database.write() as session:
        record = partial(school.audit.append, session, actor)
        contents = without_strangers(session, contents)
        report = import_folder(
            session,
            contents,
            recorded_by=actor,
            now=now,
            record=record,
            only_good_rows=only_good_rows,
            confirm_removals=confirm_removals,
        )
        engine = Engine(face_engine.name, face_engine.version, encode)
        faces = enrol(
            session, school.cipher, contents.faces, engine, today=today, now=now, record=record
        )
        taken_down = register_changed(school, session, None, actor=actor, lost=report.lost_answer)
    return Imported(report, faces, tuple(taken_down), tuple(map(str, contents.warnings)))
