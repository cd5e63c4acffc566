"""What a channel must be able to do, and how it says what went wrong.

A channel object speaks for one account. No call is ever repeated blindly: the error says
whether the post may exist.

`Channel` is what every channel does. The protocols below it are what a channel does as well
where it can: it only needs to have the method.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable


@dataclass(frozen=True)
class OutgoingPicture:
    """One approved picture."""

    jpeg: bytes = field(repr=False)
    sha256: str
    alt: str


@dataclass(frozen=True)
class Outgoing:
    """Exactly what was approved, for one channel and account."""

    post_id: str
    text: str
    pictures: tuple[OutgoingPicture, ...]


@dataclass(frozen=True)
class Receipt:
    """Where a post is on its channel."""

    remote_id: str
    url: str


class ChannelError(Exception):
    """Base of what a channel reports. The message is for staff and names no child."""


class PermanentFailure(ChannelError):
    """Refused; the same call will be refused again. Nothing was published."""


class RetryLater(ChannelError):
    """Not done, and surely not half-done; may work later."""

    def __init__(self, message: str, not_before: datetime | None = None) -> None:
        super().__init__(message)
        self.not_before = not_before
        """Aware UTC time before which a new try is useless; None when the channel did not say."""


class OutcomeUnknown(ChannelError):
    """The answer was lost: the post may or may not exist. Look before sending again."""


LONGEST_WAIT = timedelta(hours=25)
"""No limit of a platform lasts longer than a day. A clock that is wrong there, or an answer that
is nonsense, must not keep a post up for years."""


def wait_until(error: Exception, now: datetime) -> datetime | None:
    """Until when the channel wants to be left alone, if it said so (aware UTC)."""
    moment = error.not_before if isinstance(error, RetryLater) else None
    return min(moment, now + LONGEST_WAIT) if moment else None


def words_for(error: Exception) -> str:
    """What staff and logs are told: a channel's own words, or the kind of any other fault."""
    return str(error) if isinstance(error, ChannelError) else f"fault: {type(error).__name__}"


class Channel(Protocol):
    """One account on one channel."""

    name: str
    """`twitter`, `website` or `parents`."""

    def prepare(self, item: Outgoing) -> tuple[str, ...]:
        """Put up what the post needs (media) without anything becoming visible.

        May be repeated. The references are stored before `publish` is called and are the
        fingerprint by which `find` knows the post again. Raises `ChannelError`
        (never `OutcomeUnknown`: a lost answer here is `RetryLater`).
        """

    def publish(self, item: Outgoing, references: tuple[str, ...]) -> Receipt:
        """Make the post visible. Raises `ChannelError`."""

    def find(self, item: Outgoing, references: tuple[str, ...]) -> Receipt | None:
        """The post made with any of these references, or None when it is surely not there.

        Raises `RetryLater` when the channel cannot say.
        """

    def take_down(self, receipt: Receipt) -> None:
        """Remove the post. A post that is already gone is a success. Raises `ChannelError`."""

    def is_up(self, receipt: Receipt) -> bool:
        """Is the post still there? Raises `RetryLater` when the channel cannot say."""

    def check_account(self) -> str:
        """The account's handle as the channel knows it. Raises `ChannelError`."""


@dataclass(frozen=True)
class Seen:
    """What can be seen of a post on its channel now. What a channel cannot tell is None, and is
    then not compared."""

    text: str | None = field(default=None, repr=False)
    """As a reader sees it: without markup, escapes, shortened links and whatever else the
    platform itself adds. White space does not count."""
    sha256: tuple[str, ...] | None = None
    """Of each picture in order, where the platform hands out the bytes that it was given."""
    references: tuple[str, ...] | None = None
    """Of its pictures, as `prepare` returned them."""


@runtime_checkable
class LooksAtPosts(Protocol):
    """A channel that can say what a post looks like now, so that the nightly look sees when
    somebody changed it there. Without it the look asks no more than `is_up`.
    """

    def look(self, receipt: Receipt) -> Seen | None:
        """The post as it can be seen now; None when it is surely not there.

        One call to the platform where that is possible: it is asked about every post once a
        night. Raises `RetryLater` when the channel cannot say, never for a post that is gone.
        """


@runtime_checkable
class FindsCopies(Protocol):
    """A channel on which a second call to `publish` makes a second post. Not needed where the
    platform itself refuses that: by an idempotency key, a slug or a record key.
    """

    def find_all(self, references: tuple[str, ...]) -> tuple[Receipt, ...]:
        """Every post that was made with any of these references, the oldest first.

        Raises `RetryLater` when the channel cannot say.
        """


@runtime_checkable
class ReadsAddresses(Protocol):
    """A channel that knows its posts by the addresses at which people see them, so that a person
    can say where a lost post is."""

    def receipt_at(self, address: str) -> Receipt | None:
        """The receipt of the post with this address; None for an address that is not one of this
        channel's posts. Contacts nobody. Raises nothing."""
