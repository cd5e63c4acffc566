"""A new post, and changing one."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from gatekeeper.web.content_form import Typed, choices, content_of, typed_from, typed_in
from gatekeeper.web.errors import Conflict
from gatekeeper.web.loading import visible_submission
from gatekeeper.web.security import Form, Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper.web.uploads import problem_with, read
from gatekeeper_queue.models import Submission, SubmissionPhoto
from gatekeeper_queue.people import Act, NotAllowed
from gatekeeper_queue.submissions import (
    MAX_PHOTOS,
    BadSubmission,
    NewPhoto,
    edit,
    photos_of,
    submit,
)

router = APIRouter()

_MISSED = "The photos that you shared did not come along this time. Choose them here."
SLOTS = tuple(range(1, MAX_PHOTOS + 1))


@router.get("/submit")
def submit_page(visit: SignedIn, shared: str = "") -> Response:
    """The empty form; `shared` is `missed` where photos from the phone did not come along."""
    visit.require(Act.SUBMIT)
    return _submit_form(visit, Typed(), {}, 200, _MISSED if shared == "missed" else "")


@router.post("/submit")
def do_submit(visit: SignedIn, form: Posted) -> Response:
    """Store it, or show the form again with everything that was typed."""
    visit.require(Act.SUBMIT)
    typed = typed_in(form)
    with visit.school.database.read() as session:
        content, problems = content_of(typed, visit.school, session)
    problems |= _photo_problems(form, [f"photo_{slot}" for slot in SLOTS])
    if problems:
        return _submit_form(visit, typed, problems, 422)
    try:
        photos = _photos(form)
        with visit.school.database.write() as session:
            submission = submit(visit.school, session, visit.user, content, photos)
    except BadSubmission as bad:
        return _submit_form(visit, typed, bad.problems, 422)
    return RedirectResponse(f"/submissions/{submission.id}", 303)


def _photos(form: Form) -> list[NewPhoto]:
    return [
        read(upload, form.text(f"alt_{slot}"))
        for slot in SLOTS
        if (upload := form.upload(f"photo_{slot}"))
    ]


def _photo_problems(form: Form, names: list[str]) -> dict[str, str]:
    found = {name: problem_with(upload) for name in names if (upload := form.upload(name))}
    return {name: problem for name, problem in found.items() if problem}


def _submit_form(
    visit: Visit, typed: Typed, problems: Mapping[str, str], status: int, problem: str = ""
) -> Response:
    with visit.school.database.read() as session:
        offered = choices(visit.school, session, visit.user)
    return visit.page(
        "submit.html",
        status=status,
        typed=typed,
        problems=problems,
        problem=problem,
        slots=SLOTS,
        **offered,
    )


@router.get("/submissions/{submission_id}/edit")
def edit_page(submission_id: str, visit: SignedIn) -> Response:
    return _edit_form(visit, submission_id, None, {}, 200)


@router.post("/submissions/{submission_id}/edit")
def do_edit(submission_id: str, visit: SignedIn, form: Posted) -> Response:
    """Store the new version, or show the form again with everything that was typed."""
    typed = typed_in(form)
    try:
        with visit.school.database.write() as session:
            row = _own(session, visit, submission_id)
            photos = photos_of(session, row.id)
            content, problems = content_of(typed, visit.school, session)
            problems |= _photo_problems(form, [f"replace_{photo.id}" for photo in photos])
            if problems:
                raise BadSubmission(problems)
            if form.number("version") != row.version:
                raise Conflict("This has changed since you opened it. Open it again to edit it.")
            edit(
                visit.school,
                session,
                visit.user,
                row,
                content,
                alts={photo.id: form.text(f"alt_{photo.id}").strip() for photo in photos},
                replaced=_replaced(form, photos),
                dropped=[photo.id for photo in photos if form.text(f"drop_{photo.id}")],
            )
    except BadSubmission as bad:
        return _edit_form(visit, submission_id, typed, bad.problems, 422)
    return RedirectResponse(f"/submissions/{submission_id}", 303)


def _replaced(form: Form, photos: list[SubmissionPhoto]) -> dict[str, NewPhoto]:
    return {
        photo.id: read(upload, form.text(f"alt_{photo.id}"))
        for photo in photos
        if (upload := form.upload(f"replace_{photo.id}"))
    }


def _own(session: Session, visit: Visit, submission_id: str) -> Submission:
    """Raises `NotFound` or `NotAllowed`."""
    row = visible_submission(session, visit, submission_id)
    if row.author_id != visit.user.id:
        raise NotAllowed("Only the person who submitted this may change it.")
    return row


def _edit_form(
    visit: Visit, submission_id: str, typed: Typed | None, problems: Mapping[str, str], status: int
) -> Response:
    """The form with what was typed, or with what is stored. Raises as `_own` does."""
    with visit.school.database.read() as session:
        row = _own(session, visit, submission_id)
        photos = photos_of(session, row.id)
        offered = choices(visit.school, session, visit.user)
    alts = {f"alt_{photo.id}": photo.alt for photo in photos}
    return visit.page(
        "edit.html",
        status=status,
        typed=typed or typed_from(row, alts, visit.school.zone),
        problems=problems,
        row=row,
        photos=photos,
        **offered,
    )
