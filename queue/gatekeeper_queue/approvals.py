"""Approvals: what stands, what is void, and what an approval sets going."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from gatekeeper_consent.register import Use, consent_snapshot
from gatekeeper_detectors.values import NOBODY, Face, Photo
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.destinations import HERE, destinations_of
from gatekeeper_queue.fingerprint import fingerprint
from gatekeeper_queue.models import Approval, Post, PostPerson, Submission, SubmissionPhoto
from gatekeeper_queue.removal import ask_removal
from gatekeeper_queue.school import School
from gatekeeper_queue.slots import anew, planned
from gatekeeper_queue.states import OVER, PostState, SubmissionState, change_state
from gatekeeper_queue.stopped import forget_stopped


def people_in(photos: Sequence[Photo]) -> list[str]:
    """Ids of everybody who is known to be in the pictures, by the machine or a person's word.

    An author's word counts unless a reviewer named somebody else: a withdrawal must find the
    child whom only the author knows from behind.
    """
    return sorted({person for photo in photos for person in known_on(photo.faces or ())})


def known_on(faces: Iterable[Face]) -> Iterator[str]:
    """Ids of the people whose faces these are (`people_in`), some more than once."""
    for face in faces:
        for person in (face.matched, face.said, face.claimed):
            if person and person != NOBODY and not _corrected(face, person):
                yield person


def _corrected(face: Face, person: str) -> bool:
    """Did the author alone name this person, and a reviewer somebody else?"""
    return face.said not in ("", NOBODY, person) and face.matched != person


def current_fingerprint(
    school: School,
    session: Session,
    submission: Submission,
    rows: Sequence[SubmissionPhoto],
    people: Sequence[str],
    channel: str,
) -> str:
    """The fingerprint of the submission as it is now, by today's register and rules."""
    snapshot = consent_snapshot(session, people, Use(channel), school.today())
    return fingerprint(submission, rows, channel, school.policy.rule_set, snapshot)


def standing_approvals(session: Session, submission: Submission) -> dict[str, Approval]:
    """Approvals of the present version that nobody voided, by channel."""
    found = session.exec(
        select(Approval).where(
            Approval.submission_id == submission.id,
            Approval.version == submission.version,
            col(Approval.voided_at).is_(None),
        )
    )
    return {approval.channel: approval for approval in found}


def grant(
    school: School,
    session: Session,
    submission: Submission,
    rows: Sequence[SubmissionPhoto],
    people: Sequence[str],
    *,
    by: str,
    not_before: datetime | None = None,
) -> None:
    """Approve the submission as it is now and give each channel its slot, none before
    `not_before`: what the text tells of is over then (G06)."""
    change_state(session, submission, SubmissionState.APPROVED, school.audit, actor=by)
    forget_stopped(session, submission, rows)
    for channel in submission.channels:
        approval = Approval(
            submission_id=submission.id,
            version=submission.version,
            channel=channel,
            fingerprint=current_fingerprint(school, session, submission, rows, people, channel),
            people=list(people),
            destinations=destinations_of(school, session, submission, channel),
            approved_by=by,
            approved_at=school.clock(),
            not_before=not_before,
        )
        session.add(approval)
        session.flush()
        _schedule(school, session, submission, approval, by)


def void_approvals(
    school: School, session: Session, submission: Submission, *, actor: str, reason: str
) -> None:
    """Withdraw every approval, of any version, and cancel what has not been sent."""
    now = school.clock()
    for approval in session.exec(
        select(Approval).where(
            Approval.submission_id == submission.id, col(Approval.voided_at).is_(None)
        )
    ):
        approval.voided_at = now
        school.audit.append(session, actor, "approval.voided", approval.id, {"reason": reason})
    for post in _posts_under_way(session, submission, (PostState.SCHEDULED, PostState.FAILED)):
        ask_removal(school, session, post, actor=actor, reason=reason)


def schedule_missing(school: School) -> int:
    """Slots for approved destinations that have none, because an earlier post of theirs had to be
    looked for and removed first. Returns how many."""
    with school.database.read() as session:
        if not _without_post(session):
            return 0
    with school.database.write() as session:
        missing = _without_post(session)
        for approval in missing:
            submission = session.get_one(Submission, approval.submission_id)
            _schedule(school, session, submission, approval, approval.approved_by)
        return len(missing)


def _without_post(session: Session) -> list[Approval]:
    """Standing approvals of approved submissions that have no post at one of their destinations
    yet, and no post that stands in the way there."""
    posts = (
        select(func.count(col(Post.id)))
        .where(col(Post.approval_id) == col(Approval.id))
        .scalar_subquery()
    )
    query = (
        select(Approval)
        .join(Submission, col(Submission.id) == col(Approval.submission_id))
        .where(
            Submission.state == SubmissionState.APPROVED,
            Submission.version == Approval.version,
            col(Approval.voided_at).is_(None),
            posts < func.json_array_length(Approval.destinations),
        )
    )
    return [row for row in session.exec(query).all() if _free_destinations(session, row)]


def _free_destinations(session: Session, approval: Approval) -> list[str]:
    """Its destinations where it has no post, and none is on its way or on its way down."""
    posts = session.exec(
        select(Post).where(
            Post.submission_id == approval.submission_id, Post.channel == approval.channel
        )
    ).all()
    taken = {
        post.account_id or HERE
        for post in posts
        if post.approval_id == approval.id or post.state not in OVER
    }
    return [place for place in approval.destinations if place not in taken]


def try_failed_again(school: School, session: Session, submission: Submission) -> None:
    """Its approval stands after a new check: what had failed gets another chance."""
    now = school.clock()
    for post in _posts_under_way(session, submission, (PostState.FAILED,)):
        # Once it was tried it may be up: look first.
        after = PostState.UNKNOWN if post.references else PostState.SCHEDULED
        slot = anew(school, session, post) if after is PostState.SCHEDULED else {}
        change_state(
            session,
            post,
            after,
            school.audit,
            actor=SYSTEM,
            reason="tried again",
            not_before=None,
            attempts=0,
            unknown_since=now,
            **slot,
        )


def _schedule(
    school: School, session: Session, submission: Submission, approval: Approval, by: str
) -> None:
    """A slot at each destination, unless a post of it is there or on its way already."""
    for post in _posts_under_way(session, submission, tuple(PostState), approval.channel):
        place = post.account_id or HERE
        if place not in approval.destinations:  # it has become no destination since
            if post.state in (PostState.SCHEDULED, PostState.FAILED):
                ask_removal(school, session, post, actor=by, reason="not a destination any more")
                continue
            approval.destinations = [*approval.destinations, place]
        if not post.removal_reason:
            post.approval_id = approval.id
            _note_people(session, post, approval.people)
    session.flush()
    # One that is on its way down is followed by `schedule_missing`.
    for place in _free_destinations(session, approval):
        post = Post(
            submission_id=submission.id,
            approval_id=approval.id,
            channel=approval.channel,
            account_id=place or None,
            **planned(school, session, submission, approval, place or None),
        )
        session.add(post)
        session.flush()
        _note_people(session, post, approval.people)
        data = {"submission": submission.id, "due": post.due_at}
        school.audit.append(session, by, "post.scheduled", post.id, data)


def _posts_under_way(
    session: Session,
    submission: Submission,
    states: Sequence[PostState],
    channel: str | None = None,
) -> list[Post]:
    """Posts in these states that are not over; on one channel, or on all."""
    query = select(Post).where(
        Post.submission_id == submission.id,
        col(Post.state).in_(states),
        col(Post.state).not_in(OVER),
    )
    if channel is not None:
        query = query.where(Post.channel == channel)
    return list(session.exec(query).all())


def _note_people(session: Session, post: Post, people: Sequence[str]) -> None:
    """Who is in the post, so that a withdrawal finds it."""
    for person in people:
        if session.get(PostPerson, (post.id, person)) is None:
            session.add(PostPerson(post_id=post.id, person_id=person))
