"""One's own submissions: send, read, change, give up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Response, UploadFile
from sqlmodel import Session, col, select

from gatekeeper.api.access import Known
from gatekeeper.api.problems import Unusable
from gatekeeper.api.shapes import Number, Page
from gatekeeper.api.submission_inputs import (
    Alt,
    ContentIn,
    Covers,
    Edited,
    FaceWords,
    NewSubmission,
    Version,
)
from gatekeeper.api.submission_shapes import (
    SubmissionLine,
    SubmissionOut,
    line_out,
    submission_out,
)
from gatekeeper.web.content_form import known_class
from gatekeeper.web.entries import entry
from gatekeeper.web.errors import NotFound
from gatekeeper.web.leaving_out import leave_names_out
from gatekeeper.web.loading import PAGE, visible_photo, visible_submission
from gatekeeper.web.pictures import clean_picture
from gatekeeper.web.site import Caller
from gatekeeper.web.uploads import problem_with, read
from gatekeeper_detectors.values import Box
from gatekeeper_queue.covering import cover, uncover
from gatekeeper_queue.face_words import Word, claim_who
from gatekeeper_queue.models import Submission
from gatekeeper_queue.people import Act
from gatekeeper_queue.submissions import (
    MAX_PHOTOS,
    BadSubmission,
    Content,
    NewPhoto,
    check_again,
    discard,
    edit,
    photos_of,
    stored_content,
    submit,
)

router = APIRouter(tags=["submissions"])

_JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/submissions")
def my_submissions(caller: Known, number: Number = 1) -> Page[SubmissionLine]:
    """The person's own, the newest first."""
    caller.require(Act.SUBMIT)
    with caller.school.database.read() as session:
        rows = session.exec(
            select(Submission)
            .where(Submission.author_id == caller.user.id)
            .order_by(col(Submission.created_at).desc())
            .offset((number - 1) * PAGE)
            .limit(PAGE + 1)
        ).all()
        lines = [line_out(entry(session, row, caller.user)) for row in rows[:PAGE]]
    return Page(items=lines, more=len(rows) > PAGE)


@router.post("/submissions", status_code=201)
def new_submission(
    caller: Known, sent: Annotated[NewSubmission, Form(media_type="multipart/form-data")]
) -> SubmissionOut:
    """Hand in a post; the checks start by themselves."""
    caller.require(Act.SUBMIT)
    photos = _photos(sent.photos, sent.alts)
    with caller.school.database.write() as session:
        content = _content(caller, session, sent)
        row = submit(caller.school, session, caller.user, content, photos)
        return submission_out(caller, session, row)


@router.get("/submissions/{submission_id}")
def one_submission(submission_id: str, caller: Known) -> SubmissionOut:
    """The person's own, or anybody's for a reviewer."""
    with caller.school.database.read() as session:
        row = visible_submission(session, caller, submission_id)
        return submission_out(caller, session, row)


@router.put("/submissions/{submission_id}")
def edit_submission(submission_id: str, sent: Edited, caller: Known) -> SubmissionOut:
    """Make a new version, which voids approvals and is checked anew."""

    def act(session: Session, row: Submission) -> None:
        _require_version(row, sent.version)
        content = _content(caller, session, sent)
        edit(
            caller.school, session, caller.user, row, content,
            alts=dict(sent.alts), dropped=sent.dropped,
        )  # fmt: skip

    return change_submission(caller, submission_id, act)


@router.put("/submissions/{submission_id}/photos/{photo_id}")
def replace_photo(
    submission_id: str,
    photo_id: str,
    caller: Known,
    version: Annotated[int, Form()],
    photo: Annotated[UploadFile, File()],
    alt: Annotated[Alt, Form()] = "",
) -> SubmissionOut:
    """Another photo in the place of this one: a new version, which is checked anew."""
    [new] = _photos([photo], [alt])

    def act(session: Session, row: Submission) -> None:
        _require_version(row, version)
        alts = {one.id: one.alt for one in photos_of(session, row.id)}
        if photo_id not in alts:
            raise NotFound
        edit(
            caller.school, session, caller.user, row, stored_content(row),
            alts=alts, replaced={photo_id: new},
        )  # fmt: skip

    return change_submission(caller, submission_id, act)


@router.post("/submissions/{submission_id}/leave-names-out")
def do_leave_out(submission_id: str, sent: Version, caller: Known) -> SubmissionOut:
    """Take the suggested caption, with the children's names left out: a new version."""

    def act(session: Session, row: Submission) -> None:
        _require_version(row, sent.version)
        leave_names_out(caller, session, row)

    return change_submission(caller, submission_id, act)


@router.post("/submissions/{submission_id}/check-again")
def do_check_again(submission_id: str, caller: Known) -> SubmissionOut:
    """Have it checked again, after the register or a setting was mended."""
    return change_submission(
        caller,
        submission_id,
        lambda session, row: check_again(caller.school, session, caller.user, row),
    )


@router.post("/submissions/{submission_id}/discard")
def do_discard(submission_id: str, caller: Known) -> SubmissionOut:
    """Give it up."""
    return change_submission(
        caller,
        submission_id,
        lambda session, row: discard(caller.school, session, caller.user, row),
    )


@router.post("/submissions/{submission_id}/faces")
def do_claim_who(submission_id: str, sent: FaceWords, caller: Known) -> SubmissionOut:
    """The author says who faces are; a second person confirms it."""
    words = face_words(sent)
    return change_submission(
        caller,
        submission_id,
        lambda session, row: claim_who(caller.school, session, caller.user, row, words),
    )


@router.post("/submissions/{submission_id}/cover")
def do_cover(submission_id: str, sent: Covers, caller: Known) -> SubmissionOut:
    """Cover faces and words; the author in their own, a reviewer in what they review."""
    chosen = {photo: [Box(*box) for box in boxes] for photo, boxes in sent.boxes.items()}

    def act(session: Session, row: Submission) -> None:
        _require_version(row, sent.version)
        cover(caller.school, session, caller.user, row, chosen)

    return change_submission(caller, submission_id, act)


@router.post("/submissions/{submission_id}/uncover")
def do_uncover(submission_id: str, sent: Version, caller: Known) -> SubmissionOut:
    """Take all covers off again."""

    def act(session: Session, row: Submission) -> None:
        _require_version(row, sent.version)
        uncover(caller.school, session, caller.user, row)

    return change_submission(caller, submission_id, act)


@router.get("/photos/{photo_id}.jpg", response_class=Response, responses=_JPEG)
def picture(photo_id: str, caller: Known) -> Response:
    """A clean picture, for those who may see its submission."""
    with caller.school.database.read() as session:
        photo = visible_photo(session, caller, photo_id)
    if photo.clean_sha256 is None:
        raise NotFound
    return Response(clean_picture(caller.school, photo.clean_sha256), media_type="image/jpeg")


def face_words(sent: FaceWords) -> list[Word]:
    return [Word(one.photo_id, Box(*one.box), one.person_id) for one in sent.words]


def change_submission(
    caller: Caller, submission_id: str, act: Callable[[Session, Submission], None]
) -> SubmissionOut:
    """Do it to a submission that this person may see, and send what it is then."""
    with caller.school.database.write() as session:
        row = visible_submission(session, caller, submission_id)
        act(session, row)
        session.flush()
        return submission_out(caller, session, row)


def _require_version(row: Submission, version: int) -> None:
    if row.version != version:
        raise BadSubmission({"version": "This has changed since you read it. Read it again."})


def _photos(uploads: list[UploadFile], alts: list[str]) -> list[NewPhoto]:
    """Raises `Unusable` where one is too large or empty."""
    if len(uploads) > MAX_PHOTOS or len(alts) > len(uploads):
        raise Unusable(f"Send at most {MAX_PHOTOS} photos, and no more descriptions than photos.")
    if problems := [problem for upload in uploads if (problem := problem_with(upload))]:
        raise Unusable(" ".join(problems))
    padded = [*alts, *[""] * (len(uploads) - len(alts))]
    return [read(upload, alt) for upload, alt in zip(uploads, padded, strict=True)]


def _content(caller: Caller, session: Session, sent: ContentIn) -> Content:
    """Raises `BadSubmission` for a class that is not on the register, or a time that has passed."""
    class_name, problem = known_class(session, sent.class_name)
    problems = {"class_name": problem} if problem else {}
    if sent.publish_at is not None and sent.publish_at < caller.school.clock():
        problems["publish_at"] = "This day and time have passed."
    if problems:
        raise BadSubmission(problems)
    return Content(
        caption=sent.caption,
        channels=tuple(sent.channels),
        class_name=class_name,
        account_ids=tuple(sent.account_ids),
        publish_at=sent.publish_at,
        confirmed=tuple(sent.confirmed),
    )
