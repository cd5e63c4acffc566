"""What a channel must be able to do, and how it says what went wrong.

A channel object speaks for one account. No call is ever repeated blindly: the error says
whether the post may exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


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
