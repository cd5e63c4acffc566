"""Mastodon, through Mastodon.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gatekeeper.channels.platform import Key, Platform
from gatekeeper_consent.register import Use
from gatekeeper_queue.channel import Channel

if TYPE_CHECKING:
    from gatekeeper.settings import Settings
    from gatekeeper_queue.school import School


def _open(keys: Mapping[str, str], school: School, settings: Settings) -> Channel:
    from gatekeeper.channels.mastodon.channel import MastodonChannel

    return MastodonChannel(keys["server"], keys["access_token"], now=school.clock)


PLATFORM = Platform(
    name="mastodon",
    title="Mastodon",
    use=Use.TWITTER,
    keys=(
        Key(
            "server",
            "Server",
            secret=False,
            help="Where the account is, as in https://mastodon.social.",
        ),
        Key(
            "access_token",
            "Access token",
            help="On the server: Preferences, Development, New application, with the permissions "
            "read:accounts, read:statuses, write:media and write:statuses.",
        ),
    ),
    open=_open,
)
