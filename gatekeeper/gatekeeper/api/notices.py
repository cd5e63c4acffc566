"""What somebody was told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from gatekeeper.api.access import Known
from gatekeeper.api.shapes import Number, Page, Shape
from gatekeeper.web.notices import mark_seen, notices_of
from gatekeeper_queue.notices import KINDS, says_of

router = APIRouter(prefix="/notices", tags=["notices"])
_PAGE = 50


class NoticeOut(Shape):
    """One notice."""

    id: int
    kind: str
    says: str
    page: str
    """The page that it is about."""
    at: datetime
    seen_at: datetime | None


class Seen(Shape):
    """Everything up to here was read."""

    newest: Annotated[int, Field(ge=0, lt=2**31)]


@router.get("")
def notices(caller: Known, number: Number = 1) -> Page[NoticeOut]:
    """One's own, the unseen first, then the newest."""
    with caller.school.database.read() as session:
        rows = notices_of(session, caller.user.id, (number - 1) * _PAGE, _PAGE + 1)
    items = [
        NoticeOut(
            id=row.id or 0,
            kind=row.kind,
            says=says_of(row.kind, 1),
            page=KINDS[row.kind].path.format(row.subject),
            at=row.at,
            seen_at=row.seen_at,
        )
        for row in rows[:_PAGE]
    ]
    return Page(items=items, more=len(rows) > _PAGE)


@router.post("/seen", status_code=204)
def seen(sent: Seen, caller: Known) -> None:
    """Those up to `newest` are read."""
    with caller.school.database.write() as session:
        mark_seen(session, caller.user.id, sent.newest, caller.school.clock())
