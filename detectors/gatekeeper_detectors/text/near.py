"""What may be a name although it is not spelled as on the roll: typos, initials, other scripts."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence

from gatekeeper_detectors.text.lexicon import lexicon
from gatekeeper_detectors.text.names import Entry, NameIndex
from gatekeeper_detectors.text.normalise import is_foreign_letter
from gatekeeper_detectors.text.tokens import Token

_SHORTEST_TYPO = 5
"""Letters of the shortest name that is looked for with a slip in it; shorter ones are too alike."""
_LONGEST_TYPO = 24
"""A longer run of letters is not one name; trying every slip in it would take long."""


def near_miss(token: Token, index: NameIndex) -> Entry | None:
    """The name that the token becomes by one letter more, less or other, or two swapped."""
    key = token.key
    if not _SHORTEST_TYPO - 1 <= len(key) <= _LONGEST_TYPO or not key.isalpha() or key in lexicon():
        return None
    for candidate in one_edit_away(key):
        entry = index.entries.get(candidate)
        if entry is None or len(candidate) < _SHORTEST_TYPO or entry.is_word:
            continue
        if entry.given or (entry.family and len(candidate) > _SHORTEST_TYPO):
            return entry
    return None


def one_edit_away(word: str) -> Iterator[str]:
    """All words that differ by one letter more, less or other, or by two swapped."""
    for place in range(len(word) + 1):
        head, tail = word[:place], word[place:]
        for letter in string.ascii_lowercase:
            yield head + letter + tail
            if tail:
                yield head + letter + tail[1:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]


def initials(tokens: Sequence[Token], index: NameIndex) -> Iterator[tuple[int, int, set[int]]]:
    """Pairs of initials used as a name: (first token, last token, pupils).

    "by I.Q.", "I.Q., 3K", and "AP and TW"; common abbreviations are let through.
    """
    for first, last, letters in _pairs(tokens):
        dotted = last > first
        named = _after_by(tokens, first) or _before_class(tokens, last, index)
        usual = letters in lexicon().abbreviations and not (dotted and named)
        if usual or not (named or (not dotted and _coordinated(tokens, first))):
            continue
        pupils = index.by_initials.get(letters)
        if pupils:
            yield first, last, pupils


def _pairs(tokens: Sequence[Token]) -> Iterator[tuple[int, int, str]]:
    for place, token in enumerate(tokens):
        if token.tight or not token.raw.isupper():
            continue
        if len(token.raw) == 2 and token.raw.isalpha():
            yield place, place, token.key
        elif len(token.raw) == 1 and place + 1 < len(tokens):
            following = tokens[place + 1]
            alone = following.raw.isupper() and len(following.raw) == 1
            if alone and following.before in (".", ". "):
                yield place, place + 1, token.key + following.key


def _after_by(tokens: Sequence[Token], place: int) -> bool:
    return place > 0 and tokens[place - 1].key == "by"


def _before_class(tokens: Sequence[Token], place: int, index: NameIndex) -> bool:
    following = [token.key for token in tokens[place + 1 : place + 3]]
    if following and following[0] in ("in", "from", "of"):
        following = following[1:]
    return bool(following) and following[0] in index.classes


def _coordinated(tokens: Sequence[Token], place: int) -> bool:
    for joint, other in ((place - 1, place - 2), (place + 1, place + 2)):
        if 0 <= other < len(tokens) and tokens[joint].key == "and" and _is_pair(tokens[other]):
            return True
    return False


def _is_pair(token: Token) -> bool:
    letters = token.raw.isalpha() and token.raw.isupper() and len(token.raw) == 2
    return letters and token.key not in lexicon().abbreviations


_FOREIGN_RUN = re.compile(r"\x01\x01(?:[\x00\x02]{0,3}\x01+)*")


def foreign_runs(text: str) -> Iterator[tuple[int, int]]:
    """Stretches of at least two letters in another alphabet: code points [start, end)."""
    classes = "".join(
        "\x01"
        if is_foreign_letter(char)
        else "\x03"
        if char.isascii() and char.isalnum()
        else "\x02"
        for char in text
    )
    for match in _FOREIGN_RUN.finditer(classes):
        yield match.span()
