"""Covering faces and words in a submission's pictures: a new version, which is judged anew.

The patches are stored, not painted over the original, so that the author can take them off
again; what leaves is made from the original and the patches at each check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from gatekeeper_detectors.faces.recognise import SeenFace
from gatekeeper_detectors.pictures.cover import head_around, is_hidden, words_around
from gatekeeper_detectors.values import Box, Face, Photo
from gatekeeper_queue.models import FaceWord, Submission, SubmissionPhoto, User
from gatekeeper_queue.people import Act, require
from gatekeeper_queue.records import photo_from_row
from gatekeeper_queue.school import School
from gatekeeper_queue.states import SubmissionState
from gatekeeper_queue.submissions import BadSubmission, may_be_live, photos_of, send_to_checks

_CLOSED = (SubmissionState.WAITING, SubmissionState.CHECKING, SubmissionState.DISCARDED)


def cover(
    school: School,
    session: Session,
    user: User,
    submission: Submission,
    chosen: Mapping[str, Sequence[Box]],
) -> None:
    """Cover faces and lines of words, given as the boxes that the checks found, by photo id.

    The author covers in their own submission, a reviewer in what they review. Raises
    `NotAllowed`, or `BadSubmission` when nothing was chosen, the picture has changed since,
    or a post of it may be live.
    """
    _require_open(user, submission, session)
    patches = {
        row.id: [_patch(photo_from_row(row), box) for box in chosen[row.id]]
        for row in photos_of(session, submission.id)
        if chosen.get(row.id)
    }
    if len(patches) != len([boxes for boxes in chosen.values() if boxes]) or not patches:
        raise BadSubmission({"cover": "Choose at least one face or line of words to cover."})
    for row in photos_of(session, submission.id):
        if row.id in patches:
            row.faces_before = [*row.faces_before, *(list(face.box) for face in _faces(row))]
            _begin_anew(session, row, [*row.patches, *map(list, patches[row.id])])
            _note(school, session, user, row)
    _send(school, session, user, submission, "faces or words covered")


def uncover(school: School, session: Session, user: User, submission: Submission) -> None:
    """Take all patches off again. Raises as `cover` does."""
    _require_open(user, submission, session)
    rows = [row for row in photos_of(session, submission.id) if row.patches]
    if not rows:
        raise BadSubmission({"cover": "Nothing is covered in these photos."})
    for row in rows:
        _begin_anew(session, row, [])
        row.faces_before = []
        _note(school, session, user, row)
    _send(school, session, user, submission, "covers taken off")


def carry_words(session: Session, row: SubmissionPhoto) -> None:
    """What people said of faces holds for the picture with other patches too."""
    for word in session.exec(select(FaceWord).where(col(FaceWord.photo_id) == row.id)).all():
        word.clean_sha256 = row.clean_sha256 or ""
        session.add(word)


def _require_open(user: User, submission: Submission, session: Session) -> None:
    if submission.author_id == user.id:
        require(user, Act.SUBMIT)
    else:
        require(user, Act.REVIEW, author_id=submission.author_id)
    if submission.state in _CLOSED:
        raise BadSubmission({"state": "Wait until the check is done, then cover what you want."})
    if may_be_live(session, submission):
        raise BadSubmission({"state": "This is published or being sent. Have it taken down first."})


def _patch(photo: Photo, box: Box) -> Box:
    """What to paint over for a box that the checks found. Raises `BadSubmission`."""
    if any(face.box == box for face in photo.faces or ()):
        return head_around(box)
    if any(line.box == box for line in photo.words or ()):
        return words_around(box)
    raise BadSubmission({"cover": "The photo has changed since you opened it. Look at it again."})


def patches_on(row: SubmissionPhoto, width: int) -> list[Box]:
    """The patches, in pixels of a clean picture that is `width` pixels wide."""
    factor = width / row.patched_width
    return [Box(*patch).scaled(factor) for patch in row.patches]


_SAME_FACE = 0.5


def half_covered(row: SubmissionPhoto, seen: Sequence[SeenFace]) -> list[SeenFace]:
    """Faces that were found before, are not found now and are not hidden either: a patch beside
    them puts the machine off and people not, so somebody has to say who they are."""
    if not row.patches or row.picture is None:
        return []
    factor = row.picture["width"] / row.patched_width
    patches = patches_on(row, row.picture["width"])
    lost: list[SeenFace] = []
    for before in row.faces_before:
        box = Box(*before).scaled(factor)
        known = [*seen, *lost]
        if any(one.box.overlap(box) >= _SAME_FACE for one in known) or any(
            is_hidden(box, patch) for patch in patches
        ):
            continue
        lost.append(SeenFace(box, 0.0, ("before",), unfit="partly covered"))
    return lost


def _faces(row: SubmissionPhoto) -> tuple[Face, ...]:
    return photo_from_row(row).faces or ()


def _begin_anew(session: Session, row: SubmissionPhoto, patches: list[list[int]]) -> None:
    """Forget what was made of the picture, so that the next check makes it again; and what was
    said of boxes under patches, old or new, which meant the patch or means nothing now."""
    for word in session.exec(select(FaceWord).where(col(FaceWord.photo_id) == row.id)).all():
        if any(Box(*word.box).shared(Box(*patch)) for patch in [*row.patches, *patches]):
            session.delete(word)
    row.patches = patches
    row.patched_width = row.picture["width"] if row.picture else row.patched_width
    row.clean_sha256 = row.picture = row.faces = row.words = None
    row.bodies = []
    row.faces_problem = row.words_problem = row.gradient_hash = ""


def _note(school: School, session: Session, user: User, row: SubmissionPhoto) -> None:
    details = {"photo": row.id, "patches": row.patches}
    school.audit.append(session, user.id, "photo.covered", row.submission_id, details)


def _send(
    school: School, session: Session, user: User, submission: Submission, reason: str
) -> None:
    if submission.author_id != user.id:
        submission.needs_person = True  # the reviewer sees the result before it leaves
    submission.version += 1
    send_to_checks(school, session, submission, actor=user.id, reason=reason)
