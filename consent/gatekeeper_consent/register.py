"""The front door of the register: ask it, change it, import it.

Nothing here commits; the caller owns the transaction. Rules and pages need no more of
the package than this module, `folder` and `faces`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from sqlmodel import Session, col, select

from gatekeeper_consent.answers import Answer, Decision, Scope, Use
from gatekeeper_consent.applying import ImportReport
from gatekeeper_consent.biometric import give_biometric, set_child_refusal, withdraw_biometric
from gatekeeper_consent.consenting import (
    Change,
    NotNewest,
    history,
    pupil_answer,
    set_consent,
    undo,
    withdraw,
)
from gatekeeper_consent.contents import ConsentKey
from gatekeeper_consent.guardians import (
    add_guardian,
    change_guardian,
    end_say,
    give_say,
    guardians_of,
    pupils_of_guardian,
)
from gatekeeper_consent.importing import ImportRefused, TooManyRemovals, import_folder
from gatekeeper_consent.models import Pupil, StaffMember
from gatekeeper_consent.people import Person, contents_of, pupils, search_people, staff
from gatekeeper_consent.planning import permitted
from gatekeeper_consent.ports import (
    NoBiometricConsent,
    NotTheirGuardian,
    Recorder,
    UnknownForm,
    UnknownPerson,
)
from gatekeeper_consent.protecting import lift_protection, protect
from gatekeeper_consent.records import at_school, newest_consents, protected
from gatekeeper_consent.roll import come_back, leave

__all__ = [
    "Answer",
    "Change",
    "Decision",
    "ImportRefused",
    "ImportReport",
    "NoBiometricConsent",
    "NotNewest",
    "NotTheirGuardian",
    "Person",
    "Recorder",
    "Scope",
    "TooManyRemovals",
    "UnknownForm",
    "UnknownPerson",
    "Use",
    "UseAnswers",
    "add_guardian",
    "answer",
    "answers_for_use",
    "change_guardian",
    "come_back",
    "consent_snapshot",
    "contents_of",
    "end_say",
    "give_biometric",
    "give_say",
    "guardians_of",
    "history",
    "import_folder",
    "leave",
    "lift_protection",
    "permitted_on",
    "protect",
    "pupils",
    "pupils_of_guardian",
    "search_people",
    "set_child_refusal",
    "set_consent",
    "staff",
    "undo",
    "withdraw",
    "withdraw_biometric",
]


class UseAnswers(NamedTuple):
    """One pupil's answers for one use."""

    group: Answer
    individual: Answer


def answer(session: Session, pupil_id: str, use: Use, scope: Scope, on: date) -> Answer:
    """The effective answer on a day; `unknown` for somebody who is not on the roll (P01)."""
    pupil = session.get(Pupil, pupil_id)
    if pupil is None:
        return Answer.UNKNOWN
    newest = newest_consents(session, use=use, pupil_ids=[pupil_id])
    never = pupil_id in protected(session, [pupil_id])
    return pupil_answer(pupil, newest.get((pupil_id, use, scope)), on, never)


def answers_for_use(
    session: Session, use: Use, on: date, ids: Collection[str] | None = None
) -> dict[str, UseAnswers]:
    """The answers of every pupil (of these `ids`, where given), leavers among them, by pupil id;
    four queries in all."""
    return _answers(session, pupils(session, leavers=True, ids=ids), use, on, ids)


def permitted_on(session: Session, on: date) -> frozenset[ConsentKey]:
    """Every use of every child that is a yes on the day; the whole register in four queries."""
    pupils_here = at_school(session) - protected(session)
    return permitted(newest_consents(session), pupils_here, on)


def _answers(
    session: Session,
    asked: Collection[Pupil],
    use: Use,
    on: date,
    ids: Collection[str] | None = None,
) -> dict[str, UseAnswers]:
    newest = newest_consents(session, use=use, pupil_ids=ids)
    never = protected(session, ids)

    def one(pupil: Pupil, scope: Scope) -> Answer:
        row = newest.get((pupil.pupil_id, use, scope))
        return pupil_answer(pupil, row, on, pupil.pupil_id in never)

    return {
        pupil.pupil_id: UseAnswers(one(pupil, Scope.GROUP), one(pupil, Scope.INDIVIDUAL))
        for pupil in asked
    }


def consent_snapshot(session: Session, person_ids: Collection[str], use: Use, on: date) -> str:
    """sha256 hex of who these people are and what is permitted of them on that day.

    It changes when any answer, anybody's being at the school, or the people change, and
    so voids an approval that was given on other grounds (promise 1).
    """
    ids = sorted(set(person_ids))
    asked = session.exec(select(Pupil).where(col(Pupil.pupil_id).in_(ids))).all()
    members = session.exec(select(StaffMember).where(col(StaffMember.staff_id).in_(ids))).all()
    answers = _answers(session, asked, use, on, ids)
    told: dict[str, list[str]] = {who: ["unknown"] for who in ids}
    told |= {who.staff_id: ["staff", str(who.left_on)] for who in members}
    told |= {who.pupil_id: ["pupil", str(who.left_on), *answers[who.pupil_id]] for who in asked}
    canonical = json.dumps([use.value, told], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
