"""The outbox: notices that are still to be mailed (P21).

Rows are claimed before they are sent and marked afterwards, so a worker that dies between the
two sends a notice twice rather than never. A message says what kind of thing happened and where
to read on; it names nobody and shows nothing (promise 9).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from gatekeeper.postman import NotSent, Postman
from gatekeeper.settings import Settings
from gatekeeper_queue.models import User
from gatekeeper_queue.notices import KINDS, says_of
from gatekeeper_queue.record_models import Notice
from gatekeeper_queue.school import School

log = logging.getLogger(__name__)

_CLAIM = timedelta(minutes=5)
"""Longer than a mail server may take."""
_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=1)


@dataclass(frozen=True)
class Outbox:
    """Sends what is due, in one message for each person."""

    school: School
    postman: Postman
    school_name: str
    address: str
    """Of the pages, for links."""

    def send_due(self) -> int:
        """Returns how many messages were taken by a server."""
        now = self.school.clock()
        with self.school.database.read() as session:
            due = session.exec(
                select(Notice.user_id)
                .where(col(Notice.sent_at).is_(None), col(Notice.not_before) <= now)
                .distinct()
            ).all()
        return sum(self._send_to(user_id) for user_id in due)

    def _send_to(self, user_id: str | None) -> bool:
        claimed, user = self._claim(user_id)
        if not claimed:
            return False
        title, body = self.message(claimed)
        try:
            if user is None:
                self.postman.alert(title, body)
            else:
                self.postman.mail(user.email, title, body)
        except NotSent as error:
            self._try_later(claimed, str(error))
            return False
        self._mark(claimed, sent_at=self.school.clock(), last_error="")
        return True

    def _claim(self, user_id: str | None) -> tuple[list[Notice], User | None]:
        """What this person has not been mailed, for this worker; what needs no mail is marked."""
        now = self.school.clock()
        with self.school.database.write() as session:
            rows = session.exec(
                select(Notice)
                .where(Notice.user_id == user_id, col(Notice.sent_at).is_(None))
                .order_by(col(Notice.at), col(Notice.id))
                .with_for_update()
            ).all()
            if not any(row.not_before is None or row.not_before <= now for row in rows):
                return [], None  # another worker has them
            user = session.get(User, user_id) if user_id else None
            wanted = [row for row in rows if self._needs_mail(row, user)]
            for row in rows:
                if row not in wanted:
                    row.sent_at = now
            for row in wanted:
                row.not_before, row.attempts = now + _CLAIM, row.attempts + 1
        return wanted, user

    def _needs_mail(self, row: Notice, user: User | None) -> bool:
        if row.user_id is None:
            return bool(self.postman.esafety_urls.strip())
        if user is None or not user.active or not self.postman.mail_url:
            return False
        return KINDS[row.kind].serious or (user.wants_mail and row.seen_at is None)

    def message(self, rows: Sequence[Notice]) -> tuple[str, str]:
        """Title and text: a line for each notice, or one for many of the same kind."""
        kinds = Counter(row.kind for row in rows)
        lines = []
        for kind, number in kinds.items():
            if number == 1:
                subject = next(row.subject for row in rows if row.kind == kind)
                line = f"{KINDS[kind].says}\n{self.address}{KINDS[kind].path.format(subject)}"
            else:
                line = f"{says_of(kind, number)}\n{self.address}/notices"
            lines.append(line)
        first = next(iter(kinds))
        told = says_of(first, kinds[first]) if len(kinds) == 1 else f"{len(rows)} notices"
        foot = f"{self.school_name} · Gatekeeper\nThis message names nobody; sign in to read on."
        return f"{self.school_name}: {told}", "\n\n".join([*lines, foot])

    def _try_later(self, rows: Sequence[Notice], reason: str) -> None:
        """Never given up: at most an hour until the next try."""
        wait = min(_RETRY * 2 ** min(min(row.attempts for row in rows), 10), _LONGEST_RETRY)
        log.warning("notices that could not be mailed yet: %d; %s", len(rows), reason)
        self._mark(rows, not_before=self.school.clock() + wait, last_error=reason)

    def _mark(self, rows: Sequence[Notice], **columns: object) -> None:
        with self.school.database.write() as session:
            session.exec(
                update(Notice)
                .where(col(Notice.id).in_([row.id for row in rows]), col(Notice.sent_at).is_(None))
                .values(**columns)
            )


@dataclass(frozen=True)
class Stuck:
    """Notices that a server did not take."""

    number: int
    since: datetime
    attempts: int
    reason: str
    to_esafety: bool


def stuck_notices(session: Session) -> list[Stuck]:
    """What could not be mailed so far, by reason, the oldest first; for the technician."""
    query = (
        select(Notice)
        .where(col(Notice.sent_at).is_(None), Notice.last_error != "")
        .order_by(col(Notice.at))
    )
    groups: dict[tuple[str, bool], list[Notice]] = {}
    for row in session.exec(query):
        groups.setdefault((row.last_error, row.user_id is None), []).append(row)
    return [
        Stuck(len(rows), rows[0].at, max(row.attempts for row in rows), reason, to_esafety)
        for (reason, to_esafety), rows in groups.items()
    ]


def outbox_of(school: School, settings: Settings) -> Outbox:
    postman = Postman(
        settings.mail_url.get_secret_value(), settings.esafety_urls.get_secret_value()
    )
    return Outbox(school, postman, settings.school_name, settings.address)
