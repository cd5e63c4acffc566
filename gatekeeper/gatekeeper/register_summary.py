"""What the register says of one pupil, for the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date

from sqlmodel import Session

from gatekeeper_consent.answers import Scope, Use
from gatekeeper_consent.consenting import pupil_answer
from gatekeeper_consent.guardians import guardians_of
from gatekeeper_consent.models import Pupil
from gatekeeper_consent.people import as_person
from gatekeeper_consent.protecting import protection_of
from gatekeeper_consent.records import biometric_in_force, consents_said, newest_consents


@dataclass(frozen=True)
class Saying:
    """The newest record of the family, or of one guardian, for one use and scope."""

    use: str
    scope: str
    who: str
    """A guardian's id, or `family`."""
    decision: str
    given_by: str
    given_on: str
    expires_on: str
    withdrawn_on: str


@dataclass(frozen=True)
class Summary:
    """One pupil, with the answers of the day."""

    pupil_id: str
    name: str
    class_name: str
    year: str
    left_on: str
    never_publish: bool
    reason: str
    recognised: bool
    """May the machine know the face?"""
    answers: dict[str, dict[str, str]]
    """yes, no or unknown, by use and scope."""
    guardians: dict[str, str]
    """Name and relation by id."""
    said: list[Saying]

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def lines(self) -> Iterator[str]:
        left = f", left {self.left_on}" if self.left_on else ""
        yield f"{self.name} ({self.pupil_id}), class {self.class_name or '-'}{left}"
        if self.never_publish:
            yield f"NEVER TO BE PUBLISHED: {self.reason}"
        for use, scopes in self.answers.items():
            yield f"  {use:8}  with others: {scopes['group']:8} alone: {scopes['individual']}"
        yield f"  the machine {'may' if self.recognised else 'may not'} know the face"
        for guardian_id, name in self.guardians.items():
            yield f"  guardian {guardian_id}: {name}"
        for each in self.said:
            notes = (
                f"given by {each.given_by}" if each.given_by else "",
                f"on {each.given_on}" if each.given_on else "",
                f"until {each.expires_on}" if each.expires_on else "",
                f"withdrawn {each.withdrawn_on}" if each.withdrawn_on else "",
            )
            told = " ".join(note for note in notes if note)
            yield f"  {each.who} said {each.decision} to {each.use}, {each.scope} {told}".rstrip()


def pupil_summary(session: Session, pupil_id: str, on: date) -> Summary | None:
    """None for somebody who is not on the register."""
    pupil = session.get(Pupil, pupil_id)
    if pupil is None:
        return None
    newest = newest_consents(session, pupil_ids=[pupil_id])
    protection = protection_of(session, pupil_id)
    return Summary(
        pupil_id=pupil_id,
        name=as_person(pupil).name,
        class_name=pupil.class_name,
        year=pupil.year,
        left_on=_text(pupil.left_on),
        never_publish=protection is not None,
        reason=protection.reason if protection else "",
        recognised=bool(biometric_in_force(session, on, [pupil_id])),
        answers={
            use.value: {
                scope.value: pupil_answer(
                    pupil, newest.get((pupil_id, use, scope)), on, protection is not None
                ).value
                for scope in Scope
            }
            for use in Use
        },
        guardians={
            guardian.id: f"{guardian.name} ({guardianship.relation or 'guardian'})"
            for guardian, guardianship in guardians_of(session, pupil_id)
        },
        said=list(_sayings(session, pupil_id)),
    )


def _sayings(session: Session, pupil_id: str) -> Iterator[Saying]:
    for (_, use, scope), streams in sorted(consents_said(session, pupil_ids=[pupil_id]).items()):
        for said in streams:
            yield Saying(
                use=use.value,
                scope=scope.value,
                who=said.guardian_id or "family",
                decision=said.row.decision.value,
                given_by=said.row.given_by,
                given_on=_text(said.row.given_on),
                expires_on=_text(said.row.expires_on),
                withdrawn_on=_text(said.row.withdrawn_on),
            )


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""
