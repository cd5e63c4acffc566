"""A person's notices: what happened that concerns them, each with the page that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select, update

from gatekeeper.web.errors import NotFound
from gatekeeper.web.loading import RowId, page_number
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper_queue.models import User
from gatekeeper_queue.notices import KINDS, says_of
from gatekeeper_queue.record_models import Notice

router = APIRouter()

_PAGE = 50


@router.get("/notices")
def notices(visit: SignedIn, page: str = "1") -> Response:
    """One's own, the unseen first, then the newest."""
    number = page_number(page)
    with visit.school.database.read() as session:
        rows = notices_of(session, visit.user.id, (number - 1) * _PAGE, _PAGE + 1)
    return visit.page(
        "notices.html",
        rows=rows[:_PAGE],
        groups=_groups(rows[:_PAGE]),
        kinds=KINDS,
        mails=visit.site.settings.mails_people,
        number=number,
        more=len(rows) > _PAGE,
    )


def notices_of(session: Session, user_id: str, first: int, most: int) -> Sequence[Notice]:
    """This person's, the unseen first, then the newest."""
    return session.exec(
        select(Notice)
        .where(Notice.user_id == user_id)
        .order_by(col(Notice.seen_at).is_not(None), col(Notice.at).desc(), col(Notice.id).desc())
        .offset(first)
        .limit(most)
    ).all()


@dataclass(frozen=True)
class Group:
    """One line of the page: a notice, or all unseen ones of a kind."""

    says: str
    rows: list[Notice]


def _groups(rows: Sequence[Notice]) -> list[Group]:
    groups: dict[str, list[Notice]] = {}
    for row in rows:
        groups.setdefault(str(row.id) if row.seen_at else row.kind, []).append(row)
    return [Group(says_of(group[0].kind, len(group)), group) for group in groups.values()]


@router.get("/notices/{notice_id}")
def open_notice(notice_id: RowId, visit: SignedIn) -> Response:
    """On to the page that it is about; it is seen now."""
    with visit.school.database.write() as session:
        row = session.get(Notice, notice_id)
        if row is None or row.user_id != visit.user.id:
            raise NotFound
        row.seen_at = row.seen_at or visit.school.clock()
        path = KINDS[row.kind].path.format(row.subject)
    return RedirectResponse(path, 303)


@router.post("/notices/seen")
def all_seen(visit: SignedIn, form: Posted) -> Response:
    """Those up to the newest that the page showed; what came since stays."""
    with visit.school.database.write() as session:
        mark_seen(session, visit.user.id, form.number("newest"), visit.school.clock())
    return RedirectResponse("/notices", 303)


def mark_seen(session: Session, user_id: str, newest: int, now: datetime) -> None:
    """This person has seen everything up to the notice with this number."""
    theirs = (col(Notice.user_id) == user_id, col(Notice.seen_at).is_(None))
    session.exec(update(Notice).where(*theirs, col(Notice.id) <= newest).values(seen_at=now))


@router.post("/notices/mail")
def choose_mail(visit: SignedIn, form: Posted) -> Response:
    """Whether ordinary notices are mailed to this person as well."""
    with visit.school.database.write() as session:
        user = session.get_one(User, visit.user.id)
        user.wants_mail = form.text("mail") == "yes"
        visit.school.audit.append(
            session, user.id, "user.mail-chosen", user.id, {"mail": user.wants_mail}
        )
    return RedirectResponse("/notices", 303)
