"""What the parts of one school's installation share. Made in one place, handed in everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from gatekeeper_detectors.policy import Policy
from gatekeeper_queue.audit import AuditLog
from gatekeeper_queue.database import Database
from gatekeeper_queue.store import Cipher, PictureStore


@dataclass(frozen=True)
class Slots:
    """When posts may go out."""

    spacing_minutes: int = 15
    """Between two posts on the same channel and account."""
    opens: int = 7
    closes: int = 20
    """Hours of the school's day, local time; nothing is planned outside them."""


@dataclass(frozen=True)
class School:
    """One installation: its database, pictures, log, policy and clock."""

    database: Database
    store: PictureStore
    cipher: Cipher
    audit: AuditLog
    policy: Policy
    clock: Callable[[], datetime]
    """Aware UTC time."""
    zone: ZoneInfo
    slots: Slots = Slots()

    def today(self) -> date:
        """The day at the school, which is not always the day in UTC."""
        return self.clock().astimezone(self.zone).date()
