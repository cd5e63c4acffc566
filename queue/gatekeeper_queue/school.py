"""What the parts of one school's installation share. Made in one place, handed in everywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from gatekeeper_detectors.policy import Policy
from gatekeeper_queue.acceptable_use import AcceptableUse
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
class Periods:
    """How long what is kept, in days (P06, P08)."""

    originals: int = 30
    """Encrypted originals, from when the last post of it went live."""
    stopped: int = 90
    """What was rejected, sent back or discarded, from its last change."""
    removed: int = 180
    """What was taken down or never sent, from when the last post was over."""
    unreferred: int = 7
    """Picture files that nothing refers to, such as those from before a face was covered."""
    drafts: int = 1
    """Uploaded exports of the roll that nobody confirmed."""
    likenesses: int = 1095
    """What a stopped picture looks like; no more can be known from it than that it came back."""
    notices: int = 180
    sign_ins: int = 90
    live: int = 365
    """A live post, before a person has to say that it may stay (P05). 0: for ever."""
    references: int = 365
    """Reference pictures of a face, before new ones are asked for (G02)."""
    answer: int = 14
    """How long that answer is awaited before the post comes down."""


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
    periods: Periods = Periods()
    aup: AcceptableUse = field(default_factory=AcceptableUse)
    """What staff sign before they use Twitter."""

    def today(self) -> date:
        """The day at the school, which is not always the day in UTC."""
        return self.clock().astimezone(self.zone).date()
