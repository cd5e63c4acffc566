"""Take reference pictures of one person on the pages: measured first, stored only then.

Nothing is looked at, and nothing is stored, without biometric consent and with recognition
locked (promise 7, G02, G03). The pictures are measured before the database is locked, in
processes that can be killed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from sqlmodel import Session, col, func, select

from gatekeeper.measuring import Looked, Vector, digest_of, look, measure
from gatekeeper_consent.faces import (
    Engine,
    add_reference,
    drop_reference,
    drop_template,
    rebuild_template,
    references,
    templates,
)
from gatekeeper_consent.models import ReferenceFace
from gatekeeper_consent.ports import UnusableReference
from gatekeeper_consent.records import biometric_in_force
from gatekeeper_detectors.faces.engine import FaceEngine
from gatekeeper_detectors.faces.enrol import Reference
from gatekeeper_detectors.faces.search import FacePool
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_queue.recheck import register_changed
from gatekeeper_queue.recognition import recognises, why_not
from gatekeeper_queue.school import School

MOST = 10
"""Reference pictures of one person; more make nothing better."""


class CannotEnrol(Exception):
    """No face of this person may be learnt; the message says why."""


@dataclass(frozen=True)
class Tried:
    """What became of one picture."""

    name: str
    refused: str = ""
    """Why it was not kept, for the office; empty where it was."""
    known: bool = False
    """It was there already."""
    reference: Reference | None = None
    like: str = ""
    """Id of somebody else whom the machine would take it for."""
    unlike: bool = False
    """It resembles none of the other pictures of this person."""


def enrol_pictures(
    school: School,
    pool: FacePool,
    engine: FaceEngine,
    person_id: str,
    pictures: Sequence[tuple[str, bytes]],
    *,
    actor: str,
) -> list[Tried]:
    """Look at each (name, file), keep those that can serve, and make the template anew. Which of
    them may be of somebody else is told, and left to a person: brothers and sisters resemble.

    Raises `CannotEnrol`, before anything is looked at and again before anything is stored.
    """
    with school.database.read() as session:
        _require_leave(school, session, person_id)
    looked = [(name, look(pool, data)) for name, data in pictures]
    good = [found for _, found in looked if isinstance(found, Looked)]
    measured = _measured(school, pool, person_id) if good else {}
    measured |= {digest_of(found.jpeg): found.reference.vector for found in good}
    with school.database.write() as session:
        _require_leave(school, session, person_id)
        desk = _Desk(school, session, engine, person_id, measured, actor)
        tried = [desk.keep(name, found) for name, found in looked]
        if any(one.reference and not one.known for one in tried):
            desk.learn()
        return desk.compared(tried)


def forget_picture(
    school: School,
    pool: FacePool,
    engine: FaceEngine,
    person_id: str,
    reference_id: int,
    *,
    actor: str,
) -> bool:
    """Delete one reference picture and make the template anew from the others; False when there
    is no such picture. Where nobody may be learnt, the template goes with it."""
    with school.database.read() as session:
        usable = _has_leave(school, session, person_id)
    measured = _measured(school, pool, person_id) if usable else {}
    with school.database.write() as session:
        record = partial(school.audit.append, session, actor)
        if not drop_reference(session, person_id, reference_id, record=record):
            return False
        drop_template(session, person_id)
        if _has_leave(school, session, person_id):
            _Desk(school, session, engine, person_id, measured, actor).learn()
    return True


def _has_leave(school: School, session: Session, person_id: str) -> bool:
    allowed = biometric_in_force(session, school.today(), [person_id])
    return recognises(school, session) and person_id in allowed


def _require_leave(school: School, session: Session, person_id: str) -> None:
    if reason := why_not(school, session):
        raise CannotEnrol(reason)
    if not _has_leave(school, session, person_id):
        raise CannotEnrol("There is no consent in force to learn this face.")


def _measured(school: School, pool: FacePool, person_id: str) -> dict[str, Vector | str]:
    """The pictures that are stored, by digest: a vector, or why there is none."""
    with school.database.read() as session:
        stored = [jpeg for _, jpeg in references(session, school.cipher, person_id)]
    return {digest_of(jpeg): measure(pool, jpeg) for jpeg in stored}


@dataclass(frozen=True)
class _Desk:
    """One enrolment, in one transaction."""

    school: School
    session: Session
    engine: FaceEngine
    person_id: str
    measured: dict[str, Vector | str]
    actor: str

    def keep(self, name: str, found: Looked | str) -> Tried:
        if isinstance(found, str):
            return Tried(name, refused=found)
        count = select(func.count()).where(col(ReferenceFace.person_id) == self.person_id)
        if self.session.exec(count).one() >= MOST:
            return Tried(name, refused=f"There are {MOST} pictures already. Delete one first.")
        added = add_reference(
            self.session,
            self.school.cipher,
            self.person_id,
            found.jpeg,
            self._encode,
            today=self.school.today(),
            now=self.school.clock(),
            record=partial(self.school.audit.append, self.session, self.actor),
        )
        return Tried(name, known=not added, reference=found.reference)

    def learn(self) -> None:
        """What waits is checked again: somebody may be known now, or not any more."""
        rebuild_template(
            self.session,
            self.school.cipher,
            self.person_id,
            Engine(self.engine.name, self.engine.version, self._encode),
            today=self.school.today(),
            now=self.school.clock(),
            record=partial(self.school.audit.append, self.session, self.actor),
        )
        register_changed(self.school, self.session, None, actor=self.actor)

    def compared(self, tried: Sequence[Tried]) -> list[Tried]:
        """With a word where files were perhaps mixed up."""
        own = [
            found
            for _, jpeg in references(self.session, self.school.cipher, self.person_id)
            if not isinstance(found := self.measured.get(digest_of(jpeg), ""), str)
        ]
        name, version, today = self.engine.name, self.engine.version, self.school.today()
        known = templates(self.session, self.school.cipher, name, version, on=today)
        others = {each.person_id: each.vector for each in known if each.person_id != self.person_id}
        limits = self.engine.thresholds
        words = [
            mixed_up(one.reference.vector, own, others, limits) if one.reference else ("", False)
            for one in tried
        ]
        return [
            replace(one, like=like, unlike=unlike)
            for one, (like, unlike) in zip(tried, words, strict=True)
        ]

    def _encode(self, jpeg: bytes) -> Vector:
        found = self.measured.get(digest_of(jpeg), "It came while the others were measured.")
        if isinstance(found, str):
            raise UnusableReference(found)
        return found


def mixed_up(
    vector: Vector, own: Sequence[Vector], others: Mapping[str, Vector], limits: Thresholds
) -> tuple[str, bool]:
    """Whom else the machine would take this picture for, by id, and whether it resembles none
    of the person's own: `vector` among them does not count."""
    rest = [distance for each in own if (distance := _apart(vector, each)) > 0]
    nearest = min(rest, default=math.inf)
    like = min(others, key=lambda who: _apart(vector, others[who]), default="")
    if like and _apart(vector, others[like]) <= min(limits.strict, nearest):
        return like, False
    return "", bool(rest) and nearest > limits.loose


def _apart(first: Vector, second: Vector) -> float:
    return float(np.linalg.norm(first - second))
