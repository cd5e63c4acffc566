"""A submission as programs read it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from gatekeeper.api.shapes import EventOut, PostOut, Shape, events_out, post_out
from gatekeeper.web.entries import Entry
from gatekeeper.web.faces import FaceView
from gatekeeper.web.findings import FindingView
from gatekeeper.web.history import timeline
from gatekeeper.web.leaving_out import suggestion_for
from gatekeeper.web.site import Caller
from gatekeeper.web.views import PhotoView, submission_view
from gatekeeper.web.words import StateWords
from gatekeeper_queue.models import Submission
from gatekeeper_queue.verdicts import newest_verdict

_ACTIONS = {"no": "reject", "ask": "flag", "off": "note"}
BoxOut = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the clean picture; right and bottom exclusive."""


class CandidateOut(Shape):
    """Somebody whom a face may be, the likeliest first."""

    person_id: str
    name: str
    class_name: str
    likeness: str


class FaceOut(Shape):
    """One face of a photo."""

    number: int
    """From 1, left to right."""
    box: BoxOut
    who: str
    says: str
    """What follows from who it is: "May be shown with others.", "No permission for …"."""
    person_id: str
    """Empty while nobody knows who it is."""
    unknown: bool
    """Somebody has to say who it is before the submission can be approved."""
    claimed: str
    """Id of the person whom the author named, or `nobody`, until a colleague decided."""
    candidates: list[CandidateOut]


class LineOut(Shape):
    """A line of words that can be read in a photo."""

    box: BoxOut
    text: str
    refused: bool


class PhotoOut(Shape):
    """One photo. Its clean picture is at `/photos/{id}.jpg`."""

    id: str
    number: int
    name: str
    alt: str
    width: int
    """Pixels of the clean picture; 0 where there is none (yet)."""
    height: int
    problem: str
    mend: str
    faces: list[FaceOut] | None
    """Null where the search did not finish (yet)."""
    words: list[LineOut]
    covers: int
    """How many patches lie on it."""


class FindingOut(Shape):
    """What a rule found, with every place of which it says the same."""

    rule: str
    action: str
    """`reject`, `flag` or `note`."""
    message: str
    mend: str
    channels: str
    places: list[str]


class SubmissionLine(Shape):
    """A submission in a list."""

    id: str
    version: int
    state: str
    word: str
    """The state in a word or two."""
    sentence: str
    author: str
    caption: str
    class_name: str
    channels: list[str]
    why: str
    """The colleague's note or the most serious finding; empty when nothing is open."""
    created_at: datetime
    changed_at: datetime


class SubmissionOut(SubmissionLine):
    """One submission with everything that is known of it."""

    account_ids: list[str]
    publish_at: datetime | None
    confirmed: list[str]
    note: str
    """What the coordinator wrote when sending it back."""
    verdict: int | None
    """What a reviewer has seen, to be said when they approve; null until it was checked."""
    suggested_caption: str
    """The caption without the children's names, where that would mend it; else empty."""
    photos: list[PhotoOut]
    findings: list[FindingOut]
    posts: list[PostOut]
    history: list[EventOut]


def line_out(entry: Entry) -> SubmissionLine:
    return SubmissionLine(**_line(entry.row, entry.words), author=entry.author, why=entry.why)


def submission_out(caller: Caller, session: Session, row: Submission) -> SubmissionOut:
    """By today's register, as its page shows it."""
    view = submission_view(caller.school, session, row)
    own = row.author_id == caller.user.id
    first, suggested = next(iter(view.to_mend), None), suggestion_for(view)
    return SubmissionOut(
        **_line(row, view.words if own else view.review_words),
        author=view.author,
        why=row.note or (first.message if first else ""),
        account_ids=row.account_ids,
        publish_at=row.publish_at,
        confirmed=row.confirmed,
        note=row.note,
        verdict=newest_verdict(session, row),
        suggested_caption=suggested.caption if suggested else "",
        photos=[_photo(photo) for photo in view.photos],
        findings=[_finding(finding) for finding in view.findings],
        posts=[post_out(post) for post in view.posts],
        history=events_out(timeline(session, row)),
    )


def _line(row: Submission, words: StateWords) -> dict[str, object]:
    return {
        "id": row.id,
        "version": row.version,
        "state": row.state,
        "word": words.word,
        "sentence": words.sentence,
        "caption": row.caption,
        "class_name": row.class_name,
        "channels": row.channels,
        "created_at": row.created_at,
        "changed_at": row.changed_at,
    }


def _photo(view: PhotoView) -> PhotoOut:
    return PhotoOut(
        id=view.id,
        number=view.number,
        name=view.name,
        alt=view.alt,
        width=view.width,
        height=view.height,
        problem=view.problem,
        mend=view.mend,
        faces=None if view.faces is None else [_face(face) for face in view.faces],
        words=[LineOut.of(line) for line in view.lines],
        covers=view.covers,
    )


def _face(view: FaceView) -> FaceOut:
    return FaceOut(
        number=view.number,
        box=view.box,
        who=view.who,
        says=view.says,
        person_id=view.person_id,
        unknown=view.unknown,
        claimed=view.claimed,
        candidates=[CandidateOut.of(one) for one in view.candidates],
    )


def _finding(view: FindingView) -> FindingOut:
    return FindingOut(
        rule=view.rule,
        action=_ACTIONS[view.look],
        message=view.message,
        mend=view.mend,
        channels=view.channels,
        places=list(view.places),
    )
