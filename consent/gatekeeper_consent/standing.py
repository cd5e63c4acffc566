"""Of which pupils what counts is a refusal, an answer, or a yes that ends soon.

Of most children only the family speaks, on forms, and the newest record of each use and scope is
what counts: the database finds those. Of a child of whom a guardian has spoken as well, the
records are read and put together (`combining`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import and_, not_, or_, true
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, select

from gatekeeper_consent.answers import Answer, Decision, Use, effective_answer
from gatekeeper_consent.contents import ConsentRow
from gatekeeper_consent.models import Consent, Pupil
from gatekeeper_consent.records import newest_consents


class Sign(NamedTuple):
    """What to look for in a record: as the database is asked, and as a record that was read is."""

    asked: ColumnElement[bool]
    read: Callable[[ConsentRow], bool]


def refused(session: Session, use: Use | None, on: date) -> ColumnElement[bool]:
    """Pupils of whom some use (or this one) is refused."""
    sign = Sign(_is_no(), lambda row: effective_answer(row, on) is Answer.NO)
    return _of_family(sign, use) | _with_guardians(session, sign, use)


def expiring(session: Session, use: Use | None, on: date, until: date) -> ColumnElement[bool]:
    """Pupils of whom a yes for some use (or this one) ends by that day."""

    def ends(row: ConsentRow) -> bool:
        soon = row.expires_on is not None and row.expires_on <= until
        return soon and effective_answer(row, on) is Answer.YES

    sign = Sign(and_(col(Consent.expires_on) <= until, _is_yes(on)), ends)
    return _of_family(sign, use) | _with_guardians(session, sign, use)


def not_answered(session: Session, use: Use | None, on: date) -> ColumnElement[bool]:
    """Pupils of whom there is neither a yes nor a no for any use (or this one)."""
    sign = Sign(
        or_(_is_no(), _is_yes(on)), lambda row: effective_answer(row, on) is not Answer.UNKNOWN
    )
    # Nearly everybody has answered, so each pupil is looked at until the first answer.
    own = _newest(sign, use).where(col(Consent.pupil_id) == col(Pupil.pupil_id))
    answered = and_(_only_family(), own.exists()) | _with_guardians(session, sign, use)
    return not_(answered)


def _is_no() -> ColumnElement[bool]:
    return or_(col(Consent.decision) == Decision.NO, col(Consent.withdrawn_on).is_not(None))


def _is_yes(on: date) -> ColumnElement[bool]:
    """As `effective_answer` has it."""
    return and_(
        col(Consent.decision) == Decision.YES,
        col(Consent.withdrawn_on).is_(None),
        col(Consent.given_on) <= on,
        or_(col(Consent.expires_on).is_(None), col(Consent.expires_on) > on),
    )


def _of_guardians() -> Any:
    """Ids of the pupils of whom a guardian has spoken."""
    return select(Consent.pupil_id).distinct().where(col(Consent.guardian_id).is_not(None))


def _only_family() -> ColumnElement[bool]:
    return col(Pupil.pupil_id).not_in(_of_guardians())


def _of_family(sign: Sign, use: Use | None) -> ColumnElement[bool]:
    """Pupils of whom only the family speaks, and the newest record of something has the sign."""
    return and_(col(Pupil.pupil_id).in_(_newest(sign, use)), _only_family())


def _newest(sign: Sign, use: Use | None) -> Any:
    """The pupil of each record that has the sign and is the newest of its use and scope."""
    newer = aliased(Consent)
    overtaken = select(newer.id).where(
        col(newer.use) == col(Consent.use),
        col(newer.pupil_id) == col(Consent.pupil_id),
        col(newer.scope) == col(Consent.scope),
        col(newer.id) > col(Consent.id),
    )
    return select(Consent.pupil_id).where(sign.asked, ~overtaken.exists(), _for(use))


def _with_guardians(session: Session, sign: Sign, use: Use | None) -> ColumnElement[bool]:
    """Pupils of whom a guardian has spoken as well, and what counts has the sign.

    What counts is one of the records, so only pupils with such a record are read, one use after
    the other.
    """
    pupil_id = col(Consent.pupil_id)
    candidates = select(Consent.pupil_id).distinct()
    left = {*session.exec(candidates.where(pupil_id.in_(_of_guardians()), sign.asked, _for(use)))}
    found: set[str] = set()
    for one in (use,) if use else Use:
        if not left - found:
            break
        newest = newest_consents(session, use=one, pupil_ids=left - found)
        found |= {who for (who, *_), row in newest.items() if sign.read(row)}
    return col(Pupil.pupil_id).in_(found)


def _for(use: Use | None) -> ColumnElement[bool]:
    return true() if use is None else col(Consent.use) == use
