"""Texts that surely name none of a few children, told quickly.

To find one child in everything that a school ever published, tens of thousands of texts are
read. Nearly all of them hold nothing but words that have nothing to do with the child; each word
is looked at once, and a text of such words need not be read as a whole. Whatever is less plain
than that (other letters, hashtags, links, initials, letters one by one) is always read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from gatekeeper_detectors.text.expand import parts
from gatekeeper_detectors.text.names import NameIndex
from gatekeeper_detectors.text.near import near_miss
from gatekeeper_detectors.text.tokens import WORD, Token

_NOT_PLAIN = re.compile(r"[#@/&%$]|www\.|-[ ]*\n", re.IGNORECASE)
"""A hashtag, a handle, a link, a letter that is written in another way, a word broken in two."""
_JOINTS = re.compile(r"(?<=[A-Za-z0-9])[-_.'*~+](?=[A-Za-z0-9])")
"""Signs at which a name can be broken up (`hits`)."""


class _Word(NamedTuple):
    """What one word may have to do with the children."""

    strange: bool
    """Is no name of theirs, nor like one, nor initials."""
    letters: int
    """Single letters or digits in it: three in a row may spell a name."""
    capitals: int
    """Single capitals in it: two in a row may be initials."""


def names_nobody(index: NameIndex) -> Callable[[str], bool]:
    """A function that says whether `find_sightings(text, index, of_the_roll=True)` surely finds
    nothing. False says nothing."""

    @cache
    def word(raw: str) -> _Word:
        found = list(parts(Token(raw, raw.lower(), 0, len(raw), ""), raw, index))
        return _Word(
            strange=not any(_may_name(token, index) for token in found),
            letters=sum(len(token.key) == 1 for token in found),
            capitals=sum(len(token.raw) == 1 and token.raw.isupper() for token in found),
        )

    broken = [key for key in index.entries if len(key) > 3]

    def surely(text: str) -> bool:
        plain = text.isascii() and text.replace("\n", " ").isprintable()
        if not plain or _NOT_PLAIN.search(text):
            return False
        words = [word(raw) for raw in WORD.findall(text)]
        if not all(each.strange for each in words):
            return False
        if sum(each.letters for each in words) > 2 or sum(each.capitals for each in words) > 1:
            return False
        if not _JOINTS.search(text):
            return True
        whole = _JOINTS.sub("", text).lower()
        return not any(key in whole for key in broken)

    return surely


def _may_name(token: Token, index: NameIndex) -> bool:
    key = token.key
    listed = key in index.entries or key in index.full or key in index.composed
    pair = len(token.raw) == 2 and token.raw.isupper()
    return listed or pair or near_miss(token, index) is not None
