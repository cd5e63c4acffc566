"""Record the answers of families and guardians: give, change, withdraw, undo."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Literal

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from gatekeeper_consent.answers import Answer, Decision, Scope, Use, effective_answer
from gatekeeper_consent.biometric import withdraw_biometric
from gatekeeper_consent.contents import ConsentKey, ConsentRow
from gatekeeper_consent.forms import require_form
from gatekeeper_consent.guardians import require_guardian
from gatekeeper_consent.models import Consent, Pupil
from gatekeeper_consent.ports import Recorder, UnknownPerson
from gatekeeper_consent.records import consent_row, consents_said, newest_consents, protected


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
    guardian_id: str | None = None,
    form_id: str | None = None,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> Change:
    """Record the answer of one guardian, or without `guardian_id` of the family.

    It counts from now on, unless another guardian says no (`combining`). Raises
    `UnknownPerson` for a pupil who is not on the roll, `NotTheirGuardian`, `UnknownForm`, and
    ValueError for an answer without a giver, an expiry that is not after the giving, or a
    decision but yes and no.
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
    if guardian_id is not None:
        require_guardian(session, guardian_id, pupil_id)
    if form_id is not None:
        require_form(session, form_id, pupil_id)
    entry = _Entry(guardian_id, recorded_by, now, record, form_id)
    return entry.append(session, pupil, "consent.set", row)


def withdraw(
    session: Session,
    pupil_id: str,
    uses: Collection[Use] | Literal["all"],
    *,
    given_by: str,
    on: date,
    guardian_id: str | None = None,
    form_id: str | None = None,
    recorded_by: str,
    now: datetime,
    record: Recorder,
) -> list[Change]:
    """Withdraw from uses, alone and in groups; it counts at once, whatever day `on` is.

    It is one guardian's own withdrawal, or without `guardian_id` the family's. `"all"`
    withdraws the biometric consent as well and purges the template (P24). Who says no already
    gets no further record. A pupil who left can be withdrawn too: take down their posts
    whatever the changes say. Raises `UnknownPerson`, `NotTheirGuardian`, `UnknownForm`.
    """
    pupil = session.get(Pupil, pupil_id)
    if pupil is None:
        raise UnknownPerson(pupil_id)
    if guardian_id is not None:
        require_guardian(session, guardian_id, pupil_id)
    if form_id is not None:
        require_form(session, form_id, pupil_id)
    refused = _refused(session, pupil_id, guardian_id, on)
    rows = [
        ConsentRow(pupil_id, use, scope, Decision.NO, given_by, on, withdrawn_on=on)
        for use in (tuple(Use) if uses == "all" else sorted(set(uses)))
        for scope in Scope
        if (pupil_id, use, scope) not in refused
    ]
    entry = _Entry(guardian_id, recorded_by, now, record, form_id)
    changes = [entry.append(session, pupil, "consent.withdrawn", row) for row in rows]
    if uses == "all":
        withdraw_biometric(
            session,
            pupil_id,
            given_by=given_by,
            on=on,
            guardian_id=guardian_id,
            recorded_by=recorded_by,
            now=now,
            record=record,
        )
    return changes


def _refused(session: Session, pupil_id: str, guardian_id: str | None, on: date) -> set[ConsentKey]:
    """What needs no further no: of the family, what is refused already; of a guardian, what
    they themselves refuse, because their no must stand when somebody else's goes."""
    if guardian_id is None:
        newest = newest_consents(session, pupil_ids=[pupil_id])
        return {key for key, row in newest.items() if effective_answer(row, on) is Answer.NO}
    said = consents_said(session, pupil_ids=[pupil_id])
    return {
        key
        for key, streams in said.items()
        if any(each.guardian_id == guardian_id and each.row.refuses for each in streams)
    }


def undo(
    session: Session, consent_id: int, *, recorded_by: str, now: datetime, record: Recorder
) -> Change:
    """Take back the newest record of its stream by a new one that says what held before.

    Nothing is edited: the mistake and its mending both stay in the history. Raises LookupError
    for a record that does not exist and `NotNewest` for one that another has followed.
    """
    mistake = session.get(Consent, consent_id)
    if mistake is None:
        raise LookupError(consent_id)
    earlier = session.exec(_stream(mistake).where(col(Consent.id) <= consent_id).limit(2)).all()
    if session.exec(_stream(mistake)).first() is not mistake:
        raise NotNewest(consent_id)
    pupil = session.get_one(Pupil, mistake.pupil_id)
    before = earlier[1] if len(earlier) > 1 else None
    row = consent_row(before) if before else consent_row(mistake).cleared()
    form_id = before.form_id if before else None
    entry = _Entry(mistake.guardian_id, recorded_by, now, record, form_id)
    return entry.append(session, pupil, "consent.undone", row)


def _stream(one: Consent) -> SelectOfScalar[Consent]:
    """The records of the stream that this one is in, newest first."""
    return (
        select(Consent)
        .where(
            Consent.pupil_id == one.pupil_id,
            Consent.use == one.use,
            Consent.scope == one.scope,
            col(Consent.guardian_id).is_not_distinct_from(one.guardian_id),
        )
        .order_by(col(Consent.id).desc())
    )


def history(session: Session, pupil_id: str) -> list[Consent]:
    """Every answer ever recorded for the pupil, newest first."""
    query = select(Consent).where(Consent.pupil_id == pupil_id)
    return list(session.exec(query.order_by(col(Consent.id).desc())))


class NotNewest(ValueError):
    """A later record has followed this one, so there is nothing to undo."""


@dataclass(frozen=True)
class _Entry:
    """Whose answers are recorded, by whom, and when."""

    guardian_id: str | None
    recorded_by: str
    now: datetime
    record: Recorder
    form_id: str | None = None

    def append(self, session: Session, pupil: Pupil, kind: str, row: ConsentRow) -> Change:
        before = self._answer(session, pupil, row.key)
        session.add(
            Consent(
                **asdict(row),
                guardian_id=self.guardian_id,
                form_id=self.form_id,
                recorded_at=self.now,
                recorded_by=self.recorded_by,
            )
        )
        session.flush()
        data = {"use": row.use.value, "scope": row.scope.value, "decision": row.decision.value}
        if self.guardian_id is not None:
            data["guardian"] = self.guardian_id
        self.record(kind, row.pupil_id, data)
        return Change(*row.key, before, self._answer(session, pupil, row.key))

    def _answer(self, session: Session, pupil: Pupil, key: ConsentKey) -> Answer:
        pupil_id, use, _ = key
        newest = newest_consents(session, use=use, pupil_ids=[pupil_id]).get(key)
        kept_back = pupil_id in protected(session, [pupil_id])
        return pupil_answer(pupil, newest, self.now.date(), kept_back)


def pupil_answer(
    pupil: Pupil, newest: ConsentRow | None, on: date, never_publish: bool = False
) -> Answer:
    """The effective answer. No for a child who is never to be published, whatever anybody
    agreed to; unknown for one who left, because nobody asks them any more.
    """
    if never_publish:
        return Answer.NO
    answer = effective_answer(newest, on)
    return Answer.UNKNOWN if pupil.left_on is not None and answer is Answer.YES else answer
