"""Where names of the roll stand in a list of tokens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gatekeeper_detectors.text.cues import BEFORE_NAME, HOLY, PLACE_KINDS, TITLES
from gatekeeper_detectors.text.names import Entry, NameIndex
from gatekeeper_detectors.text.tokens import Kind, Token

_JOINTS = frozenset("-_.'*~+")
"""A single one of these can stand inside a name that was broken up (Har-ry)."""
_SENTENCE_END = re.compile(r"[.!?;:\n]")
_COMMON_INITIALS = frozenset("AI")
"""One-letter words: an initial only with its full stop."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Tokens [first, last] read as one name of the roll."""

    first: int
    last: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Full:
    """Tokens [first, last] read as a first name or initial with its surname."""

    first: int
    last: int
    pupils: frozenset[int]
    """Indices into the roll."""
    sure: bool
    """False: written in lower case with ordinary words only."""


def find_hits(tokens: Sequence[Token], index: NameIndex) -> list[Hit]:
    """Single names, longest first where they overlap, in reading order."""
    hits: list[Hit] = []
    place = 0
    while place < len(tokens):
        hit = _composed(tokens, place, index) or _joined(tokens, place, index)
        entry = index.entries.get(tokens[place].key)
        if hit is None and entry is not None and not _is_possessive_s(tokens[place]):
            hit = Hit(place, place, entry)
        if hit is not None:
            hits.append(hit)
        place = hit.last + 1 if hit else place + 1
    return hits


def _is_possessive_s(token: Token) -> bool:
    return token.key == "s" and token.before == "'"


def _composed(tokens: Sequence[Token], place: int, index: NameIndex) -> Hit | None:
    """A name of several pieces, as "Jean-Luc" or "van der Bergh"."""
    names = index.composed.get(tokens[place].key, ())
    for words in sorted(names, key=len, reverse=True):
        last = place + len(words) - 1
        entry = index.entries.get("".join(words))
        window = tokens[place : last + 1]
        close = all(len(token.before) <= 3 for token in window[1:])
        keys = tuple(token.key for token in window)
        possessive = (*words[:-1], words[-1] + "s")  # "St Johns drawing", apostrophe left out
        if entry is not None and close and keys in (words, possessive):
            return Hit(place, last, entry)
    return None


def _joined(tokens: Sequence[Token], place: int, index: NameIndex) -> Hit | None:
    """A name broken by single signs, as "Har-ry"."""
    key, found = tokens[place].key, None
    for last in range(place + 1, min(place + 4, len(tokens))):
        if tokens[last].before not in _JOINTS:
            break
        key += tokens[last].key
        entry = index.entries.get(key)
        if entry is not None and entry.stands_alone and not entry.is_word and len(key) > 3:
            found = Hit(place, last, entry)
    return found


def find_spelled(tokens: Sequence[Token], index: NameIndex) -> Iterator[Hit]:
    """Names spelled letter by letter: "H a r r y", "H.A.R.R.Y"."""
    place = 0
    while place < len(tokens):
        last = place
        while last + 1 < len(tokens) and _is_next_letter(tokens[last], tokens[last + 1]):
            last += 1
        if last - place >= 2:
            letters = "".join(token.key for token in tokens[place : last + 1])
            yield from _names_in(letters, place, index)
        place = last + 1


def _is_next_letter(token: Token, following: Token) -> bool:
    return len(token.key) == len(following.key) == 1 and 0 < len(following.before) <= 3


def _names_in(letters: str, offset: int, index: NameIndex) -> Iterator[Hit]:
    start = 0
    while start < len(letters) - 2:
        for end in range(min(len(letters), start + 20), start + 2, -1):
            entry = index.entries.get(letters[start:end])
            if entry is not None and entry.stands_alone:
                yield Hit(offset + start, offset + end - 1, entry)
                start = end - 1
                break
        start += 1


def find_full(tokens: Sequence[Token], hits: Sequence[Hit], index: NameIndex) -> Iterator[Full]:
    """Full names in either order, with or without middle names, and initials with surnames."""
    for place, token in enumerate(tokens):
        if pupils := index.full.get(token.key):
            yield Full(place, place, frozenset(pupils), True)
    by_first = {hit.first: hit for hit in hits}
    for hit in hits:
        yield from _beside(tokens, hit, by_first)
        yield from _with_initial(tokens, hit, index)


def _beside(tokens: Sequence[Token], hit: Hit, by_first: dict[int, Hit]) -> Iterator[Full]:
    """The hit followed by another name of the same child."""
    following = hit.last + 1
    for step in range(3):  # directly, or after one or two middle names or initials
        other = by_first.get(following)
        if not _may_continue(tokens, following):
            return
        if other is not None:
            straight = (hit.entry.first | hit.entry.middle) & other.entry.family
            reverse = hit.entry.family & other.entry.given if not step else set()
            if straight or reverse:
                sure = _is_sure(tokens, hit, other, bool(straight))
                if sure is not None:
                    yield Full(hit.first, other.last, frozenset(straight | reverse), sure)
                    return
        if not (len(tokens[following].key) == 1 or (other and other.entry.middle)):
            return
        following = other.last + 1 if other else following + 1


def _may_continue(tokens: Sequence[Token], place: int) -> bool:
    """Can the token be part of the name that ended just before it?"""
    if place >= len(tokens):
        return False
    before = tokens[place].before
    if tokens[place].tight:
        return len(before) <= 1
    if tokens[place - 1].raw.isupper() and len(tokens[place - 1].raw) == 1:
        before = before.replace(".", "", 1)
    return len(before) <= 3 and not _SENTENCE_END.search(before.strip(".") or before)


def _is_sure(tokens: Sequence[Token], hit: Hit, other: Hit, straight: bool) -> bool | None:
    """None: ordinary words that only happen to stand together ("autumn day")."""
    if not (hit.entry.is_word and other.entry.is_word):
        return True
    one, two = tokens[hit.first], tokens[other.first]
    if one.tight or (one.capital and two.capital):
        return True
    if one.capital or two.capital or not straight:
        return None
    before = tokens[hit.first - 1].key if hit.first else ""
    no_capitals = not any(token.capital for token in tokens)
    return False if no_capitals or before in BEFORE_NAME else None


def _with_initial(tokens: Sequence[Token], hit: Hit, index: NameIndex) -> Iterator[Full]:
    """ "Ivy Q", "R. Baker"."""
    after, before = hit.last + 1, hit.first - 1
    capital = tokens[hit.first].capital or tokens[hit.first].tight
    if capital and _may_continue(tokens, after) and _is_initial(tokens, after):
        letter = tokens[after].key
        pupils = {n for n in hit.entry.first if letter in index.family_initials[n]}
        if pupils:
            yield Full(hit.first, after, frozenset(pupils), True)
    if capital and before >= 0 and _may_continue(tokens, hit.first) and _is_initial(tokens, before):
        letter = tokens[before].key
        pupils = {n for n in hit.entry.family if letter in index.given_initials[n]}
        if pupils and not (before and tokens[before - 1].key in TITLES):
            yield Full(before, hit.last, frozenset(pupils), True)


def _is_initial(tokens: Sequence[Token], place: int) -> bool:
    token = tokens[place]
    if len(token.key) != 1 or not token.key.isalpha() or _is_possessive_s(token):
        return False
    dotted = place + 1 < len(tokens) and tokens[place + 1].before.startswith(".")
    if token.tight:
        return token.before != "" or place == 0 or token.kind is Kind.HANDLE
    return token.capital and (dotted or token.raw not in _COMMON_INITIALS)


def shielded(tokens: Sequence[Token], index: NameIndex) -> set[int]:
    """Tokens that belong to a member of staff, a known figure, a place or a book."""
    covered: set[int] = set()
    for place, token in enumerate(tokens):
        for words in index.phrases.get(token.key, ()):
            window = tokens[place : place + len(words)]
            if tuple(each.key for each in window) == words:
                covered.update(range(place, place + len(words)))
                break
        if is_place_name(tokens, place) or _is_saint(tokens, place):
            covered.add(place)
    return covered


def is_place_name(tokens: Sequence[Token], place: int) -> bool:
    """Is this the name of a street, park or school ("Charlotte Street")?

    Not in text where every word has a capital: there it says nothing.
    """
    if place + 1 >= len(tokens) or tokens[place].tight or not tokens[place].capital:
        return False
    following = tokens[place + 1]
    if following.key not in PLACE_KINDS or following.before != " " or following.tight:
        return False
    return following.raw.istitle() and not tokens[place].raw.isupper()


def begins_place(tokens: Sequence[Token], place: int) -> bool:
    """Do up to three words with a capital lead from here to a kind of place?"""
    for following in range(place + 1, min(place + 4, len(tokens))):
        token = tokens[following]
        if not token.raw.istitle() or token.before != " " or token.tight:
            return False
        if token.key in PLACE_KINDS:
            return True
    return False


def _is_saint(tokens: Sequence[Token], place: int) -> bool:
    """ "St Luke" is a saint, a church or a school."""
    if not place or tokens[place].tight or not tokens[place].capital:
        return False
    saint = tokens[place - 1]
    return saint.key in HOLY and saint.capital and tokens[place].before in (" ", ". ")


def titled(tokens: Sequence[Token], place: int) -> bool:
    """Does a title such as Mrs stand before this token, directly or before an initial?"""
    for back in (1, 2):
        if place >= back and tokens[place - back].key in TITLES:
            return tokens[place].before in (" ", ". ", ".") and tokens[place - back].capital
        if place < back or len(tokens[place - back].key) != 1:
            return False
    return False
