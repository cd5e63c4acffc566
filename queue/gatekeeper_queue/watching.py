"""What the software keeps an eye on by itself, so that a serious breach is an incident even
when nobody looks (P17, P21).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta

from sqlmodel import Session, col, select

from gatekeeper_queue.incidents import HANDLERS, open_incident
from gatekeeper_queue.models import Meta, NewsItem, Post
from gatekeeper_queue.notices import tell
from gatekeeper_queue.record_models import Incident, Notice
from gatekeeper_queue.school import School
from gatekeeper_queue.states import PostState
from gatekeeper_queue.strays import still_up
from gatekeeper_queue.submissions import photos_of

TOO_LONG = timedelta(hours=1)
"""For a removal that does not hold, and for a post whose answer stays lost."""
_NIGHT = time(3)
WATCHED = "watched_on"
"""Under this name stands the last night on which everything was verified."""


@dataclass(frozen=True)
class Watcher:
    """Opens incidents, each once, and tells the coordinator of posts that stay lost."""

    school: School

    def watch(self) -> int:
        """The frequent tick; returns how many things were new."""
        with self.school.database.read() as session:
            if not self._overdue(session) and not self._lost(session):
                return 0
        with self.school.database.write() as session:
            overdue, lost = self._overdue(session), self._lost(session)
            for post in overdue:
                open_incident(self.school, session, "removal-overdue", post.id)
            for post in lost:
                tell(self.school, session, "post-lost", post.submission_id, roles=HANDLERS)
        return len(overdue) + len(lost)

    def nightly(self) -> bool:
        """Verify the log and the pictures of what is up, once a night after three o'clock at
        the school; False when it is not time.
        """
        local = self.school.clock().astimezone(self.school.zone)
        today = local.date().isoformat()
        with self.school.database.write() as session:
            mark = session.get(Meta, WATCHED) or Meta(name=WATCHED, value="")
            if mark.value == today or local.time() < _NIGHT:
                return False
            mark.value = today
            session.add(mark)
        self.verify_log()
        self.verify_pictures()
        return True

    def verify_log(self) -> bool:
        """Is the audit log whole? An incident for what was not known before, once however
        many places it is.
        """
        with self.school.database.read() as session:
            entered = session.exec(
                select(Incident.evidence).where(Incident.kind == "audit-broken")
            ).all()
            broken = [f"event {one.seq}" for one in self.school.audit.verify(session)]
        known = {one["broken"] for evidence in entered for one in evidence}
        if new := [place for place in broken if place not in known]:
            evidence = [{"broken": place} for place in new]
            with self.school.database.write() as session:
                open_incident(self.school, session, "audit-broken", new[0], evidence=evidence)
        return not broken

    def verify_pictures(self) -> int:
        """Look through every picture that is up; returns how many posts have one that is
        missing or not what was checked.

        What was checked carried nothing besides the picture, so its digest says that it does
        not now. To look for such data again would find fault with every picture after the JPEG
        library was brought up to date.
        """
        with self.school.database.read() as session:
            posts = session.exec(select(Post).where(Post.state == PostState.LIVE)).all()
            found = [post.id for post in posts if not self._is_as_checked(session, post)]
        for post_id in found:
            with self.school.database.write() as session:
                open_incident(self.school, session, "picture-changed", post_id)
        return len(found)

    def _is_as_checked(self, session: Session, post: Post) -> bool:
        digests = [row.clean_sha256 or "" for row in photos_of(session, post.submission_id)]
        item = session.get(NewsItem, post.id)
        if item is not None and [shown["sha256"] for shown in item.pictures] != digests:
            return False
        try:
            for sha256 in digests:
                self.school.store.clean(sha256)
        except (OSError, ValueError):
            return False
        return True

    def _overdue(self, session: Session) -> list[Post]:
        """What should be down for longer than `TOO_LONG` and is in the log for it by no one."""
        known = select(Incident.subject).where(Incident.kind == "removal-overdue")
        query = still_up(self.school.clock() - TOO_LONG).where(col(Post.id).not_in(known))
        return list(session.exec(query))

    def _lost(self, session: Session) -> list[Post]:
        """What has been looked for so long, and nobody was told of since it was lost."""
        told = select(Notice.id).where(
            Notice.kind == "post-lost",
            Notice.subject == Post.submission_id,
            col(Notice.at) >= col(Post.unknown_since),
        )
        query = select(Post).where(
            Post.state == PostState.UNKNOWN,
            col(Post.unknown_since) <= self.school.clock() - TOO_LONG,
            ~told.exists(),
        )
        return list(session.exec(query))
