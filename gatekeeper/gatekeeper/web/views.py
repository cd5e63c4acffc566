"""Stored rows as what the templates show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from gatekeeper.web.faces import FaceView, faces_of
from gatekeeper.web.findings import FindingView, findings_of
from gatekeeper.web.marked import Piece, pieces
from gatekeeper.web.words import (
    REMOVAL_WORDS,
    StateWords,
    account_name,
    author_words,
    channel_name,
    post_words,
    review_words,
)
from gatekeeper_detectors.values import Box
from gatekeeper_queue.models import Account, Post, Submission, SubmissionPhoto, User
from gatekeeper_queue.records import photo_from_row
from gatekeeper_queue.register_view import register_of
from gatekeeper_queue.school import School
from gatekeeper_queue.states import PostState, SubmissionState
from gatekeeper_queue.submissions import photos_of, posts_of
from gatekeeper_queue.verdicts import judgements_of

BUSY = (SubmissionState.WAITING, SubmissionState.CHECKING)
UP = (PostState.LIVE, PostState.SENDING, PostState.UNKNOWN)
"""Can be, or may be, seen by the public."""


@dataclass(frozen=True)
class LineView:
    """A line of words that can be read in a picture."""

    box: Box
    text: str
    look: str
    """`no` or `ask` where a rule objects to it, else `off`."""

    @property
    def refused(self) -> bool:
        return self.look == "no"

    @property
    def key(self) -> str:
        """The box as a form field says it."""
        return ",".join(map(str, self.box))


@dataclass(frozen=True)
class PhotoView:
    """One photo of a submission."""

    id: str
    number: int
    name: str
    alt: str
    alt_pieces: list[Piece]
    width: int
    height: int
    """Pixels of the clean picture; 0 where there is none (yet)."""
    problem: str
    mend: str
    faces: list[FaceView] | None
    faces_problem: str
    lines: list[LineView]
    """Words that can be read in it; those to which a rule objects come first."""
    covers: int
    """How many patches lie on it."""

    @property
    def readable(self) -> bool:
        return self.width > 0

    @property
    def unfit(self) -> dict[str, list[int]]:
        """The numbers of the faces that are not clear, by what is the matter with them."""
        found: dict[str, list[int]] = {}
        for face in self.faces or ():
            if face.unfit:
                found.setdefault(face.kind, []).append(face.number)
        return found

    def badge(self, face: FaceView) -> tuple[float, float, float]:
        """Centre and radius of a face's number, in pixels: on the corner of its box, and
        beside a box that it would hide."""
        unit = self.width / 34
        small = face.box.width < 3 * unit
        radius = unit * (0.65 if small else 0.8)
        left = face.box.left - radius if small else face.box.left
        if left < radius:
            left = face.box.right + radius if small else radius
        return left, max(face.box.top, radius), radius


@dataclass(frozen=True)
class PostView:
    """One post, on one channel."""

    id: str
    submission_id: str
    channel: str
    place: str
    """The channel, or the account on it, for people."""
    state: str
    words: StateWords
    due_at: datetime
    live_at: datetime | None
    removed_at: datetime | None
    url: str
    error: str
    removal_reason: str
    attempts: int

    @property
    def up(self) -> bool:
        return self.state in UP

    @property
    def overdue_removal(self) -> bool:
        """Should be gone and may still be seen."""
        return self.state == PostState.REMOVING or bool(self.removal_reason and self.up)

    @property
    def stubborn(self) -> bool:
        """An attempt to remove it has failed."""
        return self.state == PostState.REMOVING and self.attempts > 0

    @property
    def can_cancel(self) -> bool:
        return self.state in (PostState.SCHEDULED, PostState.FAILED)

    @property
    def can_remove(self) -> bool:
        return self.up and not self.removal_reason


@dataclass(frozen=True)
class SubmissionView:
    """Everything about one submission that its author and its reviewers see."""

    row: Submission
    author: str
    words: StateWords
    photos: list[PhotoView]
    findings: list[FindingView]
    caption_pieces: list[Piece]
    posts: list[PostView]
    places: list[str]
    """Where its author wants it."""

    @property
    def review_words(self) -> StateWords:
        """The state as a reviewer reads it."""
        return review_words(self.row.state, [post.state for post in self.posts])

    @property
    def busy(self) -> bool:
        return self.row.state in BUSY

    @property
    def stopped(self) -> bool:
        """By the checks or by a colleague."""
        return self.row.state in (SubmissionState.REJECTED, SubmissionState.RETURNED)

    @property
    def faces(self) -> list[FaceView]:
        """All faces of all photos."""
        return [face for photo in self.photos for face in photo.faces or ()]

    @property
    def coverable(self) -> bool:
        """Is there something that could be covered, or uncovered?"""
        return any(photo.faces or photo.lines or photo.covers for photo in self.photos)

    @property
    def covers_help(self) -> bool:
        """Would a cover mend something that the checks object to?"""
        words = any(line.look != "off" for photo in self.photos for line in photo.lines)
        return words or any(finding.boxes for finding in self.to_mend)

    @property
    def covers(self) -> int:
        return sum(photo.covers for photo in self.photos)

    @property
    def refused_faces(self) -> int:
        return sum(face.refused for face in self.faces)

    @property
    def named_lines(self) -> int:
        """Lines of words in the pictures that name a child."""
        return sum(line.refused for photo in self.photos for line in photo.lines)

    @property
    def must_cover(self) -> bool:
        """Is there a face, or are there words, that may not be seen as they are?"""
        return bool(self.refused_faces or self.named_lines)

    @property
    def unknown_faces(self) -> int:
        return sum(face.unknown for face in self.faces)

    @property
    def nobody_faces(self) -> int:
        """Boxes that were called nobody."""
        return sum(face.nobody for face in self.faces)

    @property
    def to_mend(self) -> list[FindingView]:
        """What the author should know first."""
        return [finding for finding in self.findings if finding.look != "off"]

    @property
    def coming_down(self) -> bool:
        """Is the page worth looking at again in a moment?"""
        return any(post.overdue_removal and not post.stubborn for post in self.posts)

    @property
    def can_edit(self) -> bool:
        return not self.busy and self.row.state != SubmissionState.DISCARDED and not self.held

    @property
    def can_check_again(self) -> bool:
        """Also while a post is up, where another one failed: that is how it is tried again."""
        final = (SubmissionState.RETURNED, SubmissionState.DISCARDED)
        failed = any(post.state == PostState.FAILED for post in self.posts)
        return not self.busy and self.row.state not in final and (failed or not self.held)

    @property
    def held(self) -> bool:
        """Something of it is up, so it must come down before it may change."""
        return any(post.up or post.state == PostState.REMOVING for post in self.posts)

    @property
    def can_discard(self) -> bool:
        """The state graph lets go of everything but what is being checked."""
        held = self.held or self.row.state in (SubmissionState.CHECKING, SubmissionState.DISCARDED)
        return not held


def submission_view(school: School, session: Session, row: Submission) -> SubmissionView:
    """Collect one submission from its tables, by today's register."""
    photos = photos_of(session, row.id)
    seen = [photo_from_row(photo) for photo in photos]
    registers = {
        channel: register_of(session, channel, school.today(), seen) for channel in row.channels
    }
    faces = [faces_of(photo, registers, row.class_name) for photo in photos]
    judged = {} if row.state in BUSY else judgements_of(session, row)
    findings = findings_of(judged, row.channels, faces)
    posts = [post_view(session, post) for post in posts_of(session, row.id)]
    return SubmissionView(
        row=row,
        author=session.get_one(User, row.author_id).display_name,
        words=author_words(row.state, [post.state for post in posts]),
        photos=[
            _photo_view(index, photo, found, findings)
            for index, (photo, found) in enumerate(zip(photos, faces, strict=True))
        ],
        findings=findings,
        caption_pieces=pieces(row.caption, _spans(findings, "caption", None)),
        posts=posts,
        places=_places(session, row),
    )


def _places(session: Session, row: Submission) -> list[str]:
    chosen = [session.get_one(Account, account_id) for account_id in row.account_ids]
    named = [channel_name(channel) for channel in row.channels if channel != "twitter"]
    return named + [account_name(account) for account in chosen]


def _photo_view(
    index: int,
    row: SubmissionPhoto,
    faces: list[FaceView] | None,
    findings: Sequence[FindingView],
) -> PhotoView:
    size = row.picture if row.picture and row.clean_sha256 else {}
    return PhotoView(
        id=row.id,
        number=index + 1,
        name=row.name,
        alt=row.alt,
        alt_pieces=pieces(row.alt, _spans(findings, "alt", index)),
        width=size.get("width", 0),
        height=size.get("height", 0),
        problem=row.problem,
        mend=row.mend,
        faces=faces,
        faces_problem=row.faces_problem,
        lines=_lines(index, row, findings),
        covers=len(row.patches),
    )


def _lines(index: int, row: SubmissionPhoto, findings: Sequence[FindingView]) -> list[LineView]:
    looks = {
        box: finding.look for finding in findings for photo, box in finding.boxes if photo == index
    }
    lines = [
        LineView(line.box, line.text, looks.get(line.box, "off"))
        for line in photo_from_row(row).words or ()
    ]
    return sorted(lines, key=lambda line: ("no", "ask", "off").index(line.look))


def _spans(findings: Sequence[FindingView], field: str, photo: int | None) -> list[tuple[int, int]]:
    return [
        (span.start, span.end)
        for finding in findings
        for span in finding.spans
        if span.field == field and span.photo == photo
    ]


def post_view(session: Session, post: Post) -> PostView:
    return view_of(post, session.get(Account, post.account_id) if post.account_id else None)


def view_of(post: Post, account: Account | None) -> PostView:
    """The post, at its account where it has one."""
    return PostView(
        id=post.id,
        submission_id=post.submission_id,
        channel=post.channel,
        place=account_name(account) if account else channel_name(post.channel),
        state=post.state,
        words=post_words(post.state, post.attempts, account.platform if account else ""),
        due_at=post.due_at,
        live_at=post.live_at,
        removed_at=post.removed_at,
        url=post.url,
        error=post.last_error,
        removal_reason=REMOVAL_WORDS.get(post.removal_reason, post.removal_reason),
        attempts=post.attempts,
    )


def account_choices(session: Session, accounts: Sequence[Account]) -> list[tuple[str, str]]:
    """Id and words of each account that a post can go out from."""
    return [
        (
            account.id,
            f"{account_name(account)} ({session.get_one(User, account.owner_id).display_name})",
        )
        for account in accounts
    ]
