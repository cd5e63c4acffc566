"""Looking again: what the register, the rules or the calendar have changed since the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from sqlmodel import Session, col, select

from gatekeeper_consent.register import Answer, Use, UseAnswers, answers_for_use
from gatekeeper_queue.approvals import people_in
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.models import Post, PostPerson, Submission
from gatekeeper_queue.records import photo_from_row
from gatekeeper_queue.register_view import note_register_change
from gatekeeper_queue.removal import MAY_BE_UP, ask_removal
from gatekeeper_queue.school import School
from gatekeeper_queue.states import PostState, SubmissionState
from gatekeeper_queue.submissions import photos_of, send_to_checks
from gatekeeper_queue.verdicts import verdict_is_current

_OPEN = (SubmissionState.FLAGGED, SubmissionState.CLEAR, SubmissionState.APPROVED)


def register_changed(
    school: School, session: Session, person_ids: Iterable[str], *, actor: str
) -> list[str]:
    """After any change to these people's consent: check again what is open, and take down
    every live post with somebody who no longer permits it. Returns the ids of those posts.
    """
    note_register_change(session)
    removed = _posts_without_consent(school, session, set(person_ids))
    for post in removed:
        ask_removal(school, session, post, actor=actor, reason="consent withdrawn")
    for submission in _open_submissions(session):
        send_to_checks(school, session, submission, actor=actor, reason="register changed")
    return [post.id for post in removed]


@dataclass(frozen=True)
class Rechecker:
    """Finds what only time has changed: consents that ran out, rules that are new."""

    school: School

    def recheck(self) -> int:
        """Look at everything that is open or live; returns how much was sent back or down."""
        school = self.school
        with school.database.read() as session:
            stale = [row.id for row in _open_submissions(session) if self._is_stale(session, row)]
            ended = [post.id for post in _posts_without_consent(school, session, None)]
        if not stale and not ended:
            return 0
        with school.database.write() as session:
            for post_id in ended:
                post = session.get_one(Post, post_id)
                ask_removal(school, session, post, actor=SYSTEM, reason="consent ended")
            for submission_id in stale:
                submission = session.get_one(Submission, submission_id)
                if submission.state in _OPEN:
                    send_to_checks(
                        school, session, submission, actor=SYSTEM, reason="consent or rules changed"
                    )
        return len(stale) + len(ended)

    def _is_stale(self, session: Session, submission: Submission) -> bool:
        photos = [photo_from_row(row) for row in photos_of(session, submission.id)]
        return not verdict_is_current(self.school, session, submission, people_in(photos))


def _posts_without_consent(
    school: School, session: Session, person_ids: set[str] | None
) -> list[Post]:
    """Posts that may be up with somebody (of `person_ids`, or anybody) who does not permit it."""

    @cache
    def answers(channel: str) -> Mapping[str, UseAnswers]:
        return answers_for_use(session, Use(channel), school.today())

    query = (
        select(Post, PostPerson.person_id)
        .join(PostPerson, col(PostPerson.post_id) == col(Post.id))
        .where(col(Post.state).in_(MAY_BE_UP), Post.removal_reason == "")
    )
    if person_ids is not None:
        query = query.where(col(PostPerson.person_id).in_(sorted(person_ids)))
    found: dict[str, Post] = {}
    for post, person in session.exec(query).all():
        answer = answers(post.channel).get(person)  # staff have none, and need none
        if answer is not None and answer.group is not Answer.YES:
            found[post.id] = post
    return list(found.values())


def _open_submissions(session: Session) -> list[Submission]:
    """Submissions of which something could still go out."""
    rows = session.exec(select(Submission).where(col(Submission.state).in_(_OPEN))).all()
    return [row for row in rows if _has_unsent(session, row)]


def _has_unsent(session: Session, submission: Submission) -> bool:
    if submission.state != SubmissionState.APPROVED:
        return True
    states = session.exec(select(Post.state).where(Post.submission_id == submission.id)).all()
    return any(state in (PostState.SCHEDULED, PostState.FAILED) for state in states)
