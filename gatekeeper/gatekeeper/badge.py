"""Does an account show the school's badge as its profile picture, and who it belongs to? (P14)

A wrong picture stops no post: it endangers no child, and a post that is held for it would help
nobody. It is told to the owner and the coordinator, and stands in red until it is mended.
"""

from __future__ import annotations

import io
import logging
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlmodel import col, select

from gatekeeper.channels.platform import Profile, ShowsProfile
from gatekeeper.composition import open_account
from gatekeeper.settings import Settings, SettingsError
from gatekeeper_consent.register import Use
from gatekeeper_queue.accounts import NOT_SEEN, note_look
from gatekeeper_queue.models import Account
from gatekeeper_queue.school import School

if TYPE_CHECKING:
    from PIL.Image import Image

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
_SIDE = 16
_SAME = 20
"""Bits of 256 that may differ. Measured on seven drawn badges: copies saved again, made as small
as 48 pixels, brighter, cropped or padded by 4 % differ by 17 at most; another emblem in the same
shield by no less than 23, any other picture by no less than 46."""
_MARGINS = tuple(share / 100 for share in range(-6, 7))
"""Shares of the badge's width that may be missing at its edges, or added there."""
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_MAX_PIXELS = 16_000_000


class BadBadge(Exception):
    """The picture cannot be read."""


def check_badges(school: School, settings: Settings) -> int:
    """Look at every account that was not looked at for a day; returns how many. For the worker."""
    if settings.badge is None:
        return 0
    before = school.clock() - EVERY
    with school.database.read() as session:
        due = session.exec(
            select(Account.id).where(
                col(Account.active),
                Account.channel == Use.TWITTER.value,
                col(Account.badge_checked_at).is_(None) | (col(Account.badge_checked_at) <= before),
            )
        ).all()
    for account_id in due:
        check_badge(school, settings, account_id, actor="gatekeeper")
    return len(due)


def check_badge(school: School, settings: Settings, account_id: str, *, actor: str) -> list[str]:
    """Look at one account and note what was found; returns what is wrong, as `accounts` names it.

    Raises `SettingsError` when the school's badge is not set or cannot be read.
    """
    badge = own_badge(settings.badge)
    with school.database.read() as session:
        account = session.get_one(Account, account_id)
    try:
        channel = open_account(school, settings, account)
        if not isinstance(channel, ShowsProfile):
            raise TypeError("no profile")
        found = what_is_wrong(channel.profile(), badge, settings.school_name)
    except Exception as error:  # whatever it is, it says nothing of the picture
        log.warning("account %s could not be looked at: %s", account_id, type(error).__name__)
        found = [NOT_SEEN]
    with school.database.write() as session:
        note_look(school, session, session.get_one(Account, account_id), found, actor=actor)
    return found


def own_badge(path: Path | None) -> bytes:
    """The school's badge. Raises `SettingsError`."""
    if path is None:
        raise SettingsError("Set 'badge' in the settings: a picture of the school's badge.")
    try:
        content = path.read_bytes()
        _hashes(content)
    except (OSError, BadBadge) as error:
        raise SettingsError(f"The setting 'badge': {path} cannot be read as a picture.") from error
    return content


def what_is_wrong(profile: Profile, badge: bytes, school_name: str) -> list[str]:
    """What to mend about a profile; empty when there is nothing."""
    found = []
    if profile.picture is None:
        found.append("no-badge")
    else:
        try:
            if not same_badge(profile.picture, badge):
                found.append("other-badge")
        except BadBadge:
            found.append(NOT_SEEN)
    if profile.protected:
        found.append("protected")
    if not _names_the_school(profile.name, school_name):
        found.append("name")
    return found


def same_badge(picture: bytes, badge: bytes) -> bool:
    """Is it the badge, whatever was done to save it? Raises `BadBadge` for what is no picture."""
    (seen,) = _hashes(picture, margins=(0.0,))
    return min((seen ^ one).bit_count() for one in _hashes(badge)) <= _SAME


def _names_the_school(name: str, school_name: str) -> bool:
    """One word of the school's name that is its own is enough: "Oakham PE"."""
    general = {"the", "our", "school", "primary", "high", "academy", "college", "of", "and", "st"}
    own = {word for word in _words(school_name) if word not in general} or _words(school_name)
    return bool(own & _words(name))


def _words(text: str) -> set[str]:
    return {"".join(filter(str.isalnum, word)) for word in text.casefold().split()} - {""}


@lru_cache(maxsize=8)
def _hashes(content: bytes, margins: tuple[float, ...] = _MARGINS) -> tuple[int, ...]:
    """Gradient hashes by the `imagehash` library, with so much taken off or added around."""
    import imagehash
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            if opened.width * opened.height > _MAX_PIXELS or min(opened.size) < _SIDE:
                raise BadBadge(f"{opened.width} × {opened.height} pixels")
            picture = _square_on_white(opened)
    except BadBadge:
        raise
    except Exception as error:  # whatever a decoder raises: it is no picture that can be used
        raise BadBadge(type(error).__name__) from error
    return tuple(
        int(str(imagehash.dhash(_with_margin(picture, share), hash_size=_SIDE)), 16)
        for share in margins
    )


def _square_on_white(opened: Image) -> Image:
    """A square in grey: what is transparent is white, what is not square is padded."""
    from PIL import Image, ImageOps

    seen = opened.convert("RGBA")
    ground = Image.new("RGBA", seen.size, "white")
    ground.alpha_composite(seen)
    side = max(seen.size)
    return ImageOps.pad(ground.convert("L"), (side, side), color=255)


def _with_margin(picture: Image, share: float) -> Image:
    from PIL import Image

    cut = round(picture.width * share)
    if cut >= 0:
        return picture.crop((cut, cut, picture.width - cut, picture.height - cut))
    side = picture.width - 2 * cut
    wider = Image.new("L", (side, side), picture.getpixel((0, 0)))
    wider.paste(picture, (-cut, -cut))
    return wider
