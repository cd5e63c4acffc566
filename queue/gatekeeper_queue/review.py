"""What a reviewer decides: approve, take that back, or send back. Never their own work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from gatekeeper_detectors.values import Decision, Face, Photo, Register
from gatekeeper_queue.approvals import grant, people_in, void_approvals
from gatekeeper_queue.models import Submission, User
from gatekeeper_queue.objections import why_blocked
from gatekeeper_queue.outings import outing_in
from gatekeeper_queue.people import Act, require
from gatekeeper_queue.records import photo_from_row
from gatekeeper_queue.register_view import register_of
from gatekeeper_queue.school import School
from gatekeeper_queue.states import SubmissionState, change_state
from gatekeeper_queue.stopped import SENT_BACK, note_stopped
from gatekeeper_queue.submissions import MAX_AHEAD, may_be_live, photos_of, send_to_checks
from gatekeeper_queue.verdicts import newest_verdict, people_object, verdict_is_current


class CannotReview(Exception):
    """Not in this state, or something is still open; the message says what to do."""


def approve(
    school: School,
    session: Session,
    reviewer: User,
    submission: Submission,
    seen: int,
    *,
    over_at: datetime | None = None,
    tells_nothing: bool = False,
) -> None:
    """Approve what the reviewer saw; `seen` is the `newest_verdict` of the page.

    Where the text tells where children will be, it does not go out before that is over: at
    `over_at`, else after the day that the text names, unless the reviewer finds that it
    `tells_nothing` to strangers (G06).

    Raises `NotAllowed`, or `CannotReview` where it has been checked anew since, a parent
    objects, nobody says when an outing is over, or a face is still unknown: unknown consent is
    no consent. Where the register has changed since the check, it is checked again instead.
    """
    require(reviewer, Act.REVIEW, author_id=submission.author_id)
    if newest_verdict(session, submission) != seen:
        raise CannotReview("This was changed or checked again since you opened it. Look again.")
    if submission.state not in (SubmissionState.FLAGGED, SubmissionState.CLEAR):
        raise CannotReview(f"This cannot be approved while it is {submission.state}.")
    if blocked := why_blocked(session, submission.id):
        raise CannotReview(blocked)
    rows = photos_of(session, submission.id)
    photos = [photo_from_row(row) for row in rows]
    for channel in submission.channels:
        if unknown_faces(photos, register_of(session, channel, school.today(), photos)):
            raise CannotReview(
                "Say first who each unmarked face is, or that it shows no pupil who can be known."
            )
    people = people_in(photos)
    changed = not verdict_is_current(school, session, submission, people)
    if changed or any(
        people_object(school, session, submission, channel) for channel in submission.channels
    ):
        void_approvals(school, session, submission, actor=reviewer.id, reason="register changed")
        send_to_checks(school, session, submission, actor=reviewer.id, reason="register changed")
        return
    not_before = _over(school, session, reviewer, submission, over_at, tells_nothing)
    grant(school, session, submission, rows, people, by=reviewer.id, not_before=not_before)


def _over(
    school: School,
    session: Session,
    reviewer: User,
    submission: Submission,
    said: datetime | None,
    tells_nothing: bool,
) -> datetime | None:
    """When that is over of which the text tells; None where it gives nobody away."""
    outing = outing_in(school, session, submission)
    if outing is None:
        return None
    moment = None if tells_nothing else said or outing.over_at(school)
    if moment is None and not tells_nothing:
        raise CannotReview(
            "The text tells where children will be. Say when that is over, or that it gives "
            "nobody away."
        )
    if moment is not None and moment > school.clock() + MAX_AHEAD:
        raise CannotReview("Choose a day within a year from now.")
    data = {"until": moment} if moment else {"tells": "nothing"}
    school.audit.append(session, reviewer.id, "outing.judged", submission.id, data)
    return moment


def take_back(school: School, session: Session, reviewer: User, submission: Submission) -> None:
    """Undo an approval of which nothing has been sent: it is checked anew, then a person decides.

    Raises `NotAllowed`, or `CannotReview` where it is not approved or may be out already.
    """
    require(reviewer, Act.REVIEW, author_id=submission.author_id)
    if submission.state != SubmissionState.APPROVED:
        raise CannotReview("There is no approval to take back.")
    if may_be_live(session, submission):
        raise CannotReview("This is published or being sent. Take it down instead.")
    void_approvals(school, session, submission, actor=reviewer.id, reason="taken back")
    submission.needs_person = True  # the rules alone do not approve it again
    send_to_checks(school, session, submission, actor=reviewer.id, reason="approval taken back")


def send_back(
    school: School,
    session: Session,
    reviewer: User,
    submission: Submission,
    reason: str,
    *,
    for_the_pictures: bool = False,
) -> None:
    """Return it to the author with a reason. Cancels what has not been sent.

    With `for_the_pictures` they are remembered, and known when they come back elsewhere.
    """
    require(reviewer, Act.REVIEW, author_id=submission.author_id)
    if not reason.strip():
        raise CannotReview("Write what the author should change.")
    if may_be_live(session, submission):
        raise CannotReview("This is published or being sent. Take it down instead.")
    void_approvals(school, session, submission, actor=reviewer.id, reason="sent back")
    if for_the_pictures:
        rows = photos_of(session, submission.id)
        note_stopped(school, session, submission.id, rows, SENT_BACK)
    change_state(
        session,
        submission,
        SubmissionState.RETURNED,
        school.audit,
        actor=reviewer.id,
        note=reason.strip()[:2000],
        needs_person=True,
        changed_at=school.clock(),
    )


def unknown_faces(photos: Sequence[Photo], register: Register) -> list[tuple[int, Face]]:
    """Faces that nobody on the register answers for: unknown to the machine and to people,
    or said to be somebody who has left since. Faces too small to be known are not among them."""
    return [
        (index, face)
        for index, photo in enumerate(photos)
        for face in photo.faces or ()
        if face.recognisable and face.decision(register) is Decision.UNKNOWN
    ]
