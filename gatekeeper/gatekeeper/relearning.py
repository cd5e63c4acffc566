"""Faces learnt anew from the stored references when a school changes its face engine.

Templates of another engine never compare, so until this is done everybody is unknown and
every face is a question for a person.
"""

from __future__ import annotations

import logging
from functools import partial

from sqlmodel import col, select

from gatekeeper.measuring import Vector, digest_of, measure
from gatekeeper_consent.faces import Engine, rebuild_template, references
from gatekeeper_consent.models import FaceTemplate, ReferenceFace
from gatekeeper_consent.ports import NoBiometricConsent, UnusableReference
from gatekeeper_detectors.faces.engine import FaceEngine
from gatekeeper_detectors.faces.search import FacePool
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.recheck import register_changed
from gatekeeper_queue.recognition import recognises
from gatekeeper_queue.school import School

log = logging.getLogger(__name__)


def learn_anew(school: School, pool: FacePool, engine: FaceEngine) -> int:
    """Make the templates that this engine lacks; how many people were learnt.

    The pictures are measured before the database is locked, one person at a time. What
    waits for a person is checked again afterwards. Nothing happens in a school that may not,
    or does not want to, recognise anybody.
    """
    missing = _without_template(school, engine)
    if not missing:
        return 0
    log.warning(
        "%d people were learnt by another face engine than %s %s; until they are learnt anew "
        "their faces are unknown",
        len(missing),
        engine.name,
        engine.version,
    )
    learnt = sum(_learn(school, pool, engine, person_id) for person_id in missing)
    if learnt:
        with school.database.write() as session:
            register_changed(school, session, None, actor=SYSTEM)
    log.info("learnt %d of %d people anew", learnt, len(missing))
    return learnt


def _without_template(school: School, engine: FaceEngine) -> list[str]:
    made = select(FaceTemplate.person_id).where(
        col(FaceTemplate.engine) == engine.name, col(FaceTemplate.engine_version) == engine.version
    )
    wanted = select(ReferenceFace.person_id).where(col(ReferenceFace.person_id).not_in(made))
    with school.database.read() as session:
        return sorted(set(session.exec(wanted))) if recognises(school, session) else []


def _learn(school: School, pool: FacePool, engine: FaceEngine, person_id: str) -> bool:
    """Whether the person has a template of this engine now; the old one stays until then."""
    with school.database.read() as session:
        pictures = [jpeg for _, jpeg in references(session, school.cipher, person_id)]
    measured = {digest_of(jpeg): measure(pool, jpeg) for jpeg in pictures}
    if all(isinstance(found, str) for found in measured.values()):
        log.warning("no reference picture of %s can be used by %s", person_id, engine.name)
        return False

    def encode(jpeg: bytes) -> Vector:
        found = measured.get(digest_of(jpeg), "This picture came while the others were measured.")
        if isinstance(found, str):
            raise UnusableReference(found)
        return found

    with school.database.write() as session:
        if not recognises(school, session):
            return False
        try:
            rebuild_template(
                session,
                school.cipher,
                person_id,
                Engine(engine.name, engine.version, encode),
                today=school.today(),
                now=school.clock().astimezone(school.zone),
                record=partial(school.audit.append, session, SYSTEM),
            )
        except NoBiometricConsent:
            return False
    return True
