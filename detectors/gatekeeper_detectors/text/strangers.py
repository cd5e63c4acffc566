"""Names of people who are not on the roll: a new pupil, a brother, a child of another school."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gatekeeper_detectors.text.cues import DEEDS, HOLY, PRAISE, RULERS
from gatekeeper_detectors.text.hits import is_place_name, titled
from gatekeeper_detectors.text.lexicon import given_names, lexicon
from gatekeeper_detectors.text.names import NameIndex
from gatekeeper_detectors.text.near import one_edit_away
from gatekeeper_detectors.text.tokens import Kind, Token

_BREAK = re.compile(r"[.!?;\n]")
_SHORTEST_NEAR, _LONGEST_NEAR = 6, 14
"""Letters; shorter names are one slip away from too many words."""
_SHORTEST_LOWER = 4
"""Letters of the shortest name that is believed in a text without capitals."""


def find_strangers(
    tokens: Sequence[Token], taken: set[int], index: NameIndex
) -> Iterator[tuple[int, int]]:
    """First and last token of each name that nobody on the roll has.

    A first name of the list counts wherever it has a capital; any other word only where
    the sentence shows that it is a person ("Well done Onjali", "Barnaby from Year 2").
    """
    no_capitals = not any(token.capital for token in tokens)
    shouted = not any(token.raw.islower() for token in tokens if not token.tight)
    last = -1
    for place, token in enumerate(tokens):
        if place in taken or place <= last or not _can_be_name(tokens, place, index):
            continue
        shown = token.capital or (no_capitals and len(token.key) >= _SHORTEST_LOWER)
        listed = token.key in given_names() and shown
        listed = listed or (token.capital and _is_spelled_like_a_name(token, shouted))
        if listed or (token.capital and _is_person(tokens, place, index, shouted)):
            last = _with_surname(tokens, place, taken)
            yield place, last


def _can_be_name(tokens: Sequence[Token], place: int, index: NameIndex) -> bool:
    token = tokens[place]
    if len(token.key) < 3 or not token.key.isalpha() or token.key in index.classes:
        return False
    if token.kind is Kind.HASHTAG:
        return token.key in given_names() and _follows_praise(tokens, place)
    if token.tight or is_place_name(tokens, place) or titled(tokens, place):
        return False
    before = tokens[place - 1] if place else None
    return before is None or not (before.key in RULERS | HOLY and before.capital)


def _is_spelled_like_a_name(token: Token, shouted: bool) -> bool:
    """One letter away from a name of the list (Nathalia), and no word."""
    if len(token.key) <= _SHORTEST_NEAR or len(token.key) > _LONGEST_NEAR:
        return False
    if token.key in lexicon() or token.tight or (token.raw.isupper() and not shouted):
        return False
    names = given_names()
    return any(near in names and len(near) > _SHORTEST_NEAR for near in one_edit_away(token.key))


def _is_person(tokens: Sequence[Token], place: int, index: NameIndex, shouted: bool) -> bool:
    token, words = tokens[place], lexicon()
    if token.key in words and token.key not in words.given - words.capitals - words.places:
        return False
    if token.raw.isupper() and not shouted:  # RSPB, PTA
        return False
    return _follows_praise(tokens, place) or _belongs_to_class(tokens, place, index)


def _follows_praise(tokens: Sequence[Token], place: int) -> bool:
    """ "Well done X", "Happy birthday X", "Congratulations to X"."""
    if not place or _BREAK.search(tokens[place].before):
        return False
    back = place - 1
    if tokens[back].key in ("to", "our") and back and not _BREAK.search(tokens[back].before):
        back -= 1
    key = tokens[back].key
    if key == "done":
        return back > 0 and tokens[back - 1].key == "well"
    return key in PRAISE


def _belongs_to_class(tokens: Sequence[Token], place: int, index: NameIndex) -> bool:
    """ "X from Year 2", "X in 3K", "X, aged 7", "X (Year 4)"."""
    key = tokens[place].key
    if key.endswith("s") and key[:-1] in lexicon():  # "Owls from Year 2" is a team
        return False
    keys = [token.key for token in tokens[place + 1 : place + 4]] + ["", "", ""]
    if _BREAK.search(tokens[place + 1].before if place + 1 < len(tokens) else "."):
        return False
    if keys[0] == "aged":
        return True
    if keys[0] in ("from", "in", "of"):
        keys = keys[1:]
    elif not re.search(r"[,(]", tokens[place + 1].before) or _goes_on(tokens, place + 3):
        return False
    return keys[0] in index.classes or (keys[0] == "year" and keys[1].isdigit())


def _goes_on(tokens: Sequence[Token], place: int) -> bool:
    """Does the sentence go on as in "the Pacific, Year 6 history"?"""
    return place < len(tokens) and tokens[place].before == " " and not tokens[place].capital


def _with_surname(tokens: Sequence[Token], place: int, taken: set[int]) -> int:
    """The last token of the name: a following word with a capital that is no usual word."""
    following = place + 1
    if tokens[place].tight or following >= len(tokens) or following in taken:
        return place
    token = tokens[following]
    is_name = token.capital and token.before == " " and token.key not in lexicon()
    return following if is_name and token.key not in DEEDS and not token.tight else place
