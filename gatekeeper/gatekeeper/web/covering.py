"""Covering faces and words: the form's answer, for the author and for a reviewer.

`cover_P` holds the boxes that were chosen in photo P, numbered from 1, as "left,top,right,bottom";
`which` is `chosen`, or without choosing `refused` (faces and words that a rule rejects), `unknown`
or `all` (faces).
"""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gatekeeper.web.errors import CHANGED_MEANWHILE, in_words
from gatekeeper.web.loading import visible_submission
from gatekeeper.web.mine import show_submission
from gatekeeper.web.review import show_item
from gatekeeper.web.security import Form, Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper.web.views import PhotoView, submission_view
from gatekeeper_detectors.values import Box
from gatekeeper_queue.covering import cover, uncover
from gatekeeper_queue.models import Submission
from gatekeeper_queue.submissions import BadSubmission

router = APIRouter()


@router.post("/submissions/{submission_id}/cover")
def do_cover(submission_id: str, visit: SignedIn, form: Posted) -> Response:
    try:
        with visit.school.database.write() as session:
            row = visible_submission(session, visit, submission_id)
            _require_same(row, form)
            photos = submission_view(visit.school, session, row).photos
            chosen = {photo.id: _boxes(photo, form) for photo in photos}
            cover(visit.school, session, visit.user, row, chosen)
    except (*CHANGED_MEANWHILE, BadSubmission) as refused:
        return _refused(visit, submission_id, in_words(refused))
    return RedirectResponse(_page(visit, row), 303)


@router.post("/submissions/{submission_id}/uncover")
def do_uncover(submission_id: str, visit: SignedIn, form: Posted) -> Response:
    try:
        with visit.school.database.write() as session:
            row = visible_submission(session, visit, submission_id)
            _require_same(row, form)
            uncover(visit.school, session, visit.user, row)
    except (*CHANGED_MEANWHILE, BadSubmission) as refused:
        return _refused(visit, submission_id, in_words(refused))
    return RedirectResponse(_page(visit, row), 303)


def _require_same(row: Submission, form: Form) -> None:
    if row.version != form.number("version"):
        raise BadSubmission({"version": "This was changed since you opened it. Look at it again."})


def _boxes(photo: PhotoView, form: Form) -> list[Box]:
    """What to cover in one photo."""
    which, faces = form.text("which"), photo.faces or []
    if which == "all":
        return [face.box for face in faces]
    if which == "unknown":
        return [face.box for face in faces if face.unknown]
    if which == "refused":
        words = [line.box for line in photo.lines if line.refused]
        return [face.box for face in faces if face.refused] + words
    return [_box(text) for text in form.texts(f"cover_{photo.number}")]


def _box(text: str) -> Box:
    parts = text.split(",")
    if len(parts) != 4 or not all(_is_number(part) for part in parts):
        raise BadSubmission({"cover": "Choose what to cover from the list."})
    return Box(*map(int, parts))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 7


def _is_own(visit: Visit, row: Submission) -> bool:
    return row.author_id == visit.user.id


def _page(visit: Visit, row: Submission) -> str:
    return f"/{'submissions' if _is_own(visit, row) else 'review'}/{row.id}"


def _refused(visit: Visit, submission_id: str, problem: str) -> Response:
    with visit.school.database.read() as session:
        own = _is_own(visit, visible_submission(session, visit, submission_id))
    show = show_submission if own else show_item
    return show(visit, submission_id, problem=problem, status=409)
