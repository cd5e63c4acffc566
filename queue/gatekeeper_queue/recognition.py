"""The lock on recognition: no face is learnt or known before the safeguards are on record (G03).

Two things must hold before a machine may say whose face it is: the school's policy wants it
(`faces.recognise`), and the data-protection impact assessment, the data-protection officer and
the consultation are on record. Faces are found in any case, and people say who they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial

from sqlmodel import Session, select

from gatekeeper_consent.faces import purge_templates
from gatekeeper_consent.models import FaceTemplate, ReferenceFace
from gatekeeper_consent.records import current_guardians
from gatekeeper_queue.models import Meta
from gatekeeper_queue.notices import tell_parents
from gatekeeper_queue.recheck import register_changed
from gatekeeper_queue.school import School

RECOGNITION = "recognition"
"""The name of the record, of its change control and of its audit events."""
_LONGEST = 200


class BadSafeguards(ValueError):
    """The facts cannot be used; `problems` says what to change, field by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


class StillInUse(Exception):
    """What is known of faces is in use; the message says what to do first."""


@dataclass(frozen=True)
class Safeguards:
    """What must be on record before a machine may recognise anybody (G03)."""

    assessed_on: date
    """Day of the data-protection impact assessment."""
    officer: str
    """Name of the data-protection officer."""
    consulted_on: date
    """Day of the consultation: of the officer, the staff and the families."""

    def as_json(self) -> dict[str, str]:
        """As a request for change keeps them."""
        return {name: str(value) for name, value in asdict(self).items()}


def read_safeguards(given: Mapping[str, str], today: date) -> Safeguards:
    """The three facts as somebody typed them. Raises `BadSafeguards`.

    Days are ISO 8601 (2026-09-01). A day that has not come proves nothing.
    """
    problems: dict[str, str] = {}
    assessed = _day(given, "assessed_on", "the impact assessment", today, problems)
    consulted = _day(given, "consulted_on", "the consultation", today, problems)
    officer = " ".join(given.get("officer", "").split())
    if not officer or len(officer) > _LONGEST:
        problems["officer"] = "Give the name of the data-protection officer."
    if problems or assessed is None or consulted is None:
        raise BadSafeguards(problems)
    return Safeguards(assessed, officer, consulted)


def _day(
    given: Mapping[str, str], name: str, of: str, today: date, problems: dict[str, str]
) -> date | None:
    try:
        day = date.fromisoformat(given.get(name, "").strip())
    except ValueError:
        problems[name] = f"Give the day of {of}."
        return None
    if day > today:
        problems[name] = f"The day of {of} has not come yet."
    return day


def safeguards(session: Session) -> Safeguards | None:
    """What is on record; None while recognition is locked. A record that cannot be read
    counts as none."""
    row = session.get(Meta, RECOGNITION)
    try:
        return read_safeguards(json.loads(row.value), date.max) if row else None
    except (ValueError, AttributeError):
        return None


def recognition_unlocked(session: Session) -> bool:
    """Are the three facts on record (G03)?"""
    return safeguards(session) is not None


def recognises(school: School, session: Session) -> bool:
    """May faces be learnt and known here and now? Ask before anything biometric happens."""
    return school.policy.faces.recognise and recognition_unlocked(session)


def why_not(school: School, session: Session) -> str:
    """Why no face is learnt or known, in a sentence for people; empty where they are."""
    if not school.policy.faces.recognise:
        return "This school works without face recognition: people say who is in a picture."
    if not recognition_unlocked(session):
        return (
            "Face recognition is locked until the school has recorded its data-protection impact "
            "assessment, its data-protection officer and the consultation."
        )
    return ""


def record_safeguards(school: School, session: Session, facts: Safeguards, *, by: str) -> None:
    """Put the facts on record, which unlocks recognition. In a school that is at work this is
    a change of a safeguard: one person proposes it and the head confirms (P20).

    What waits for a person is checked again, because its faces may be known now.
    """
    row = session.get(Meta, RECOGNITION) or Meta(name=RECOGNITION, value="")
    row.value = json.dumps(facts.as_json())
    session.add(row)
    data = {"assessed": facts.assessed_on, "consulted": facts.consulted_on}
    school.audit.append(session, by, "recognition.unlocked", RECOGNITION, data)
    register_changed(school, session, None, actor=by)


def tell_guardians(school: School, session: Session, pupil_id: str, *, but: str | None) -> None:
    """One of them agreed that this child's face is learnt: every other one with an account is
    told, because each parent must be, and any of them can say no (G02)."""
    others = current_guardians(session, [pupil_id]).get(pupil_id, set()) - {but}
    tell_parents(school, session, "recognition-agreed", pupil_id, others)


def delete_what_is_known(school: School, session: Session, *, by: str) -> int:
    """Delete every reference picture and template; of how many people. For a school that
    recognises nobody, and so has no purpose left for them (G04). Raises `StillInUse`.
    """
    if recognises(school, session):
        raise StillInUse("Faces are recognised here. Lock recognition first.")
    people = {
        *session.exec(select(FaceTemplate.person_id)),
        *session.exec(select(ReferenceFace.person_id)),
    }
    record = partial(school.audit.append, session, by)
    for person_id in sorted(people):
        purge_templates(session, person_id, record=record)
    return len(people)


def lock_again(school: School, session: Session, *, by: str) -> bool:
    """Take the facts off the record; False when none are there. It makes nothing weaker, so
    one person may do it. What was learnt stays stored, unused, until it is deleted."""
    row = session.get(Meta, RECOGNITION)
    if row is None:
        return False
    session.delete(row)
    school.audit.append(session, by, "recognition.locked", RECOGNITION, {})
    register_changed(school, session, None, actor=by)
    return True
