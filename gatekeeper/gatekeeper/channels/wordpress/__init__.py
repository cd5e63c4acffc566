"""A WordPress site, over its REST API."""

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
    from gatekeeper.channels.wordpress.channel import WordPressChannel
    from gatekeeper.channels.wordpress.http import WordPressKeys

    own = WordPressKeys(keys["site"], keys["user"], keys["password"])
    return WordPressChannel(own, now=school.clock)


PLATFORM = Platform(
    name="wordpress",
    title="WordPress site",
    use=Use.WEBSITE,
    keys=(
        Key(
            "site",
            "Address of the site",
            secret=False,
            help="As it stands in the browser on the site’s front page: https://www.oak.example",
        ),
        Key(
            "user",
            "User name",
            secret=False,
            help="A WordPress user for Gatekeeper alone, with the role Author.",
        ),
        Key(
            "password",
            "Application password",
            help="Made in WordPress, on that user’s profile page, under Application Passwords.",
        ),
    ),
    open=_open,
)
