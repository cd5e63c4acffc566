"""A folder that a static site is made from: one folder a post, there whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.channels.platform import Key, Platform
from gatekeeper_consent.register import Use
from gatekeeper_queue.channel import Channel, PermanentFailure

if TYPE_CHECKING:
    from gatekeeper.settings import Settings
    from gatekeeper_queue.school import School


def _open(keys: Mapping[str, str], school: School, settings: Settings) -> Channel:
    from gatekeeper.channels.folder.channel import FolderChannel

    reach = keys["reach"].strip().lower()
    if reach not in ("yes", "no"):
        raise PermanentFailure("Say yes or no: can this server open the site’s address?")
    return FolderChannel(Path(keys["folder"]), keys["address"], school.clock, reach == "yes")


PLATFORM = Platform(
    name="folder",
    title="Static site",
    use=Use.WEBSITE,
    keys=(
        Key("folder", "Folder", secret=False, help="on this server, whole path"),
        Key("address", "Address", secret=False, help="under which the site shows the folder"),
        Key(
            "reach",
            "Can this server open that address?",
            secret=False,
            choices=("yes", "no"),
            help="yes: what is taken down is looked for there; no: only in the folder",
        ),
    ),
    open=_open,
)
