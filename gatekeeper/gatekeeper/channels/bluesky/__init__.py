"""Bluesky, through atproto."""

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
    from gatekeeper.channels.bluesky.channel import BlueskyChannel
    from gatekeeper.channels.bluesky.sessions import SESSIONS

    return BlueskyChannel(
        keys["server"],
        keys["handle"],
        keys["app_password"],
        now=school.clock,
        sessions=SESSIONS,
    )


PLATFORM = Platform(
    name="bluesky",
    title="Bluesky",
    use=Use.TWITTER,
    keys=(
        Key(
            "server",
            "Server",
            secret=False,
            help="https://bsky.social, unless the school’s account is on a server of its own.",
        ),
        Key("handle", "Handle", secret=False, help="Without the @, as in oak-school.bsky.social."),
        Key(
            "app_password",
            "App password",
            help="In the Bluesky app: Settings, Privacy and security, App passwords. "
            "Never the password that people sign in with.",
        ),
    ),
    open=_open,
)
