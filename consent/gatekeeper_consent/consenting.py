"""Record one family's answer: give it, change it, withdraw it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal

from sqlmodel import Session

from gatekeeper_consent.answers import Answer, Decision, Scope, Use, effective_answer
from gatekeeper_consent.biometric import withdraw_biometric
from gatekeeper_consent.contents import ConsentRow
from gatekeeper_consent.models import Consent, Pupil
from gatekeeper_consent.ports import Recorder, UnknownPerson
from gatekeeper_consent.records import newest_consents


@dataclass(frozen=True)
class Change:
    """What one record did to the effective answer on the day."""

    pupil_id: str
    use: Use
    scope: Scope
    before: Answer
    after: Answer

    @property
    def lost(self) -> bool:
        """Something was permitted and no longer is: re-check and take down (P24)."""
        return self.before is Answer.YES and self.after is not Answer.YES


def set_consent(
    session: Session,
    pupil_id: str,
    use: Use,
    scope: Scope,
    decision: Decision,
    *,
    given_by: str,
    given_on: date,
    expires_on: date | None = None,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> Change:
    """Record an answer, which from now on is the one that counts.

    Raises `UnknownPerson` for a pupil who is not on the roll, and ValueError for an answer
    without a giver, an expiry that is not after the giving, or a decision but yes and no.
    """
    if not given_by.strip():
        raise ValueError("An answer needs the person who gave it.")
    if expires_on is not None and expires_on <= given_on:
        raise ValueError("A consent cannot expire before it begins to count.")
    if decision not in (Decision.YES, Decision.NO):
        raise ValueError("An answer is yes or no.")
    row = ConsentRow(pupil_id, use, scope, decision, given_by.strip(), given_on, expires_on)
    pupil = session.get(Pupil, pupil_id)
    if pupil is None or pupil.left_on is not None:
        raise UnknownPerson(pupil_id)
    return _Entry(recorded_by, now, record).append(session, pupil, "consent.set", row)


def withdraw(
    session: Session,
    pupil_id: str,
    uses: Collection[Use] | Literal["all"],
    *,
    given_by: str,
    on: date,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> list[Change]:
    """Withdraw from uses, alone and in groups; it counts at once, whatever day `on` is.

    `"all"` withdraws the biometric consent as well and purges the template (P24). Answers
    that are a no already get no further record. A pupil who left can be withdrawn too:
    take down their posts whatever the changes say. Raises `UnknownPerson`.
    """
    pupil = session.get(Pupil, pupil_id)
    if pupil is None:
        raise UnknownPerson(pupil_id)
    newest = newest_consents(session, pupil_ids=[pupil_id])
    rows = [
        ConsentRow(pupil_id, use, scope, Decision.NO, given_by, on, withdrawn_on=on)
        for use in (tuple(Use) if uses == "all" else sorted(set(uses)))
        for scope in Scope
        if effective_answer(newest.get((pupil_id, use, scope)), on) is not Answer.NO
    ]
    entry = _Entry(recorded_by, now, record)
    changes = [entry.append(session, pupil, "consent.withdrawn", row) for row in rows]
    if uses == "all":
        withdraw_biometric(
            session,
            pupil_id,
            given_by=given_by,
            on=on,
            recorded_by=recorded_by,
            now=now,
            record=record,
        )
    return changes


@dataclass(frozen=True)
class _Entry:
    """Who records answers, and when."""

    recorded_by: str
    now: datetime
    record: Recorder

    def append(self, session: Session, pupil: Pupil, kind: str, row: ConsentRow) -> Change:
        before = newest_consents(session, use=row.use, pupil_ids=[row.pupil_id]).get(row.key)
        session.add(Consent(**asdict(row), recorded_at=self.now, recorded_by=self.recorded_by))
        session.flush()
        data = {"use": row.use.value, "scope": row.scope.value, "decision": row.decision.value}
        self.record(kind, row.pupil_id, data)
        answers = (pupil_answer(pupil, each, self.now.date()) for each in (before, row))
        return Change(*row.key, *answers)


def pupil_answer(pupil: Pupil, newest: ConsentRow | None, on: date) -> Answer:
    """The effective answer; unknown for a pupil who left, because nobody asks them any more."""
    answer = effective_answer(newest, on)
    return Answer.UNKNOWN if pupil.left_on is not None and answer is Answer.YES else answer
