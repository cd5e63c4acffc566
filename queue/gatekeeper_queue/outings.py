"""What the text of a submission says of where children will be, and when that is over (G06)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rules import whereabouts
from gatekeeper_detectors.text.endings import last_day
from gatekeeper_detectors.text.normalise import fold
from gatekeeper_queue.models import Submission
from gatekeeper_queue.records import findings_from_json
from gatekeeper_queue.school import School
from gatekeeper_queue.submissions import photos_of
from gatekeeper_queue.terms import start_of
from gatekeeper_queue.verdicts import judgements_of


@dataclass(frozen=True)
class Outing:
    """Something to come that the text gives away."""

    last_day: date | None
    """The last day that the text names; None where a person has to say."""

    def over_at(self, school: School) -> datetime | None:
        """The first moment after that day."""
        if self.last_day is None:
            return None
        return start_of(self.last_day + timedelta(days=1), school.zone)


def outing_in(school: School, session: Session, submission: Submission) -> Outing | None:
    """What the newest verdict found by the rule `whereabouts`; None where it asked for nobody's
    decision: an invitation may tell when to come."""
    sentences = set(_sentences(session, submission))
    if not sentences:
        return None
    days = [last_day(fold(sentence).text, school.today()) for sentence in sentences]
    known = [day for day in days if day is not None]
    return Outing(max(known) if len(known) == len(days) else None)


def _sentences(session: Session, submission: Submission) -> Iterator[str]:
    alts = [row.alt for row in photos_of(session, submission.id)]
    for judged in judgements_of(session, submission).values():
        for found in findings_from_json(judged.findings):
            if found.rule == whereabouts.RULE.id and found.action is not Action.NOTE:
                yield _text(found, submission.caption, alts)


def _text(found: Finding, caption: str, alts: list[str]) -> str:
    text = caption if found.photo is None else alts[found.photo]
    return text if found.span is None else text[slice(*found.span)]
