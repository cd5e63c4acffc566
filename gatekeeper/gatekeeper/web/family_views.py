"""One child as their parent sees them: what is permitted, what they said themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from gatekeeper.web.letters import name_of
from gatekeeper.web.words import channel_name
from gatekeeper_consent.answers import effective_answer
from gatekeeper_consent.combining import Said
from gatekeeper_consent.contents import BiometricRow, ConsentRow
from gatekeeper_consent.models import Guardianship, Pupil
from gatekeeper_consent.records import (
    biometric_in_force,
    biometric_said,
    consents_said,
    protected,
)
from gatekeeper_consent.register import Answer, Scope, Use, answer
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
    held_back: bool
    """Somebody else's no counts. Whose and why is not this parent's to know."""
    offers: tuple[str, ...]
    """`yes` and `no`, as far as either would be another answer than the parent's own."""


@dataclass(frozen=True)
class OwnUse:
    """One place where pictures are shown."""

    use: str
    where: str
    name: str
    answers: list[OwnAnswer]


@dataclass(frozen=True)
class Recognition:
    """May the machine know the child's face, and what this parent said."""

    in_force: bool
    said_yes: bool
    offered: bool
    """Faces are learnt here, so that there is something to agree to."""


@dataclass(frozen=True)
class ChildView:
    """One of the parent's children."""

    id: str
    name: str
    class_name: str
    left_on: date | None
    never_published: bool
    uses: list[OwnUse]
    recognition: Recognition

    @property
    def held_back(self) -> bool:
        """Does somebody else's no count anywhere?"""
        return any(answer.held_back for use in self.uses for answer in use.answers)


def child_view(school: School, session: Session, user: User, child: Pupil) -> ChildView:
    today = school.today()
    said = consents_said(session, pupil_ids=[child.pupil_id])

    def one(use: Use, scope: Scope) -> OwnAnswer:
        streams = said.get((child.pupil_id, use, scope), [])
        counts = answer(session, child.pupil_id, use, scope, today)
        return _answer(use, scope, counts, _own(streams, user, today))

    return ChildView(
        id=child.pupil_id,
        name=name_of(child),
        class_name=child.class_name,
        left_on=child.left_on,
        never_published=child.pupil_id in protected(session, [child.pupil_id]),
        uses=[
            OwnUse(use.value, where, channel_name(use.value), [one(use, scope) for scope in Scope])
            for use, where in _WHERE.items()
        ],
        recognition=_recognition(school, session, user, child),
    )


def _own(streams: Sequence[Said[ConsentRow]], user: User, today: date) -> Answer:
    """What this guardian's own newest record says on the day."""
    rows = [each.row for each in streams if each.guardian_id == user.guardian_id]
    return effective_answer(rows[0], today) if rows else Answer.UNKNOWN


def _answer(use: Use, scope: Scope, counts: Answer, own: Answer) -> OwnAnswer:
    words = {Answer.YES: "Yes", Answer.NO: "No", Answer.UNKNOWN: "No answer"}
    offers = tuple(each.value for each in (Answer.YES, Answer.NO) if each is not own)
    if own is Answer.UNKNOWN and counts is Answer.YES:
        offers = (Answer.NO.value,)
    return OwnAnswer(
        use=use.value,
        scope=scope.value,
        how=_HOW[scope],
        word=words[counts],
        look=_LOOKS[counts],
        held_back=counts is Answer.NO and own is not Answer.NO,
        offers=offers,
    )


def _recognition(school: School, session: Session, user: User, child: Pupil) -> Recognition:
    streams: Sequence[Said[BiometricRow]] = biometric_said(session, [child.pupil_id]).get(
        child.pupil_id, []
    )
    own = [each.row for each in streams if each.guardian_id == user.guardian_id]
    in_force = child.pupil_id in biometric_in_force(session, school.today(), [child.pupil_id])
    offered = recognises(school, session) and child.left_on is None
    return Recognition(in_force, bool(own and own[0].stands), offered)


def relation_of(session: Session, user: User, pupil_id: str) -> str:
    """What the parent is to the child, as the register has it: "mother"."""
    query = select(Guardianship.relation).where(
        Guardianship.guardian_id == user.guardian_id,
        Guardianship.pupil_id == pupil_id,
        col(Guardianship.ended_at).is_(None),
    )
    return session.exec(query).first() or ""
