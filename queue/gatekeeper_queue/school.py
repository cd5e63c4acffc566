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
from gatekeeper_queue.school_days import SchoolDays
from gatekeeper_queue.store import Cipher, PictureStore
from gatekeeper_queue.timetable import Timetable


@dataclass(frozen=True)
class SlotRule:
    """When posts go out on one channel, or on one account of it."""

    channel: str
    timetable: Timetable
    account: str = ""
    """The account's handle, without "@"; empty: every account of the channel."""


@dataclass(frozen=True)
class Slots:
    """When posts may go out, and how long leave to publish is good for."""

    default: Timetable = field(default_factory=Timetable)
    rules: tuple[SlotRule, ...] = ()
    approval_days: int = 30
    """After so long an approval that was not used asks a person again."""
    late_hours: int = 24
    """A post that could not go out for so long after its time asks a person again."""

    def timetable(self, channel: str, handle: str = "") -> Timetable:
        """The account's own, else the channel's, else the school's."""
        for account in (handle.lstrip("@").casefold(), ""):
            for rule in self.rules:
                if (rule.channel, rule.account.casefold()) == (channel, account):
                    return rule.timetable
        return self.default


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
    slots: Slots = field(default_factory=Slots)
    days: SchoolDays = field(default_factory=SchoolDays)
    """The school's calendar."""
    periods: Periods = Periods()
    own_news: bool = True
    """Is what goes to the website shown on this installation's news pages?"""
    aup: AcceptableUse = field(default_factory=AcceptableUse)
    """What staff sign before they use Twitter."""

    def today(self) -> date:
        """The day at the school, which is not always the day in UTC."""
        return self.clock().astimezone(self.zone).date()
