"""The worker's sign of life: without it nobody would see that nothing is taken down any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from gatekeeper_queue.models import Meta
from gatekeeper_queue.school import School

EVERY: Final = timedelta(seconds=15)
SILENT_AFTER: Final = timedelta(minutes=2)
"""A worker that is only busy gives its sign in time."""
_MARK = "worker_seen"


def beat(school: School) -> None:
    """Any worker, now."""
    with school.database.write() as session:
        mark = session.get(Meta, _MARK) or Meta(name=_MARK, value="")
        mark.value = school.clock().isoformat()
        session.add(mark)


def last_beat(session: Session) -> datetime | None:
    """When a worker last gave a sign; None when none ever ran."""
    mark = session.get(Meta, _MARK)
    return datetime.fromisoformat(mark.value) if mark else None


def is_silent(school: School, session: Session) -> bool:
    """Does no worker run?"""
    seen = last_beat(session)
    return seen is None or seen < school.clock() - SILENT_AFTER
