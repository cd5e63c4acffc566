"""What is kept for how long, and the nightly sweep that deletes what has had its time (P08).

Rows go first, in one transaction with one audit event; files after its commit. A crash between
the two leaves files that nothing refers to, which the next sweep deletes. The other order could
leave a row whose picture is gone.

Never touched: the picture of anything that is live, on its way up or down, or still open; what
an open objection or incident is about; and anything at all while incident mode is on.

The audit log is kept for ever. It holds ids and no names, takes little room, and each event is
chained to the one before: a log with its beginning cut off could no longer show that nothing
else was cut.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property, partial

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from gatekeeper_consent.faces import purge_templates
from gatekeeper_consent.models import FaceTemplate, ImportDraft, ReferenceFace
from gatekeeper_consent.records import biometric_in_force
from gatekeeper_queue.approvals import void_approvals
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.forgetting import Files, forget_content
from gatekeeper_queue.frozen import is_frozen
from gatekeeper_queue.models import (
    Meta,
    NewsItem,
    Post,
    StoppedPicture,
    Submission,
    SubmissionPhoto,
)
from gatekeeper_queue.record_models import Incident, Notice, Objection
from gatekeeper_queue.school import Periods, School
from gatekeeper_queue.states import OVER, PostState, SubmissionState, change_state
from gatekeeper_queue.submissions import posts_of


@dataclass(frozen=True)
class Look:
    """One look at what is kept: what is asked for twice is listed once."""

    school: School
    session: Session

    @cached_property
    def originals(self) -> set[str]:
        """Photo ids of the stored originals."""
        return self.school.store.originals()

    @cached_property
    def loose(self) -> list[tuple[str, datetime]]:
        """`original/ID` and `clean/DIGEST` of files that no row refers to, and when each was
        stored."""
        store, photos = self.school.store, set(self.session.exec(select(SubmissionPhoto.id)))
        originals = self.originals - photos
        clean = store.clean_pictures() - _referred(self.session)
        return [
            *((f"original/{one}", store.original_stored_at(one)) for one in sorted(originals)),
            *((f"clean/{one}", store.clean_stored_at(one)) for one in sorted(clean)),
        ]

    @cached_property
    def without_leave(self) -> list[str]:
        """People whose face is learnt without leave; a withdrawal purges at once, so this finds
        what only the calendar has changed."""
        stored = {
            *self.session.exec(select(FaceTemplate.person_id)),
            *self.session.exec(select(ReferenceFace.person_id)),
        }
        return sorted(stored - biometric_in_force(self.session, self.school.today(), stored))


Find = Callable[[Look, datetime], Sequence[str]]
"""Ids of what was kept since before the moment and may go now."""
Drop = Callable[[School, Session, Sequence[str], Files], None]


@dataclass(frozen=True)
class Kind:
    """One kind of thing that is kept for a while."""

    name: str
    """In the audit log and the settings."""
    what: str
    """For people."""
    since: str
    """From when the days count, for people."""
    days: Callable[[Periods], int]
    find: Find
    drop: Drop


# --- pictures -----------------------------------------------------------------------------------


def _busy(*quiet: PostState) -> SelectOfScalar[str]:
    """Submissions with a post in any other state, or that a complaint or incident is about."""
    return select(Post.submission_id).where(
        or_(
            col(Post.state).not_in([*OVER, *quiet]),
            col(Post.submission_id).in_(_disputed()),
            col(Post.id).in_(_under_incident()),
        )
    )


def _disputed() -> SelectOfScalar[str]:
    return select(Objection.submission_id).where(col(Objection.decided_at).is_(None))


def _under_incident() -> SelectOfScalar[str]:
    return select(Incident.subject).where(col(Incident.closed_at).is_(None))


def _last_post_before(moment: datetime) -> SelectOfScalar[str]:
    """Submissions all of whose posts were sent, or were to be, before the moment."""
    last = func.max(func.coalesce(col(Post.removed_at), col(Post.live_at), col(Post.due_at)))
    return select(Post.submission_id).group_by(col(Post.submission_id)).having(last < moment)


def _with_photos(*conditions: ColumnElement[bool] | bool) -> SelectOfScalar[str]:
    """Submissions that still have pictures and meet the conditions."""
    return select(Submission.id).where(
        col(Submission.id).in_(select(SubmissionPhoto.submission_id)),
        col(Submission.id).not_in(_under_incident()),
        *conditions,
    )


def _originals(look: Look, before: datetime) -> list[str]:
    published = _with_photos(
        Submission.state == SubmissionState.APPROVED,
        col(Submission.id).not_in(_busy(PostState.LIVE)),
        col(Submission.id).in_(_last_post_before(before)),
    )
    photos = look.session.exec(
        select(SubmissionPhoto.id).where(col(SubmissionPhoto.submission_id).in_(published))
    )
    return sorted(photo for photo in photos if photo in look.originals)


def _drop_originals(school: School, session: Session, ids: Sequence[str], files: Files) -> None:
    files.originals.update(ids)


def _stopped(look: Look, before: datetime) -> list[str]:
    over = (SubmissionState.REJECTED, SubmissionState.RETURNED, SubmissionState.DISCARDED)
    query = _with_photos(
        col(Submission.state).in_(over),
        Submission.changed_at < before,
        col(Submission.id).not_in(_busy()),
    )
    return sorted(look.session.exec(query))


def _removed(look: Look, before: datetime) -> list[str]:
    query = _with_photos(
        Submission.state == SubmissionState.APPROVED,
        col(Submission.id).not_in(_busy(PostState.FAILED)),
        col(Submission.id).in_(_last_post_before(before)),
    )
    return sorted(look.session.exec(query))


def _drop_submissions(school: School, session: Session, ids: Sequence[str], files: Files) -> None:
    """Discard and empty them. One whose failed post may yet be up is looked for first, and
    is left for another night."""
    for submission_id in ids:
        submission = session.get_one(Submission, submission_id)
        void_approvals(school, session, submission, actor=SYSTEM, reason="no longer kept")
        if any(post.state not in OVER for post in posts_of(session, submission_id)):
            continue
        if submission.state != SubmissionState.DISCARDED:
            change_state(
                session,
                submission,
                SubmissionState.DISCARDED,
                school.audit,
                actor=SYSTEM,
                reason="no longer kept",
            )
        forget_content(session, submission, files)


# --- files that nothing refers to -----------------------------------------------------------------


def _loose(look: Look, before: datetime) -> list[str]:
    return [name for name, at in look.loose if at < before]


def _drop_loose(school: School, session: Session, ids: Sequence[str], files: Files) -> None:
    for name in ids:
        kind, _, key = name.partition("/")
        (files.originals if kind == "original" else files.clean).add(key)


def _referred(session: Session) -> set[str]:
    """Digests of the pictures of every submission, and of whatever is on the news pages."""
    photos = {sha256 for sha256 in session.exec(select(SubmissionPhoto.clean_sha256)) if sha256}
    news = {shown["sha256"] for item in session.exec(select(NewsItem)) for shown in item.pictures}
    return photos | news


def delete_files(school: School, files: Files) -> None:
    """Delete the files, after the transaction that let them go is committed. A picture that
    something refers to again, or that was just stored again, stays."""
    for photo in files.originals:
        school.store.forget_original(photo)
    if not files.clean:
        return
    with school.database.read() as session:
        needed = _referred(session)
    for sha256 in files.clean - needed:
        school.store.forget_clean(sha256)


# --- rows ---------------------------------------------------------------------------------------


def _older(table: type, key: str, at: str) -> Find:
    """Rows whose moment `at` lies before."""

    def find(look: Look, before: datetime) -> list[str]:
        rows = select(getattr(table, key)).where(getattr(table, at) < before)
        return sorted(map(str, look.session.exec(rows)))

    return find


def _drop_rows(table: type, key: str, kind: type = str) -> Drop:
    def drop(school: School, session: Session, ids: Sequence[str], files: Files) -> None:
        for one in ids:
            session.exec(delete(table).where(getattr(table, key) == kind(one)))

    return drop


def rows_older(
    name: str,
    what: str,
    since: str,
    days: Callable[[Periods], int],
    table: type,
    at: str,
    *,
    key: str = "id",
    key_kind: type = str,
) -> Kind:
    """A kind that is plain rows of one table with a moment in column `at`."""
    return Kind(name, what, since, days, _older(table, key, at), _drop_rows(table, key, key_kind))


def _likenesses(look: Look, before: datetime) -> list[str]:
    day = before.astimezone(look.school.zone).date()
    old = select(StoppedPicture.id).where(StoppedPicture.on < day)
    return sorted(map(str, look.session.exec(old)))


def _faces(look: Look, before: datetime) -> list[str]:
    return look.without_leave


def _drop_faces(school: School, session: Session, ids: Sequence[str], files: Files) -> None:
    for person_id in ids:
        purge_templates(session, person_id, record=partial(school.audit.append, session, SYSTEM))


KINDS: tuple[Kind, ...] = (
    Kind("originals", "Originals of published photos, encrypted",
         "the day the last post of it went live", lambda days: days.originals,
         _originals, _drop_originals),
    Kind("stopped", "Photos and texts that were rejected, sent back or discarded",
         "the last change", lambda days: days.stopped, _stopped, _drop_submissions),
    Kind("removed", "Photos and texts of posts that were taken down or never sent",
         "the day the last post of it was over", lambda days: days.removed,
         _removed, _drop_submissions),
    Kind("unreferred", "Picture files that nothing refers to (from before a face was covered)",
         "the day they were stored", lambda days: days.unreferred, _loose, _drop_loose),
    Kind("faces", "Reference pictures and templates without leave (leavers among them)",
         "the day the leave ended", lambda days: 0, _faces, _drop_faces),
    rows_older("drafts", "Uploaded exports of the roll that nobody confirmed", "the upload",
               lambda days: days.drafts, ImportDraft, "added_at"),
    Kind("likenesses", "What stopped pictures look like (a number; no picture can be made of it)",
         "the day the picture was stopped", lambda days: days.likenesses, _likenesses,
         _drop_rows(StoppedPicture, "id", int)),
    rows_older("notices", "Notices to staff and parents", "the notice",
               lambda days: days.notices, Notice, "at", key_kind=int),
)  # fmt: skip


# --- the sweep ----------------------------------------------------------------------------------

_NIGHT = time(2)
SWEPT = "swept_on"
"""Under this name stands the night on which it last began."""


@dataclass(frozen=True)
class Sweep:
    """Deletes what has had its time. `kinds` are this package's and the application's."""

    school: School
    kinds: tuple[Kind, ...] = KINDS

    def preview(self) -> dict[str, int]:
        """How much of each kind would go now."""
        return self.previews(timedelta(0))[0]

    def previews(self, *ahead: timedelta) -> list[dict[str, int]]:
        """How much of each kind would go now, or after each of these times."""
        now = self.school.clock()
        with self.school.database.read() as session:
            look = Look(self.school, session)
            return [
                {kind.name: len(self._due(kind, look, now + later)) for kind in self.kinds}
                for later in ahead
            ]

    def paused(self) -> bool:
        """Incident mode keeps everything as it is: it may be evidence."""
        with self.school.database.read() as session:
            return is_frozen(session)

    def run(self, actor: str = SYSTEM) -> Mapping[str, int]:
        """One sweep; returns how much of each kind went. Nothing goes in incident mode."""
        school, files, gone = self.school, Files(), dict[str, int]()
        with school.database.write() as session:
            if is_frozen(session):
                return {}
            for kind in self.kinds:
                due = self._due(kind, Look(school, session), school.clock())
                kind.drop(school, session, due, files)
                gone[kind.name] = len(due)
            if any(gone.values()):
                school.audit.append(session, actor, "retention.swept", "retention", gone)
        delete_files(school, files)
        school.store.forget_partial(datetime.now(UTC) - timedelta(days=1))
        school.database.forget_deleted()
        return gone

    def nightly(self) -> bool:
        """Sweep once a night, after two o'clock at the school; False when it is not time."""
        school = self.school
        local = school.clock().astimezone(school.zone)
        today = local.date().isoformat()
        with school.database.write() as session:
            mark = session.get(Meta, SWEPT) or Meta(name=SWEPT, value="")
            if mark.value == today or local.time() < _NIGHT:
                return False
            mark.value = today
            session.add(mark)
        self.run()
        return True

    def _due(self, kind: Kind, look: Look, now: datetime) -> Sequence[str]:
        days = kind.days(self.school.periods)
        return kind.find(look, now - timedelta(days=days))
