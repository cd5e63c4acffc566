"""Learn the faces of a register folder: references and templates for many people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby

from sqlmodel import Session, col, select

from gatekeeper_consent.contents import FacePicture
from gatekeeper_consent.faces import Engine, add_reference, rebuild_template
from gatekeeper_consent.models import FaceTemplate
from gatekeeper_consent.ports import Cipher, NoBiometricConsent, Recorder, UnusableReference


@dataclass(frozen=True)
class Unused:
    """A picture that did not become a reference, and why, in plain words."""

    person_id: str
    file: str
    reason: str


@dataclass(frozen=True)
class EnrolmentReport:
    """What came of a folder's pictures."""

    added: int
    templates: tuple[str, ...]
    """People whose template was made or made anew."""
    unused: tuple[Unused, ...]


def enrol(
    session: Session,
    cipher: Cipher,
    pictures: Iterable[FacePicture],
    engine: Engine,
    *,
    today: date,
    now: datetime,
    record: Recorder,
    on_person: Callable[[str], None] = lambda person_id: None,
) -> EnrolmentReport:
    """Add the pictures as references and make the templates that need it.

    A picture that is known already is not added again, and a template whose references and
    engine are the same is left alone. `on_person` is told each id first, for a progress bar.
    """
    # Each new picture is looked at twice, for itself and for the centroid; once is enough.
    remembering = replace(engine, encode=lru_cache(maxsize=16)(engine.encode))
    desk = _Desk(session, cipher, remembering, today, now, record)
    added, made, unused = 0, [], []
    ordered = sorted(pictures, key=lambda picture: (picture.person_id, picture.path))
    for person_id, group in groupby(ordered, key=lambda picture: picture.person_id):
        on_person(person_id)
        tried = [desk.add(picture) for picture in group]
        new = sum(outcome is True for outcome in tried)
        unused += [outcome for outcome in tried if isinstance(outcome, Unused)]
        if desk.needs_template(person_id, new) and desk.make_template(person_id):
            made.append(person_id)
        added += new
    return EnrolmentReport(added, tuple(made), tuple(unused))


@dataclass(frozen=True)
class _Desk:
    """What each step of an enrolment needs."""

    session: Session
    cipher: Cipher
    engine: Engine
    today: date
    now: datetime
    record: Recorder

    def add(self, picture: FacePicture) -> bool | Unused:
        """True when added, False when known already."""
        try:
            return add_reference(
                self.session,
                self.cipher,
                picture.person_id,
                picture.path.read_bytes(),
                self.engine.encode,
                today=self.today,
                now=self.now,
                record=self.record,
            )
        except UnusableReference as problem:
            reason = problem.reason
        except NoBiometricConsent:
            reason = "There is no biometric consent in force for this person."
        except OSError:
            reason = "The file cannot be opened."
        return Unused(picture.person_id, picture.path.name, reason)

    def needs_template(self, person_id: str, new: int) -> bool:
        """Whether there are new references, or none was made by this engine of the old ones."""
        made = select(FaceTemplate.person_id).where(
            col(FaceTemplate.person_id) == person_id,
            col(FaceTemplate.engine) == self.engine.name,
            col(FaceTemplate.engine_version) == self.engine.version,
        )
        return new > 0 or self.session.exec(made).first() is None

    def make_template(self, person_id: str) -> bool:
        """Whether the person has a template now."""
        try:
            used = rebuild_template(
                self.session,
                self.cipher,
                person_id,
                self.engine,
                today=self.today,
                now=self.now,
                record=self.record,
            )
        except NoBiometricConsent:
            return False
        return used > 0
