"""Which faults found in a live post are breaches, and belong in the incident log (P17)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from gatekeeper_consent.models import Pupil
from gatekeeper_consent.register import Answer, Scope, Use, answer
from gatekeeper_detectors.findings import Action, Verdict
from gatekeeper_detectors.rules import (
    child_named,
    hidden_metadata,
    name_in_picture,
    unconsented_face,
)
from gatekeeper_queue.incidents import open_incident
from gatekeeper_queue.models import Post
from gatekeeper_queue.school import School

_NAMES = {child_named.RULE.id, name_in_picture.RULE.id}


def enter_breach(
    school: School, session: Session, post: Post, verdict: Verdict, people: Sequence[str]
) -> None:
    """Open an incident where `verdict`, on a post that is up, shows that it never should have
    been. Permission that has run out or was taken back since is no breach: the post comes down,
    as it should.
    """
    rules = {one.rule for one in verdict.findings if one.action is Action.REJECT}
    if hidden_metadata.RULE.id in rules:
        open_incident(school, session, "picture-unclean", post.id)
    shown = unconsented_face.RULE.id in rules and _was_refused(school, session, post, people)
    if shown or rules & _NAMES:
        open_incident(school, session, "child-without-consent", post.id)


def _was_refused(school: School, session: Session, post: Post, people: Sequence[str]) -> bool:
    """Was there a pupil in it without permission on the day on which it went up?"""
    day = (post.live_at or school.clock()).astimezone(school.zone).date()
    return any(
        answer(session, person, Use(post.channel), Scope.GROUP, day) is not Answer.YES
        for person in people
        if session.get(Pupil, person) is not None
    )
