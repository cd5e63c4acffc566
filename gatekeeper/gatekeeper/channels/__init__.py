"""The channels that an approved post can go to. A new kind is a folder here and a line below."""

from gatekeeper.channels import bluesky, by_hand, folder, mastodon, twitter, wordpress
from gatekeeper.channels.platform import Platform

PLATFORMS: tuple[Platform, ...] = (
    twitter.PLATFORM,
    mastodon.PLATFORM,
    bluesky.PLATFORM,
    wordpress.PLATFORM,
    folder.PLATFORM,
    by_hand.PLATFORM,
)


def platform_called(name: str) -> Platform | None:
    """The kind of channel with this name."""
    return next((platform for platform in PLATFORMS if platform.name == name), None)
