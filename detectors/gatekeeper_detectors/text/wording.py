"""Words and phrases of a list, found whole in a text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from gatekeeper_detectors.text.names import split
from gatekeeper_detectors.text.normalise import Folded, digits_as_letters
from gatekeeper_detectors.text.tokens import Token, pieces, tokenise

Word = tuple[str, bool]
"""A folded word, and whether longer words that begin with it count too."""


@lru_cache(maxsize=64)
def _by_first_letters(phrases: tuple[str, ...]) -> dict[str, list[tuple[Word, ...]]]:
    """By the first two letters: each phrase as words. A * at a word's end stands for any end."""
    found: dict[str, list[tuple[Word, ...]]] = defaultdict(list)
    for phrase in phrases:
        words = tuple(
            (key, written.endswith("*")) for written in phrase.split() for key in split(written)
        )
        if words:
            found[words[0][0][:2]].append(words)
    return found


def words_of(folded: Folded) -> list[Token]:
    """All words, those run together in hashtags too where their case shows it."""
    return [piece for token in tokenise(folded) for piece in pieces(token)]


def find_phrases(tokens: Sequence[Token], phrases: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Where a phrase of the list stands: folded characters [start, end), each place once.

    Whole words, without regard to case, accents or what stands between them.
    """
    wanted = _by_first_letters(phrases)
    done = 0
    for place, token in enumerate(tokens):
        if token.start < done:
            continue
        for words in wanted.get(token.key[:2], ()):
            window = tokens[place : place + len(words)]
            fits = len(window) == len(words) and all(
                _fits(each.key, word) for each, word in zip(window, words, strict=True)
            )
            if fits:
                done = window[-1].end
                yield token.start, done
                break


def _fits(key: str, word: Word) -> bool:
    text, any_end = word
    return key == text or (any_end and key.startswith(text))


def undisguised(folded: Folded) -> Folded:
    """The text with digits and signs inside words read as letters (sh1t)."""
    text = folded.text
    out = list(text)
    for token in tokenise(folded):
        if not token.raw.isalpha() and any(char.isalpha() for char in token.raw):
            out[token.start : token.end] = next(iter(digits_as_letters(token.raw)))
    return Folded("".join(out), folded.starts, folded.ends)
