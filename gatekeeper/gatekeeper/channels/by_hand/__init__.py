"""A site whose builder has no interface: a person puts posts up and takes them down."""

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
    from gatekeeper.channels.by_hand.channel import ByHandChannel

    return ByHandChannel(school, keys["address"])


PLATFORM = Platform(
    name="by-hand",
    title="By hand",
    use=Use.WEBSITE,
    keys=(Key("address", "Address of the site", secret=False),),
    open=_open,
)
