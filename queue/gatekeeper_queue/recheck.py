"""Looking again: what the register, the rules or the calendar have changed since the verdict."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from gatekeeper_detectors.findings import Outcome
from gatekeeper_detectors.rules import lone_pupil, unconsented_face
from gatekeeper_detectors.values import Answer, Case, Register
from gatekeeper_queue.appearing import appearances
from gatekeeper_queue.approvals import people_in
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.models import Post, PostPerson, Submission
from gatekeeper_queue.records import photo_from_row
from gatekeeper_queue.register_view import note_register_change, register_for
from gatekeeper_queue.removal import MAY_BE_UP, ask_removal
from gatekeeper_queue.school import School
from gatekeeper_queue.states import PostState, SubmissionState
from gatekeeper_queue.submissions import photos_of, send_to_checks
from gatekeeper_queue.verdicts import verdict_is_current, verdict_on

PICTURE_RULES = (unconsented_face.RULE, lone_pupil.RULE)
"""The rules by which a live post is looked at again: who is in it, and alone or not."""

_OPEN = (SubmissionState.FLAGGED, SubmissionState.CLEAR, SubmissionState.APPROVED)


def register_changed(
    school: School,
    session: Session,
    person_ids: Iterable[str] | None,
    *,
    actor: str,
    lost: Iterable[str] = (),
) -> list[str]:
    """After any change to these people's consent, or (None) to the register as a whole:
    check again what is open, and take down every live post with somebody who no longer
    permits it. Returns the ids of those posts.

    Of these people, and of those who `lost` a permission when the whole register changed, what
    names them in its words comes down too.
    """
    note_register_change(session)
    ids = None if person_ids is None else set(person_ids)
    removed = _posts_without_consent(school, session, ids)
    if sought := ids or set(lost):
        known = {post.id for post in removed}
        removed += [post for post in _posts_naming(school, session, sought) if post.id not in known]
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
    register = _registers(school, session)
    query = (
        select(Post)
        .where(col(Post.state).in_(MAY_BE_UP), Post.removal_reason == "")
        .where(col(Post.id).in_(_posts_with(person_ids)))
    )
    return [
        post
        for post in session.exec(query).all()
        if _is_refused(school, session, post, register(post.channel))
    ]


def _posts_naming(school: School, session: Session, pupil_ids: set[str]) -> list[Post]:
    """Posts that may be up with one of these children, in a picture or by name, who is not
    permitted there any more."""
    register = _registers(school, session)
    return [
        found.post
        for found in appearances(session, pupil_ids)
        if not found.post.removal_reason
        and any(_is_not_permitted(who, register(found.post.channel)) for who in found.sure)
    ]


def coming_down_with(
    school: School, session: Session, pupil_id: str, channels: Collection[str]
) -> list[Post]:
    """Posts with the child on these channels, where they are not permitted, that must come down
    already, for whatever reason, and that nobody has seen to be gone."""
    register = _registers(school, session)
    return [
        found.post
        for found in appearances(session, [pupil_id])
        if found.post.removal_reason
        and found.post.channel in channels
        and pupil_id in found.sure
        and (
            _is_not_permitted(pupil_id, register(found.post.channel))
            or _breaks_picture_rules(school, session, found.post, register(found.post.channel))
        )
    ]


def _registers(school: School, session: Session) -> Callable[[str], Register]:
    """The register of each channel, read once."""

    @cache
    def register(channel: str) -> Register:
        return register_for(session, channel, school.today())

    return register


def _posts_with(person_ids: set[str] | None) -> SelectOfScalar[str]:
    people = select(PostPerson.post_id).distinct()
    if person_ids is None:
        return people
    return people.where(col(PostPerson.person_id).in_(sorted(person_ids)))


def _is_refused(school: School, session: Session, post: Post, register: Register) -> bool:
    """Does somebody in it not permit it, by today's register or by the rules about who is in
    the pictures? Both are asked: a new check may have forgotten whose face it is.
    """
    people = session.exec(select(PostPerson.person_id).where(PostPerson.post_id == post.id)).all()
    return any(_is_not_permitted(person, register) for person in people) or _breaks_picture_rules(
        school, session, post, register
    )


def _breaks_picture_rules(school: School, session: Session, post: Post, register: Register) -> bool:
    submission = session.get_one(Submission, post.submission_id)
    rows = photos_of(session, submission.id)
    case = Case(
        channel=post.channel,
        caption=submission.caption,
        photos=tuple(photo_from_row(row) for row in rows),
        register=register,
        today=school.today(),
    )
    return verdict_on(school, case, PICTURE_RULES).outcome is Outcome.REJECTED


def _is_not_permitted(person: str, register: Register) -> bool:
    """Somebody who left, or whose family does not say yes."""
    if person in register.staff_by_id:
        return False
    pupil = register.pupil_by_id.get(person)
    return pupil is None or pupil.group is not Answer.YES


def _open_submissions(session: Session) -> list[Submission]:
    """Submissions of which something could still go out."""
    rows = session.exec(select(Submission).where(col(Submission.state).in_(_OPEN))).all()
    return [row for row in rows if _has_unsent(session, row)]


def open_submission_ids(session: Session) -> list[str]:
    """What `register_changed` sends to the checks again."""
    return [row.id for row in _open_submissions(session)]


def _has_unsent(session: Session, submission: Submission) -> bool:
    if submission.state != SubmissionState.APPROVED:
        return True
    states = session.exec(select(Post.state).where(Post.submission_id == submission.id)).all()
    return any(state in (PostState.SCHEDULED, PostState.FAILED) for state in states)
