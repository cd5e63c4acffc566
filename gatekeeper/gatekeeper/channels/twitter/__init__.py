"""X (Twitter), through tweepy."""

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
    from gatekeeper.channels.twitter.channel import TwitterChannel, TwitterCredentials

    credentials = TwitterCredentials(
        consumer_key=keys["consumer_key"],
        consumer_secret=keys["consumer_secret"],
        access_token=keys["access_token"],
        access_token_secret=keys["access_token_secret"],
    )
    return TwitterChannel(
        credentials, settings.x_base_url or None, now=school.clock, media=settings.x_media
    )


PLATFORM = Platform(
    name="twitter",
    title="Twitter/X",
    use=Use.TWITTER,
    keys=(
        Key("consumer_key", "API key"),
        Key("consumer_secret", "API key secret"),
        Key("access_token", "Access token"),
        Key("access_token_secret", "Access token secret"),
    ),
    open=_open,
)
