"""The adults with a say about a child. An end of a say is recorded; nothing is deleted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session, col, select

from gatekeeper_consent.answers import Answer, Scope, Use, effective_answer
from gatekeeper_consent.contents import ConsentKey
from gatekeeper_consent.faces import purge_templates
from gatekeeper_consent.models import Guardian, Guardianship, Pupil
from gatekeeper_consent.ports import NotTheirGuardian, Recorder, UnknownPerson
from gatekeeper_consent.records import biometric_in_force, newest_consents

_EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\".]+(\.[^\s@,;<>\".]+)+")


@dataclass(frozen=True)
class Ended:
    """What the end of a guardian's say did."""

    lost: tuple[tuple[Use, Scope], ...]
    """Answers that were a yes by this guardian's word and are none any more."""
    gained: tuple[tuple[Use, Scope], ...]
    """Answers that this guardian's no held back."""
    purged: bool
    """The child's template and reference pictures were deleted."""


def add_guardian(
    session: Session,
    name: str,
    email: str = "",
    *,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> Guardian:
    """A guardian with an id of their own (`g…`), for no child yet. Raises ValueError for a
    name that is missing and for what is no e-mail address; none at all is fine.
    """
    guardian = Guardian(id=f"g{uuid4().hex[:12]}", name=_name(name), email=_email(email))
    session.add(guardian)
    session.flush()
    record("guardian.added", guardian.id, {})
    return guardian


def change_guardian(
    session: Session, guardian_id: str, name: str, email: str, *, record: Recorder
) -> Guardian:
    """Correct a name or an address. Raises `UnknownPerson`, ValueError."""
    guardian = session.get(Guardian, guardian_id)
    if guardian is None:
        raise UnknownPerson(guardian_id)
    guardian.name, guardian.email = _name(name), _email(email)
    session.add(guardian)
    session.flush()
    record("guardian.changed", guardian_id, {})
    return guardian


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise ValueError("A guardian needs a name.")
    return name[:200]


def _email(text: str) -> str:
    email = text.strip().lower()
    if email and (len(email) > 254 or not _EMAIL.fullmatch(email)):
        raise ValueError("This is not an e-mail address. Leave it empty if there is none.")
    return email


def give_say(
    session: Session,
    guardian_id: str,
    pupil_id: str,
    relation: str = "",
    *,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> Guardianship:
    """From now on the guardian has a say about the child; who has it already keeps it.

    Raises `UnknownPerson`.
    """
    for table, who in ((Guardian, guardian_id), (Pupil, pupil_id)):
        if session.get(table, who) is None:
            raise UnknownPerson(who)
    if (known := _current(session, guardian_id, pupil_id)) is not None:
        return known
    guardianship = Guardianship(
        guardian_id=guardian_id,
        pupil_id=pupil_id,
        relation=" ".join(relation.split())[:100],
        recorded_at=now,
        recorded_by=recorded_by,
    )
    session.add(guardianship)
    session.flush()
    record("guardian.linked", pupil_id, {"guardian": guardian_id})
    return guardianship


def end_say(
    session: Session,
    guardian_id: str,
    pupil_id: str,
    *,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> Ended:
    """The guardian has no say about the child any more; the record of it is kept.

    What was permitted by their word alone no longer is: check again and take down in the same
    transaction. Their no stands until somebody answers anew. Raises `NotTheirGuardian`.
    """
    guardianship = _current(session, guardian_id, pupil_id)
    if guardianship is None:
        raise NotTheirGuardian(guardian_id)
    before = _permitted(session, pupil_id, now)
    guardianship.ended_at, guardianship.ended_by = now, recorded_by
    session.add(guardianship)
    session.flush()
    after = _permitted(session, pupil_id, now)
    record("guardian.unlinked", pupil_id, {"guardian": guardian_id})
    purged = pupil_id not in biometric_in_force(session, now.date(), [pupil_id])
    if purged:
        purged = purge_templates(session, pupil_id, record=record) > 0
    return Ended(_uses(before - after), _uses(after - before), purged)


def _permitted(session: Session, pupil_id: str, now: datetime) -> set[ConsentKey]:
    newest = newest_consents(session, pupil_ids=[pupil_id])
    return {key for key, row in newest.items() if effective_answer(row, now.date()) is Answer.YES}


def _uses(keys: set[ConsentKey]) -> tuple[tuple[Use, Scope], ...]:
    return tuple(sorted((use, scope) for _, use, scope in keys))


def _current(session: Session, guardian_id: str, pupil_id: str) -> Guardianship | None:
    query = select(Guardianship).where(
        Guardianship.guardian_id == guardian_id,
        Guardianship.pupil_id == pupil_id,
        col(Guardianship.ended_at).is_(None),
    )
    return session.exec(query).first()


def require_guardian(session: Session, guardian_id: str, pupil_id: str) -> None:
    """Raise `NotTheirGuardian` unless this guardian has a say about the child now."""
    if _current(session, guardian_id, pupil_id) is None:
        raise NotTheirGuardian(guardian_id)


def guardians_of(
    session: Session, pupil_id: str, *, ended: bool = False
) -> list[tuple[Guardian, Guardianship]]:
    """Who has a say about the child, first recorded first; with `ended` who had one as well."""
    query = (
        select(Guardian, Guardianship)
        .join(Guardianship, col(Guardianship.guardian_id) == col(Guardian.id))
        .where(Guardianship.pupil_id == pupil_id)
        .order_by(col(Guardianship.id))
    )
    if not ended:
        query = query.where(col(Guardianship.ended_at).is_(None))
    return [(guardian, guardianship) for guardian, guardianship in session.exec(query)]


def pupils_of_guardian(session: Session, guardian_id: str) -> list[Pupil]:
    """The children about whom the guardian has a say now and who are at the school, by id."""
    query = (
        select(Pupil)
        .join(Guardianship, col(Guardianship.pupil_id) == col(Pupil.pupil_id))
        .where(
            Guardianship.guardian_id == guardian_id,
            col(Guardianship.ended_at).is_(None),
            col(Pupil.left_on).is_(None),
        )
        .order_by(col(Pupil.pupil_id))
    )
    return list(session.exec(query))
