"""Words that were run together or disguised, taken apart with the roll in hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from gatekeeper_detectors.text.lexicon import given_names, lexicon
from gatekeeper_detectors.text.names import NameIndex
from gatekeeper_detectors.text.normalise import (
    Folded,
    digits_as_letters,
    fold,
    look_alike,
    name_key,
)
from gatekeeper_detectors.text.tokens import Kind, Token, pieces

_LONGEST = 24
"""Letters of the longest word or name that is looked for inside a run of letters."""
_LONG_NAME = 5
"""A name at least this long is believed inside a run that is otherwise no known word."""


def expand(tokens: Iterable[Token], index: NameIndex, text: str, folded: Folded) -> list[Token]:
    """The tokens, with those that are no known word or name read another way or taken apart."""
    out: list[Token] = []
    for token in tokens:
        start, end = folded.span(token.start, token.end)
        original = text[start:end]
        out += parts(token, original, index)
    return out


def parts(token: Token, original: str, index: NameIndex) -> Iterator[Token]:
    """One token as `expand` reads it; `original` is how it stands in the text."""
    read = _read(token, original, index)
    if read is not None:
        yield read
        return
    for piece in pieces(token):
        if known(piece.key, index) or not piece.key.isalpha():
            yield piece
        elif (stem := without_s(piece.key, index)) is not None:
            yield replace(piece, key=stem)
        elif piece.tight:
            yield from segment(piece, index)
        else:
            yield piece


def known(key: str, index: NameIndex) -> bool:
    """Is this a name of the roll, a word, or a first name that others have?"""
    listed = key in index.entries or key in index.full or key in index.classes
    return listed or key in lexicon() or key in given_names()


def _read(token: Token, original: str, index: NameIndex) -> Token | None:
    """The whole token as a known word or name, in the first reading that is one."""
    if known(token.key, index):
        return token
    readings = [without_s(token.key, index)]
    if not original.isascii() and (shape := look_alike(original)) != original:
        readings.append(_as_name(name_key(fold(shape).text), index))
    if not token.raw.isalpha() and not token.raw.isdigit() and len(token.raw) > 2:
        readings += [_as_name(letters, index) for letters in digits_as_letters(token.key)]
    found = next((reading for reading in readings if reading), None)
    return replace(token, key=found) if found else None


def _as_name(key: str, index: NameIndex) -> str | None:
    if key in index.full or (key in index.entries and index.entries[key].stands_alone):
        return key
    return without_s(key, index)


def without_s(key: str, index: NameIndex) -> str | None:
    """The name behind a possessive whose apostrophe was left out (priyas), or None."""
    stem = key[:-1]
    if not key.endswith("s") or len(stem) < 2:
        return None
    entry = index.entries.get(stem)
    if entry is None:
        return stem if stem in index.full else None
    return stem if entry.stands_alone or entry.nick else None


def segment(token: Token, index: NameIndex) -> list[Token]:
    """Cut a run of letters into names and words at the lowest cost; names are favoured.

    Linear in its length. Where the rest is no known word, only long names count, and the
    cut is marked as not sure.
    """
    text = token.key
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(text) + 1):
        options = (
            (best[start][0] + _cost(text[start:end], index), start)
            for start in range(max(0, end - _LONGEST), end)
        )
        best.append(min(options))
    cuts: list[tuple[int, int]] = []
    end = len(text)
    while end:
        cuts.append((best[end][1], end))
        end = best[end][1]
    return _as_tokens(token, cuts[::-1], index)


def _cost(part: str, index: NameIndex) -> float:
    known_cost = index.costs.get(part)
    if known_cost is not None:
        return known_cost
    return 1.5 if len(part) == 1 else 2.0 + 1.2 * len(part)


def _as_tokens(token: Token, cuts: list[tuple[int, int]], index: NameIndex) -> list[Token]:
    parts = [token.key[start:end] for start, end in cuts]
    is_handle = token.kind is Kind.HANDLE and len(parts[-1]) == 1
    body = parts[:-1] if is_handle else parts  # @gracem: the last letter is an initial
    whole = all(known(part, index) or part == "s" for part in body)
    out = []
    for (start, end), part in zip(cuts, parts, strict=True):
        out.append(
            Token(
                token.raw[start:end],
                part,
                token.start + start,
                token.start + end,
                "" if start else token.before,
                token.kind,
                whole,
            )
        )
    if whole or any(_believed(part, index) for part in parts):
        return out
    return [token]


def _believed(part: str, index: NameIndex) -> bool:
    entry = index.entries.get(part)
    named = entry is not None and entry.stands_alone and not entry.is_word
    return part in index.full or (named and len(part) >= _LONG_NAME)
