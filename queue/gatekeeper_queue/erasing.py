"""Erasing everything held about one child (G04), in two steps.

First everything comes down: consent is withdrawn, and every post with the child is removed and
verified. Then, when none is left anywhere, the child's rows and pictures are deleted. What
stays: the audit log, which is chained and holds the pupil's number without a name; a digest of
the number, so that an old copy of the register does not bring the child back; what a stopped
picture looks like; and incidents, which are kept as the record of what happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import JSON, LargeBinary, String, Table
from sqlalchemy import select as columns
from sqlmodel import Session, SQLModel, col, delete, select

from gatekeeper_consent.erasing import erase_from_register, note_erasure, only_theirs
from gatekeeper_consent.models import Erasure, Pupil
from gatekeeper_queue.approvals import void_approvals
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.forgetting import Files, bare, forget_content
from gatekeeper_queue.frozen import is_frozen
from gatekeeper_queue.models import (
    Approval,
    AuditEvent,
    FaceWord,
    Judgement,
    PostPerson,
    SubmissionPhoto,
    User,
)
from gatekeeper_queue.notices import tell
from gatekeeper_queue.people import Act, require
from gatekeeper_queue.record_models import (
    ChangeRequest,
    Incident,
    Invitation,
    Notice,
    Objection,
    Withdrawal,
)
from gatekeeper_queue.register_view import note_register_change
from gatekeeper_queue.removal import ask_removal
from gatekeeper_queue.retention import delete_files
from gatekeeper_queue.school import School
from gatekeeper_queue.states import OVER, SubmissionState, change_state
from gatekeeper_queue.submissions import posts_of
from gatekeeper_queue.traces import Trace, traces_of
from gatekeeper_queue.withdrawing import withdraw_consent

_PICTURES = ("consent_form", "reference_face", "face_template")
"""Tables of which what is encrypted is no text."""
ERASED = "erased"
"""What stands in the place of the child's id or a guardian's name."""


class CannotErase(Exception):
    """The child is not erased; the message says what to do."""


def full_name(pupil: Pupil) -> str:
    """The name that must be typed before the child is erased."""
    return f"{pupil.preferred_name or pupil.first_name} {pupil.last_name}".strip()


def ask_to_erase(
    school: School, session: Session, user: User, pupil_id: str, typed: str
) -> Erasure:
    """Withdraw everything, have every post with the child taken down, and erase when they are
    gone. A second time returns the first. Raises `NotAllowed`, `CannotErase`.
    """
    require(user, Act.EDIT_REGISTER)
    pupil = session.get(Pupil, pupil_id)
    if pupil is None:
        raise CannotErase("There is no such child on the register.")
    if _folded(typed) != _folded(full_name(pupil)):
        raise CannotErase(f"Type the name as it stands here: {full_name(pupil)}.")
    withdraw_consent(school, session, pupil_id, "all", given_by="erasure", actor=user.id)
    row = note_erasure(session, pupil_id, asked_by=user.id, now=school.clock())
    for trace in _sure(session, pupil_id):
        void_approvals(school, session, trace.submission, actor=user.id, reason="erasure")
        for post in posts_of(session, trace.submission.id):
            ask_removal(school, session, post, actor=user.id, reason="erasure")
    school.audit.append(session, user.id, "erasure.asked", row.id, {"pupil": pupil_id})
    return row


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _sure(session: Session, pupil_id: str) -> list[Trace]:
    return [trace for trace in traces_of(session, pupil_id) if trace.sure]


def finish_erasures(school: School) -> int:
    """The worker's tick: erase each child of whom nothing is up any more; returns how many.

    Waits while a submission with the child is being checked, and in incident mode.
    """
    with school.database.read() as session:
        waiting = [row.id for row in _open(session)]
    done = [erasure_id for erasure_id in waiting if _finish(school, erasure_id)]
    if done:
        school.database.forget_deleted()
    return len(done)


def _open(session: Session) -> list[Erasure]:
    return list(session.exec(select(Erasure).where(col(Erasure.done_at).is_(None))))


def _finish(school: School, erasure_id: str) -> bool:
    files = Files()
    with school.database.write() as session:
        row = session.get_one(Erasure, erasure_id)
        if row.done_at is not None or is_frozen(session) or still_up(session, row.pupil_id):
            return False
        _erase(school, session, row, files)
    delete_files(school, files)
    return True


def still_up(session: Session, pupil_id: str) -> int:
    """How much stands in the way of erasing the child: posts that are not gone, and
    submissions that are being checked."""
    traces = _sure(session, pupil_id)
    posts = [post for trace in traces for post in posts_of(session, trace.submission.id)]
    checking = [t for t in traces if t.submission.state == SubmissionState.CHECKING]
    return sum(post.state not in OVER for post in posts) + len(checking)


def _erase(school: School, session: Session, row: Erasure, files: Files) -> None:
    pupil_id = row.pupil_id
    pupil = session.get_one(Pupil, pupil_id)
    names = _names(pupil)
    record = partial(school.audit.append, session, SYSTEM)
    traces = _sure(session, pupil_id)
    for trace in traces:
        void_approvals(school, session, trace.submission, actor=SYSTEM, reason="erasure")
        if trace.submission.state != SubmissionState.DISCARDED:
            change_state(
                session, trace.submission, SubmissionState.DISCARDED, school.audit,
                actor=SYSTEM, reason="erasure", changed_at=school.clock(),
            )  # fmt: skip
        forget_content(session, trace.submission, files)
    _forget_mentions(session, pupil_id, names)
    _forget_guardians(session, only_theirs(session, pupil_id))
    erase_from_register(session, pupil_id, record=record)
    note_register_change(session)
    row.pupil_id, row.done_at = "", school.clock()
    session.add(row)
    session.flush()
    left = [found.table for found in leftovers(school, session, pupil_id, names)]
    record("erasure.done", row.id, {"submissions": len(traces), "left": left})
    tell(school, session, "erasure-done", row.id, users=[row.asked_by])


def _names(pupil: Pupil) -> tuple[str, ...]:
    called = {pupil.first_name, pupil.preferred_name, f"{pupil.first_name} {pupil.middle_names}"}
    return tuple(sorted({f"{one.strip()} {pupil.last_name}" for one in called if one.strip()}))


def _forget_mentions(session: Session, pupil_id: str, names: Sequence[str]) -> None:
    """Where the child was only thought of, meant or listed in what is about others."""
    session.exec(delete(FaceWord).where(col(FaceWord.person_id) == pupil_id))
    session.exec(delete(PostPerson).where(col(PostPerson.person_id) == pupil_id))
    session.exec(delete(Withdrawal).where(col(Withdrawal.pupil_id) == pupil_id))
    session.exec(delete(Notice).where(col(Notice.subject) == pupil_id))
    for photo in session.exec(select(SubmissionPhoto)):
        if photo.faces and _says(photo.faces, pupil_id):
            photo.faces = [_without(face, pupil_id) for face in photo.faces]
    for approval in session.exec(select(Approval)):
        if pupil_id in approval.people:
            approval.people = [who for who in approval.people if who != pupil_id]
    for judged in session.exec(select(Judgement)):
        if any(_holds(finding, names) for finding in judged.findings):
            judged.findings = [bare(f) if _holds(f, names) else f for f in judged.findings]
    for change in session.exec(select(ChangeRequest).where(ChangeRequest.subject == pupil_id)):
        change.subject, change.before, change.after, change.why = ERASED, {}, {}, ""
    for incident in session.exec(select(Incident).where(Incident.subject == pupil_id)):
        incident.subject = ERASED
    session.flush()


def _without(face: dict[str, Any], pupil_id: str) -> dict[str, Any]:
    """A stored face without the child among those whom it resembles."""
    kept = [one for one in face.get("candidates", ()) if one.get("person_id") != pupil_id]
    blank = {key: "" for key, value in face.items() if value == pupil_id}
    return {**face, **blank, "candidates": kept}


def _forget_guardians(session: Session, guardians: Sequence[str]) -> None:
    """Close and empty the accounts of those who had a say about nobody else. The rows stay,
    without a name, because objections and the log refer to them."""
    session.exec(delete(Invitation).where(col(Invitation.guardian_id).in_(guardians)))
    for user in session.exec(select(User).where(col(User.guardian_id).in_(guardians))):
        user.email, user.display_name = f"{user.id}@erased.invalid", "Erased"
        user.password_hash, user.active, user.guardian_id = "-", False, None
        for objection in session.exec(select(Objection).where(Objection.by == user.id)):
            objection.words = objection.answer = b""
        session.exec(delete(Notice).where(col(Notice.user_id) == user.id))
    session.flush()


# --- what is left ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leftover:
    """Where the child's id or name still is."""

    table: str
    count: int


def leftovers(
    school: School, session: Session, pupil_id: str, names: Iterable[str]
) -> list[Leftover]:
    """Every table but the audit log in which the child's id, or one of the names, is still
    held, in the open or encrypted."""
    told = tuple(name.casefold() for name in names)
    found = []
    for table in SQLModel.metadata.sorted_tables:
        if table.name == AuditEvent.__tablename__:
            continue
        number = sum(
            any(_tells(school, value, pupil_id, told) for value in row)
            for row in session.connection().execute(_readable(table))
        )
        if number:
            found.append(Leftover(table.name, number))
    return found


def _readable(table: Table) -> Any:
    """The columns that could hold words: texts, JSON and what is encrypted."""
    kinds = (String, JSON) if table.name in _PICTURES else (String, JSON, LargeBinary)
    wanted = [one for one in table.columns if isinstance(one.type, kinds)]
    return columns(*(wanted or table.columns))


def _tells(school: School, value: Any, pupil_id: str, names: Sequence[str]) -> bool:
    if isinstance(value, bytes):
        value = _opened(school, value)
    if isinstance(value, dict | list):
        return _says(value, pupil_id) or _holds(value, names)
    return isinstance(value, str) and (value == pupil_id or _holds(value, names))


def _opened(school: School, value: bytes) -> str:
    """An encrypted text; empty for a picture and for what is not encrypted."""
    try:
        return school.cipher.decrypt(value).decode()
    except Exception:  # whatever the cipher raises for what it did not write
        return ""


def _says(value: Any, pupil_id: str) -> bool:
    """Is the id one of the values, at whatever depth?"""
    if isinstance(value, dict):
        return pupil_id in value or any(_says(one, pupil_id) for one in value.values())
    if isinstance(value, list):
        return any(_says(one, pupil_id) for one in value)
    return bool(value == pupil_id)


def _holds(value: Any, names: Sequence[str]) -> bool:
    """Is one of the names in any text, at whatever depth?"""
    if isinstance(value, dict):
        return any(_holds(one, names) for one in value.values())
    if isinstance(value, list):
        return any(_holds(one, names) for one in value)
    return isinstance(value, str) and any(name.casefold() in value.casefold() for name in names)
