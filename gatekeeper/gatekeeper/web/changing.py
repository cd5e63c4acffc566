"""Changing the register from a page: the change and all that follows, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypedDict
from urllib.parse import quote

from fastapi.responses import RedirectResponse
from sqlmodel import Session

from gatekeeper.web.site import Visit
from gatekeeper_consent.ports import Recorder
from gatekeeper_consent.register import Scope, Use
from gatekeeper_queue.recheck import register_changed
from gatekeeper_queue.withdrawing import carry_out


class Entry(TypedDict):
    """The keywords that every change of the register takes."""

    recorded_by: str
    now: datetime
    record: Recorder


@dataclass
class Change:
    """One change that is being made."""

    session: Session
    entry: Entry
    taken_down: list[str] = field(default_factory=list)
    """Ids of the posts that come down because of it; known when it is complete."""
    taken_back: set[Use] = field(default_factory=set)
    """What was permitted and is not any more: then it is followed as a withdrawal."""
    guardian_id: str | None = None
    """Whose own withdrawal it is; None: the family's."""
    scope: Scope | None = None
    """The one scope that was taken back; None: both."""

    @property
    def record(self) -> Recorder:
        return self.entry["record"]


@contextmanager
def changing(visit: Visit, person_id: str) -> Iterator[Change]:
    """Change what the register says of one person; then what is open is checked again, and
    what is up and no longer permitted comes down. Nothing is kept when anything raises.
    """
    school, actor = visit.school, visit.user.id
    with school.database.write() as session:
        change = Change(
            session,
            {
                "recorded_by": actor,
                "now": school.clock(),
                "record": lambda kind, subject, data: school.audit.append(
                    session, actor, kind, subject, data
                ),
            },
        )
        yield change
        if change.taken_back:
            row = carry_out(
                school,
                session,
                person_id,
                sorted(change.taken_back),
                actor=actor,
                guardian_id=change.guardian_id,
                scope=change.scope,
            )
            change.taken_down = row.posts
        else:
            change.taken_down = register_changed(school, session, [person_id], actor=actor)


def done(path: str, what: str, change: Change) -> RedirectResponse:
    """Back to the page, which says what was done (`told`)."""
    return RedirectResponse(f"{path}?done={what}&down={len(change.taken_down)}", 303)


def pupil_path(pupil_id: str) -> str:
    return f"/register/{quote(pupil_id, safe='')}"


_DONE = {
    "answered": "The answer is recorded.",
    "undone": "Undone: what was said before counts again. Both stay in the history.",
    "guardian": "The guardian is on the register.",
    "guardian-changed": "The guardian’s record is changed.",
    "guardian-ended": "The guardian has no say about this child any more.",
    "protected": "From now on this child is never published, whatever anybody agreed to.",
    "lifted": "From now on the answers on record count again.",
    "added": "The new record is made.",
    "changed": "The change is recorded.",
    "left": "Recorded as having left.",
    "returned": "Recorded as being back.",
}


def told(what: str, down: str) -> str:
    """What was done, for the top of the page; empty for what no page of ours sends."""
    if what not in _DONE:
        return ""
    number = int(down) if down.isascii() and down.isdecimal() and len(down) < 5 else 0
    if not number:
        return _DONE[what]
    posts = "1 published post comes" if number == 1 else f"{number} published posts come"
    return f"{_DONE[what]} {posts} down because of it."


def day_in(text: str) -> date | None:
    """The day of a date field; None for anything else."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
