"""What is due by the calendar, and who is reminded of it, each at most once in a period."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session, col, select

from gatekeeper.outbox import stuck_notices
from gatekeeper.report.figures import policy_reviewed_on
from gatekeeper_consent.faces import reenrolment_due
from gatekeeper_consent.models import Consent
from gatekeeper_consent.records import newest_consents
from gatekeeper_queue.access_review import access_review_due
from gatekeeper_queue.changes import open_changes
from gatekeeper_queue.incidents import HANDLERS
from gatekeeper_queue.notices import settle, tell
from gatekeeper_queue.objections import CLOCK
from gatekeeper_queue.people import Role
from gatekeeper_queue.recognition import recognises
from gatekeeper_queue.record_models import Incident, Notice, Objection
from gatekeeper_queue.register_view import roll_is_stale
from gatekeeper_queue.school import School
from gatekeeper_queue.training import training_due

log = logging.getLogger(__name__)

_AHEAD = timedelta(days=30)
"""So long before a permission runs out, or the last term is over."""
_ANSWERED_IN = timedelta(days=7)
"""A proposed change is asked after when nobody has answered for so long."""
_OPEN_FOR = timedelta(days=14)
"""An incident that is open for longer is asked after."""
_YEARLY = timedelta(days=365)
"""The policy is reviewed each year (P22)."""
_STUCK_FOR = timedelta(hours=1)
"""A notice that no server takes for longer is a matter for the technician."""
_BEFORE_LATE = timedelta(days=10)
"""So long before the time to acknowledge an objection is over."""


@dataclass(frozen=True)
class Due:
    """One thing to remind people of; `subject` is the id of what it is about."""

    subject: str
    users: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True)
class Reminder:
    """A kind of notice (`notices.KINDS`), how often it is repeated, and how it is found."""

    kind: str
    every: timedelta
    find: Callable[[School, Session], Iterable[Due]]
    alone: bool = True
    """Nothing else gives this notice, so it is over once nothing is due."""


def _open_incidents(school: School, session: Session) -> Iterable[Due]:
    since = school.clock() - _OPEN_FOR
    query = select(Incident.id).where(
        col(Incident.closed_at).is_(None), col(Incident.opened_at) <= since
    )
    return (Due(row, roles=HANDLERS) for row in session.exec(query))


def _unacknowledged(school: School, session: Session) -> Iterable[Due]:
    since = school.clock() - CLOCK + _BEFORE_LATE
    query = select(Objection.id).where(
        col(Objection.acknowledged_at).is_(None), col(Objection.at) <= since
    )
    return (Due(row, roles=HANDLERS) for row in session.exec(query))


def _ending_consents(school: School, session: Session) -> Iterable[Due]:
    today = school.today()
    soon = select(Consent.id).where(
        col(Consent.expires_on) >= today, col(Consent.expires_on) <= today + _AHEAD
    )
    if session.exec(soon).first() is None:
        return  # the whole register is only gone through where there may be something
    newest = newest_consents(session).values()
    ends = (row.expires_on for row in newest if row.expires_on is not None)
    if any(today <= day <= today + _AHEAD for day in ends):
        yield Due("consents", roles=(Role.OFFICE,))


def _stale_roll(school: School, session: Session) -> Iterable[Due]:
    if roll_is_stale(school, session):
        yield Due("roll", roles=(Role.OFFICE,))


def _lapsing_training(school: School, session: Session) -> Iterable[Due]:
    """Of everybody who has both: who never trained does not post to Twitter, and is left alone."""
    for due in training_due(school, session):
        if due.until is not None and due.until >= school.today():
            yield Due(due.user_id, users=(due.user_id,))


def _access_review(school: School, session: Session) -> Iterable[Due]:
    if access_review_due(school, session) <= school.today() + _AHEAD:
        yield Due("access", roles=(Role.HEAD,))


def _waiting_changes(school: School, session: Session) -> Iterable[Due]:
    since = school.clock() - _ANSWERED_IN
    waiting = (change for change in open_changes(session) if change.proposed_at <= since)
    return (Due(change.id, roles=(Role.HEAD,)) for change in waiting)


def _old_references(school: School, session: Session) -> Iterable[Due]:
    """Whose reference pictures are a year old; nobody's where nobody is recognised."""
    if not recognises(school, session):
        return ()
    year = timedelta(days=school.periods.references)
    due = reenrolment_due(session, school.today(), year)
    return [Due(person_id, roles=(Role.OFFICE,)) for person_id in due]


def _policy_review(school: School, session: Session) -> Iterable[Due]:
    reviewed = policy_reviewed_on(session)
    if reviewed is None or school.today() - reviewed > _YEARLY:
        yield Due("policy", roles=(Role.HEAD,))


def _last_term(school: School, session: Session) -> Iterable[Due]:
    """Without the next terms the calendar has to guess when the school is there."""
    last = school.days.last_known
    if last is not None and last <= school.today() + _AHEAD:
        yield Due("terms", roles=(Role.TECHNICIAN, Role.COORDINATOR))


def _stuck_mail(school: School, session: Session) -> Iterable[Due]:
    since = school.clock() - _STUCK_FOR
    if any(one.since <= since for one in stuck_notices(session)):
        yield Due("mail", roles=(Role.TECHNICIAN,))


REMINDERS = (
    Reminder("training-lapses", timedelta(days=10), _lapsing_training),
    Reminder("access-review-due", timedelta(days=14), _access_review),
    Reminder("change-waits", timedelta(days=7), _waiting_changes, alone=False),
    Reminder("incident-open", timedelta(days=7), _open_incidents),
    Reminder("objection-clock", timedelta(days=3), _unacknowledged),
    Reminder("consents-ending", timedelta(days=7), _ending_consents),
    Reminder("reenrolment-due", timedelta(days=30), _old_references),
    Reminder("roll-stale", timedelta(days=7), _stale_roll),
    Reminder("policy-review-due", timedelta(days=30), _policy_review),
    Reminder("terms-end", timedelta(days=14), _last_term),
    Reminder("mail-stuck", timedelta(days=1), _stuck_mail),
)


def remind(school: School, reminders: Iterable[Reminder] = REMINDERS) -> int:
    """Tell what is due; returns how many things. One reminder that cannot be worked out keeps
    no other from being told.
    """
    return sum(_remind(school, one) for one in reminders)


def _remind(school: School, reminder: Reminder) -> int:
    try:
        with school.database.write() as session:
            found = list(reminder.find(school, session))
            if reminder.alone:
                _settle_others(session, school, reminder.kind, {one.subject for one in found})
            told = _told(session, school, reminder)
            due = [one for one in found if one.subject not in told]
            for one in due:  # the newest reminder takes the place of the one before
                settle(session, school.clock(), (reminder.kind,), one.subject)
                tell(
                    school, session, reminder.kind, one.subject, users=one.users, roles=one.roles
                )  # fmt: skip
            return len(due)
    except Exception:
        log.exception("the reminder %s could not be worked out", reminder.kind)
        return 0


def _settle_others(session: Session, school: School, kind: str, due: set[str]) -> None:
    """What people were reminded of and have not looked at, and is not due any more."""
    unseen = select(Notice.subject).where(Notice.kind == kind, col(Notice.seen_at).is_(None))
    for subject in set(session.exec(unseen)) - due:
        settle(session, school.clock(), (kind,), subject)


def _told(session: Session, school: School, reminder: Reminder) -> set[str]:
    """What people have been reminded of already in this period."""
    since = school.clock() - reminder.every
    query = select(Notice.subject).where(Notice.kind == reminder.kind, col(Notice.at) > since)
    return set(session.exec(query))
