"""One child as their parent sees them: what is permitted, what they said themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from gatekeeper.web.letters import name_of
from gatekeeper.web.words import channel_name
from gatekeeper_consent.answers import Decision, effective_answer
from gatekeeper_consent.combining import Said
from gatekeeper_consent.contents import BiometricRow, ConsentRow
from gatekeeper_consent.models import Guardianship, Pupil
from gatekeeper_consent.records import (
    biometric_in_force,
    biometric_said,
    consents_said,
    current_guardians,
    protected,
)
from gatekeeper_consent.register import Answer, Scope, Use, answer
from gatekeeper_consent.supposing import answer_if, recognised_if
from gatekeeper_queue.models import User
from gatekeeper_queue.recognition import recognises
from gatekeeper_queue.school import School

_WHERE = {
    Use.WEBSITE: "On the school’s public website",
    Use.TWITTER: "On the school’s Twitter/X",
    Use.PARENTS: "In this parents’ area",
    Use.DISPLAY: "On displays in school",
}
_HOW = {Scope.GROUP: "With other children", Scope.INDIVIDUAL: "Alone in a picture"}
_LOOKS = {Answer.YES: "ok", Answer.NO: "no", Answer.UNKNOWN: "ask"}


@dataclass(frozen=True)
class OwnAnswer:
    """What counts for one use and scope, and what this parent can do about it."""

    use: str
    scope: str
    how: str
    word: str
    look: str
    note: str
    """Where somebody else's no counts: what this parent said themselves. Whose no it is and why
    is not theirs to know."""
    offers: tuple[str, ...]
    """`yes` and `no`, as far as either would be new or change what counts."""
    refused: bool
    """This parent says no themselves."""

    @property
    def may_agree(self) -> bool:
        return "yes" in self.offers


@dataclass(frozen=True)
class OwnUse:
    """One place where pictures are shown."""

    use: str
    where: str
    name: str
    answers: list[OwnAnswer]


@dataclass(frozen=True)
class Recognition:
    """May the machine know the child's face, and what this parent can say about it."""

    in_force: bool
    said_yes: bool
    offers: tuple[str, ...]


@dataclass(frozen=True)
class ChildView:
    """One of the parent's children."""

    id: str
    name: str
    class_name: str
    left_on: date | None
    never_published: bool
    alone: bool
    """Nobody else has a say about the child."""
    uses: list[OwnUse]
    recognition: Recognition

    @property
    def held_back(self) -> bool:
        """Does somebody else's no count anywhere?"""
        return any(answer.note for use in self.uses for answer in use.answers)

    @property
    def unanswered(self) -> int:
        """How much there is to say yes to."""
        return sum(answer.may_agree for use in self.uses for answer in use.answers)

    @property
    def can_take_back(self) -> bool:
        """Is there anything that this parent does not refuse already?"""
        refused = all(answer.refused for use in self.uses for answer in use.answers)
        machine = self.recognition.in_force or self.recognition.said_yes
        return not self.never_published and (machine or not refused)


def child_view(school: School, session: Session, user: User, child: Pupil) -> ChildView:
    today = school.today()
    said = consents_said(session, pupil_ids=[child.pupil_id])

    def one(use: Use, scope: Scope) -> OwnAnswer:
        key = (child.pupil_id, use, scope)
        own = _own(said.get(key, []), user, today)
        counts = answer(session, *key, today)
        changes = counts is not Answer.YES and Answer.YES is answer_if(
            session, *key, Decision.YES, guardian_id=user.guardian_id, on=today
        )
        return _answer(use, scope, counts, own, changes)

    return ChildView(
        id=child.pupil_id,
        name=name_of(child),
        class_name=child.class_name,
        left_on=child.left_on,
        never_published=child.pupil_id in protected(session, [child.pupil_id]),
        alone=is_alone(session, child.pupil_id),
        uses=[
            OwnUse(use.value, where, channel_name(use.value), [one(use, scope) for scope in Scope])
            for use, where in _WHERE.items()
        ],
        recognition=_recognition(school, session, user, child),
    )


def is_alone(session: Session, pupil_id: str) -> bool:
    """Has nobody but one person a say about the child?"""
    return len(current_guardians(session, [pupil_id]).get(pupil_id, ())) <= 1


def _own(streams: Sequence[Said[ConsentRow]], user: User, today: date) -> Answer:
    """What this guardian's own newest record says on the day."""
    rows = [each.row for each in streams if each.guardian_id == user.guardian_id]
    return effective_answer(rows[0], today) if rows else Answer.UNKNOWN


def _answer(use: Use, scope: Scope, counts: Answer, own: Answer, changes: bool) -> OwnAnswer:
    """`changes`: a yes of this parent, said now, would count."""
    words = {Answer.YES: "Yes", Answer.NO: "No", Answer.UNKNOWN: "No answer"}
    notes = {Answer.YES: "you said yes", Answer.UNKNOWN: "not your answer", Answer.NO: ""}
    yes = changes or (own is not Answer.YES and counts is not Answer.YES)
    return OwnAnswer(
        use=use.value,
        scope=scope.value,
        how=_HOW[scope],
        word=words[counts],
        look=_LOOKS[counts],
        note=notes[own] if counts is Answer.NO else "",
        offers=(("yes",) if yes else ()) + (("no",) if own is not Answer.NO else ()),
        refused=own is Answer.NO,
    )


def _recognition(school: School, session: Session, user: User, child: Pupil) -> Recognition:
    today, pupil_id = school.today(), child.pupil_id
    streams: Sequence[Said[BiometricRow]] = biometric_said(session, [pupil_id]).get(pupil_id, [])
    own = [each.row for each in streams if each.guardian_id == user.guardian_id]
    said_yes, said_no = bool(own and own[0].stands), bool(own and own[0].refuses)
    in_force = pupil_id in biometric_in_force(session, today, [pupil_id])
    asked = recognises(school, session) and child.left_on is None
    yes = asked and not in_force
    if yes and said_yes:  # to say it again is of use only where it would count now
        yes = recognised_if(session, pupil_id, guardian_id=user.guardian_id, on=today)
    no = (asked or in_force or said_yes) and not said_no
    return Recognition(in_force, said_yes, (("yes",) if yes else ()) + (("no",) if no else ()))


def relation_of(session: Session, user: User, pupil_id: str) -> str:
    """What the parent is to the child, as the register has it: "mother"."""
    query = select(Guardianship.relation).where(
        Guardianship.guardian_id == user.guardian_id,
        Guardianship.pupil_id == pupil_id,
        col(Guardianship.ended_at).is_(None),
    )
    return session.exec(query).first() or ""
