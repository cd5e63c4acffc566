"""Who has which item of the review queue open: a hint between colleagues, and no lock."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

FRESH = timedelta(minutes=2)
"""So long after its last sign of life a page counts as open."""


@dataclass(frozen=True)
class Looking:
    """The item that each person opened last. Kept in memory: it is worth nothing tomorrow."""

    _seen: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    def at(self, user_id: str, submission_id: str, now: datetime) -> list[str]:
        """Note that this person has the item open; the ids of the others who do."""
        self._seen[user_id] = (submission_id, now)
        return [who for who in self.by_item(now).get(submission_id, ()) if who != user_id]

    def leaves(self, user_id: str) -> None:
        self._seen.pop(user_id, None)

    def by_item(self, now: datetime) -> dict[str, list[str]]:
        """The ids of the people who have each item open."""
        found: dict[str, list[str]] = {}
        for who, (submission_id, at) in sorted(self._seen.copy().items()):
            if now - at < FRESH:
                found.setdefault(submission_id, []).append(who)
        return found
