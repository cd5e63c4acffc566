"""What a guardian's answer would come to, before they give it: nothing is recorded."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlmodel import Session

from gatekeeper_consent.answers import Answer, Decision, Scope, Use, biometric_allowed
from gatekeeper_consent.combining import Said, Value, combined
from gatekeeper_consent.consenting import pupil_answer
from gatekeeper_consent.contents import BiometricRow, ConsentRow
from gatekeeper_consent.models import Pupil
from gatekeeper_consent.records import (
    biometric_said,
    combined_biometric,
    consents_said,
    current_guardians,
    protected,
)


def answer_if(
    session: Session,
    pupil_id: str,
    use: Use,
    scope: Scope,
    decision: Decision,
    *,
    guardian_id: str | None,
    on: date,
) -> Answer:
    """What would count on that day if this guardian, who has a say, answered like that now.

    Raises `NoResultFound` for somebody who is not on the roll.
    """
    said = consents_said(session, use=use, pupil_ids=[pupil_id]).get((pupil_id, use, scope), [])
    row = ConsentRow(pupil_id, use, scope, decision, given_on=on)
    current = current_guardians(session, [pupil_id]).get(pupil_id, set())
    counts = combined(_with(said, guardian_id, row), current)
    never = pupil_id in protected(session, [pupil_id])
    return pupil_answer(session.get_one(Pupil, pupil_id), counts, on, never)


def recognised_if(session: Session, pupil_id: str, *, guardian_id: str | None, on: date) -> bool:
    """Might the face be learnt on that day if this guardian, who has a say, agreed now (G02)?"""
    said = biometric_said(session, [pupil_id]).get(pupil_id, [])
    row = BiometricRow(pupil_id, given_on=on)
    current = current_guardians(session, [pupil_id]).get(pupil_id, set())
    return biometric_allowed(combined_biometric(_with(said, guardian_id, row), current), on)


def _with(said: Collection[Said[Value]], guardian_id: str | None, row: Value) -> list[Said[Value]]:
    """The streams as they would be with one more record."""
    newest = max((each.id for each in said), default=0)
    others = [each for each in said if each.guardian_id != guardian_id]
    return [*others, Said(newest + 1, guardian_id, row)]
