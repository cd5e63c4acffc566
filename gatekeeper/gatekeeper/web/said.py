"""Who said what about a child, for the office: what counts now, and everything before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from gatekeeper.web.words import CONSENT_WORDS, channel_name
from gatekeeper_consent.answers import Answer, Decision, Scope, Use, effective_answer
from gatekeeper_consent.consenting import history
from gatekeeper_consent.guardians import guardians_of
from gatekeeper_consent.models import Consent, Guardian, Guardianship, Protection
from gatekeeper_consent.protecting import protections
from gatekeeper_queue.models import User

SCOPES = {Scope.GROUP: "with others", Scope.INDIVIDUAL: "alone"}
_LOOKS = {Answer.YES: "ok", Answer.NO: "no", Answer.UNKNOWN: "ask"}


@dataclass(frozen=True)
class GuardianView:
    """One adult with a say about the child, or who had one."""

    id: str
    name: str
    email: str
    relation: str
    since: datetime
    ended_at: datetime | None

    @property
    def known_as(self) -> str:
        """ "Jo Wainscott (mother)"."""
        notes = ", ".join(filter(None, (self.relation, "no say any more" if self.ended_at else "")))
        return f"{self.name} ({notes})" if notes else self.name


@dataclass(frozen=True)
class SaidView:
    """One record of an answer."""

    id: int
    use: Use
    scope: Scope
    who: str
    word: str
    look: str
    given_on: date | None
    expires_on: date | None
    withdrawn_on: date | None
    form_id: str | None
    recorded_at: datetime
    recorded_by: str
    newest: bool
    """The one that counts of its stream."""
    own: bool
    """A parent said so themselves, in their area; nobody else takes it back."""

    @property
    def order(self) -> tuple[int, int]:
        """As the table of answers has them."""
        return (list(Use).index(self.use), list(Scope).index(self.scope))

    @property
    def where(self) -> str:
        return f"{channel_name(self.use)}, {SCOPES[self.scope]}"


@dataclass(frozen=True)
class ProtectionView:
    """The marking as never to be published, or its lifting."""

    protected: bool
    reason: str
    recorded_at: datetime
    recorded_by: str


def guardian_views(session: Session, pupil_id: str) -> list[GuardianView]:
    """Everybody who has or had a say, once each, those who have it first."""
    views: dict[str, GuardianView] = {}
    for guardian, guardianship in guardians_of(session, pupil_id, ended=True):
        views[guardian.id] = _guardian(guardian, guardianship)
    return sorted(views.values(), key=lambda view: view.ended_at is not None)


def _guardian(guardian: Guardian, guardianship: Guardianship) -> GuardianView:
    return GuardianView(
        id=guardian.id,
        name=guardian.name,
        email=guardian.email,
        relation=guardianship.relation,
        since=guardianship.recorded_at,
        ended_at=guardianship.ended_at,
    )


def said_views(
    session: Session, pupil_id: str, guardians: Iterable[GuardianView], on: date
) -> list[SaidView]:
    """Every answer ever recorded for the child, newest first."""
    records = history(session, pupil_id)
    names = {guardian.id: guardian.known_as for guardian in guardians}
    people = _people(session, {record.recorded_by for record in records})
    views: list[SaidView] = []
    seen: set[tuple[Use, Scope, str | None]] = set()
    for record in records:
        stream = (record.use, record.scope, record.guardian_id)
        views.append(_said(record, names, people, on, newest=stream not in seen))
        seen.add(stream)
    return views


def _said(
    record: Consent,
    names: Mapping[str, str],
    people: Mapping[str, User],
    on: date,
    *,
    newest: bool,
) -> SaidView:
    by = people.get(record.recorded_by)
    word, look = _word(record, on)
    family = f"The family: {record.given_by}" if record.given_by else "The family"
    return SaidView(
        id=record.id or 0,
        use=record.use,
        scope=record.scope,
        who=names.get(record.guardian_id, "A guardian") if record.guardian_id else family,
        word=word,
        look=look,
        given_on=record.given_on,
        expires_on=record.expires_on,
        withdrawn_on=record.withdrawn_on,
        form_id=record.form_id,
        recorded_at=record.recorded_at,
        recorded_by=by.display_name if by else record.recorded_by,
        newest=newest,
        own=by is not None and by.guardian_id is not None,
    )


def _word(record: Consent, on: date) -> tuple[str, str]:
    """What the record says by itself today, as a word and a look."""
    answer = effective_answer(record, on)
    if record.decision is Decision.CLEARED:
        return "No longer held", "off"
    if answer is Answer.UNKNOWN:
        begins = record.given_on is not None and record.given_on > on
        return ("Not yet" if begins else "Ran out"), "ask"
    return ("Withdrawn" if record.withdrawn_on else CONSENT_WORDS[answer]), _LOOKS[answer]


def protection_views(session: Session, pupil_id: str) -> list[ProtectionView]:
    """Every marking and lifting, newest first."""
    rows: list[Protection] = protections(session, pupil_id)
    people = _people(session, {row.recorded_by for row in rows})
    return [
        ProtectionView(
            row.protected,
            row.reason,
            row.recorded_at,
            people[row.recorded_by].display_name if row.recorded_by in people else row.recorded_by,
        )
        for row in rows
    ]


def _people(session: Session, ids: set[str]) -> dict[str, User]:
    return {user.id: user for user in session.exec(select(User).where(col(User.id).in_(ids)))}
