"""What every platform must be given: the approved pictures, unchanged, within its limits."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

from gatekeeper_queue.channel import Outgoing, PermanentFailure

_JOINER = "\u200d"
_MARKS = {"Mn", "Me", "Mc", "Cf", "Lm", "Sk"}
_PARTS = re.compile(
    "[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff"  # parts of Korean syllables
    "\u0e33\u0eb3\uff9e\uff9f\U0001f3fb-\U0001f3ff]"  # vowels, voice marks, skin tones
)
_LINK = re.compile(r"https?://\S+")
_MENTION = re.compile(r"(@\w+)@[\w.-]+")


def require_approved(
    item: Outgoing, platform: str, *, pictures: int, picture_bytes: int, alt_text: int
) -> None:
    """Raises `PermanentFailure` for pictures that are not the approved bytes, or that the
    platform would refuse: too many, too large, or with an alt text that is too long.
    """
    if not 1 <= len(item.pictures) <= pictures:
        raise PermanentFailure(f"A post on {platform} has one to {pictures} pictures.")
    if any(sha256(picture.jpeg).hexdigest() != picture.sha256 for picture in item.pictures):
        raise PermanentFailure("A picture is not the one that was approved. It was not sent.")
    if any(len(picture.alt) > alt_text for picture in item.pictures):
        raise PermanentFailure(f"An alt text on {platform} has at most {alt_text} characters.")
    if any(len(picture.jpeg) > picture_bytes for picture in item.pictures):
        raise PermanentFailure(
            f"A picture is larger than {platform} takes ({picture_bytes / 1e6:g} MB). "
            "Submit a smaller copy of it; it is checked and approved like any other."
        )


def fewest_characters(text: str) -> int:
    """How many characters a reader sees, at the least: an emoji of several parts is one.

    A platform that counts graphemes (Unicode UAX 29) counts no fewer, so what is too long by
    this is too long; the platform itself refuses the rest.
    """
    count = flag_halves = 0
    before = ""
    for character in text:
        if "\U0001f1e6" <= character <= "\U0001f1ff":
            flag_halves += 1
        elif not (_joins(before) or _extends(character) or before + character == "\r\n"):
            count += 1
        before = character
    return count + (flag_halves + 1) // 2


def fewest_counted(text: str) -> int:
    """`fewest_characters` as Mastodon counts: a link is 23, a mention goes without its server
    (docs.joinmastodon.org/user/posting).
    """
    shorter = _LINK.sub(lambda link: link[0][:23], text)
    return fewest_characters(_MENTION.sub(r"\1", shorter))


def _joins(before: str) -> bool:
    """Does it tie what follows to itself: a joiner, or a virama between two consonants?"""
    return before == _JOINER or (bool(before) and unicodedata.combining(before) == 9)


def _extends(character: str) -> bool:
    """May it belong to what stands before it? Wider than the standard, hence "at the least"."""
    return unicodedata.category(character) in _MARKS or bool(_PARTS.match(character))
