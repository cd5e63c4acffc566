"""Changing the register: the change and all that follows from it, in one transaction (P24)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from sqlmodel import Session

from gatekeeper_consent.ports import Recorder
from gatekeeper_consent.register import Scope, Use
from gatekeeper_queue.recheck import register_changed
from gatekeeper_queue.school import School
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
def change_register(school: School, person_id: str, *, actor: str) -> Iterator[Change]:
    """Change what the register says of one person; then what is open is checked again, and
    what is up and no longer permitted comes down. Nothing is kept when anything raises.
    """
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
