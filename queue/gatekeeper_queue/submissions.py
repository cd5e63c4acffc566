"""What an author can do: submit, edit, ask for another check, discard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from gatekeeper_detectors.text.normalise import visible
from gatekeeper_detectors.values import CHECKLIST, Statement
from gatekeeper_queue.approvals import void_approvals
from gatekeeper_queue.destinations import accounts_for
from gatekeeper_queue.models import FaceWord, Post, Submission, SubmissionPhoto, User
from gatekeeper_queue.people import Act, NotAllowed, require
from gatekeeper_queue.plain_text import plain
from gatekeeper_queue.school import School
from gatekeeper_queue.states import OVER, PostState, SubmissionState, change_state

CHANNELS = ("website", "parents", "twitter")
MAX_PHOTOS = 4
"""X takes four; the website follows it, so that one submission suits both."""
MAX_CAPTION = 10_000
"""Code points that are stored at all; each channel's own limit is a rule (`too-long`)."""
MAX_ALT = 4_000
MAX_AHEAD = timedelta(days=366)


class BadSubmission(Exception):
    """What was sent cannot be a submission; `problems` say what to change, field by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


@dataclass(frozen=True)
class NewPhoto:
    """An uploaded picture."""

    name: str
    data: bytes
    alt: str = ""


@dataclass(frozen=True)
class Content:
    """What an author fills in."""

    caption: str
    channels: tuple[str, ...]
    class_name: str = ""
    account_ids: tuple[str, ...] = ()
    """The accounts to post from, when `twitter` is among the channels."""
    publish_at: datetime | None = None
    confirmed: tuple[Statement, ...] = ()
    """What stays open is for the rules to say: the photos are stored all the same."""


def stored_content(row: Submission) -> Content:
    """What stands in a submission, to be changed in part."""
    return Content(
        caption=row.caption,
        channels=tuple(row.channels),
        class_name=row.class_name,
        account_ids=tuple(row.account_ids),
        publish_at=row.publish_at,
        confirmed=tuple(map(Statement, row.confirmed)),
    )


def submit(
    school: School, session: Session, author: User, content: Content, photos: Sequence[NewPhoto]
) -> Submission:
    """Store a new submission; the checks start by themselves.

    Raises `NotAllowed`, or `BadSubmission` when a field cannot be used.
    """
    require(author, Act.SUBMIT)
    problems = _problems(session, school.clock(), content)
    if not photos:
        problems["photos"] = "Add at least one photo."
    if len(photos) > MAX_PHOTOS:
        problems["photos"] = f"Choose at most {MAX_PHOTOS} photos; you sent {len(photos)}."
    if any(len(photo.alt) > MAX_ALT for photo in photos):
        problems["alt"] = f"A description may have at most {MAX_ALT:,} characters."
    if problems:
        raise BadSubmission(problems)
    now = school.clock()
    submission = Submission(
        author_id=author.id, created_at=now, changed_at=now, **_columns(content)
    )
    session.add(submission)
    session.flush()
    for position, photo in enumerate(photos):
        _add_photo(school, session, submission, position, photo)
    school.audit.append(
        session, author.id, "submission.waiting", submission.id, {"photos": len(photos)}
    )
    _note_checklist(school, session, author, submission)
    return submission


def edit(
    school: School,
    session: Session,
    author: User,
    submission: Submission,
    content: Content,
    alts: dict[str, str],
    replaced: dict[str, NewPhoto] | None = None,
    dropped: Sequence[str] = (),
) -> None:
    """Change content or pictures: a new version, which voids approvals and is checked anew.

    `alts`, `replaced` and `dropped` go by photo id. A check that is under way begins anew.
    Raises `NotAllowed`, or `BadSubmission`, also while a post of it may be live.
    """
    require_own(author, submission)
    _refuse_while_live(session, submission)
    rows = photos_of(session, submission.id)
    kept = [row for row in rows if row.id not in dropped]
    problems = _problems(session, school.clock(), content)
    if not kept:
        problems["photos"] = "Keep at least one photo, or discard the submission."
    if any(len(alt) > MAX_ALT for alt in alts.values()):
        problems["alt"] = f"A description may have at most {MAX_ALT:,} characters."
    if problems:
        raise BadSubmission(problems)
    for row in kept:
        if new := (replaced or {}).get(row.id):
            _remove_photo(session, row)
            _add_photo(school, session, submission, row.position, new)
        else:
            row.alt = plain(alts.get(row.id, row.alt))
    for row in rows:
        if row.id in dropped:
            _remove_photo(session, row)
    submission.version += 1
    for name, value in _columns(content).items():
        setattr(submission, name, value)
    _note_checklist(school, session, author, submission)
    send_to_checks(school, session, submission, actor=author.id, reason="edited")


def send_to_checks(
    school: School, session: Session, submission: Submission, *, actor: str, reason: str
) -> None:
    """Have the rules run (again). Standing approvals are compared after the check."""
    change_state(
        session,
        submission,
        SubmissionState.WAITING,
        school.audit,
        actor=actor,
        reason=reason,
        changed_at=school.clock(),
        attempts=0,
        claimed_by=None,
    )


def check_again(school: School, session: Session, author: User, submission: Submission) -> None:
    """The author asks for another check, after the register or a setting was mended."""
    require_own(author, submission)
    if submission.state == SubmissionState.RETURNED:
        raise BadSubmission({"state": "Change first what you were asked to change."})
    send_to_checks(school, session, submission, actor=author.id, reason="asked by author")


def discard(school: School, session: Session, author: User, submission: Submission) -> None:
    """The author gives it up. Raises `ImpossibleChange` while a post of it is live."""
    require_own(author, submission)
    _refuse_while_live(session, submission)
    void_approvals(school, session, submission, actor=author.id, reason="discarded")
    change_state(
        session,
        submission,
        SubmissionState.DISCARDED,
        school.audit,
        actor=author.id,
        changed_at=school.clock(),
    )


def photos_of(session: Session, submission_id: str) -> list[SubmissionPhoto]:
    """The submission's photos in order."""
    return list(
        session.exec(
            select(SubmissionPhoto)
            .where(SubmissionPhoto.submission_id == submission_id)
            .order_by(col(SubmissionPhoto.position))
        )
    )


def posts_of(session: Session, submission_id: str) -> list[Post]:
    return list(
        session.exec(
            select(Post).where(Post.submission_id == submission_id).order_by(col(Post.due_at))
        )
    )


def require_own(author: User, submission: Submission) -> None:
    """Raise `NotAllowed` unless this person submitted it and may still submit."""
    require(author, Act.SUBMIT)
    if submission.author_id != author.id:
        raise NotAllowed("Only the person who submitted this may change it.")


def may_be_live(session: Session, submission: Submission) -> bool:
    """Is a post of it up, on its way up, or on its way down?"""
    quiet = (*OVER, PostState.SCHEDULED, PostState.FAILED)
    return any(post.state not in quiet for post in posts_of(session, submission.id))


def _refuse_while_live(session: Session, submission: Submission) -> None:
    if may_be_live(session, submission):
        raise BadSubmission({"state": "This is published or being sent. Have it taken down first."})


def _problems(session: Session, now: datetime, content: Content) -> dict[str, str]:
    problems = {}
    if not visible(content.caption):
        problems["caption"] = "Write a caption: one sentence that names no child."
    elif len(content.caption) > MAX_CAPTION:
        problems["caption"] = (
            f"The caption has {len(content.caption):,} characters. Keep it to one or two sentences."
        )
    if not content.channels or not set(content.channels) <= set(CHANNELS):
        problems["channels"] = "Choose where it should appear."
    if content.publish_at and content.publish_at > now + MAX_AHEAD:
        problems["when"] = "Choose a day within a year from now."
    if "twitter" in content.channels:
        known = {account.id for account in accounts_for(session, "twitter")}
        if not content.account_ids or not known.issuperset(content.account_ids):
            problems["account"] = "Choose the account to post from."
    return problems


def _columns(content: Content) -> dict[str, Any]:
    return {
        "caption": plain(content.caption),
        "channels": [name for name in CHANNELS if name in content.channels],
        "class_name": content.class_name.strip(),
        "account_ids": sorted(set(content.account_ids)) if "twitter" in content.channels else [],
        "publish_at": content.publish_at,
        "confirmed": [str(point) for point in CHECKLIST if point in content.confirmed],
    }


def _note_checklist(school: School, session: Session, author: User, submission: Submission) -> None:
    """Who confirmed what of which version (P07, P09, P23)."""
    facts = {"version": submission.version, "points": submission.confirmed}
    school.audit.append(session, author.id, "submission.confirmed", submission.id, facts)


def _remove_photo(session: Session, row: SubmissionPhoto) -> None:
    for word in session.exec(select(FaceWord).where(FaceWord.photo_id == row.id)).all():
        session.delete(word)
    session.flush()
    session.delete(row)


def _add_photo(
    school: School, session: Session, submission: Submission, position: int, photo: NewPhoto
) -> None:
    row = SubmissionPhoto(
        submission_id=submission.id,
        position=position,
        name=photo.name[:200],
        alt=plain(photo.alt),
        original_sha256="",
    )
    row.original_sha256 = school.store.save_original(row.id, photo.data)
    session.add(row)
    session.flush()
