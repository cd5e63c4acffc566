"""What a kind of channel is: what an account there needs, and how it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from gatekeeper_consent.register import Use
from gatekeeper_queue.channel import Channel

if TYPE_CHECKING:
    from gatekeeper.settings import Settings
    from gatekeeper_queue.school import School


@dataclass(frozen=True)
class Key:
    """One thing that is typed when an account is added; stored encrypted with the others."""

    name: str
    label: str
    secret: bool = True
    help: str = ""
    """Where to find it, in one sentence."""
    choices: tuple[str, ...] = ()
    """What it can be, where that is not free."""


@dataclass(frozen=True)
class Profile:
    """How an account presents itself (P14)."""

    handle: str
    name: str
    protected: bool
    """Only who was let in sees its posts."""
    picture: bytes | None
    """The profile picture as the platform stores it; None where it shows its own."""


@runtime_checkable
class ShowsProfile(Protocol):
    """A channel whose account presents itself to the public."""

    def profile(self) -> Profile:
        """How the account looks now. Raises `ChannelError`."""


@dataclass(frozen=True)
class Platform:
    """One kind of channel with accounts."""

    name: str
    """Stored with each account."""
    title: str
    """For people: "Twitter/X"."""
    use: Use
    """Whose consent counts there, and which rules."""
    keys: tuple[Key, ...]
    """All are required."""
    open: Callable[[Mapping[str, str], School, Settings], Channel]
    """The channel for one account, from its keys by name. Contacts nobody. Raises
    `PermanentFailure` for keys that cannot be right."""

    @property
    def has_secrets(self) -> bool:
        """Is anything typed that must not be seen? Else what was typed is shown again."""
        return any(key.secret for key in self.keys)

    @property
    def social(self) -> bool:
        """Is it a network of accounts, which P14 asks a school address and the badge of?"""
        return self.use is Use.TWITTER
