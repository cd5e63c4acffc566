"""A yearly reminder to take new pictures of the faces that the machine knows (G02)."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlmodel import Session, select

from gatekeeper_consent.faces import reenrolment_due
from gatekeeper_queue.notices import tell
from gatekeeper_queue.people import Role
from gatekeeper_queue.recognition import recognises
from gatekeeper_queue.record_models import Notice
from gatekeeper_queue.school import School

KIND = "reenrolment-due"


def remind_of_reenrolment(school: School, after: timedelta) -> int:
    """Tell the office, once for each person and year, whose references are older than `after`;
    returns how many people it is told of. Nothing where nobody may be recognised."""
    with school.database.read() as session:
        if not _untold(school, session, after):
            return 0
    with school.database.write() as session:
        people = _untold(school, session, after)
        for person_id in people:
            tell(school, session, KIND, person_id, roles=[Role.OFFICE])
        return len(people)


def _untold(school: School, session: Session, after: timedelta) -> list[str]:
    if not recognises(school, session):
        return []
    due = reenrolment_due(session, school.today(), after)
    return [
        person_id
        for person_id, day in due.items()
        if session.exec(
            select(Notice.id).where(
                Notice.kind == KIND,
                Notice.subject == person_id,
                Notice.at >= datetime.combine(day, time(), school.zone),
            )
        ).first()
        is None
    ]
