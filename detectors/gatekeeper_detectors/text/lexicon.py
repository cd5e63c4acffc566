"""The word, phrase and nickname lists that ship with the package, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from gatekeeper_detectors.text.cues import PLACE_KINDS
from gatekeeper_detectors.text.normalise import name_key


@dataclass(frozen=True)
class Lexicon:
    """English words by section of `words.txt` (described there)."""

    function: frozenset[str]
    capitals: frozenset[str]
    places: frozenset[str]
    given: frozenset[str]
    things: frozenset[str]
    abbreviations: frozenset[str]
    words: frozenset[str]
    """All of them but the abbreviations."""

    def __contains__(self, key: str) -> bool:
        return key in self.words


@cache
def lexicon() -> Lexicon:
    sections: dict[str, set[str]] = {}
    current: set[str] = set()
    for line in _lines("words.txt"):
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), set())
        else:
            current.update(line.split())
    sets = {name: frozenset(words) for name, words in sections.items()}
    named = {name: words for name, words in sets.items() if name != "words"}
    every = frozenset[str]().union(*(sets[name] for name in sets if name != "abbreviations"))
    return Lexicon(**named, words=every)


@cache
def known_phrases() -> tuple[str, ...]:
    """Figures, places and books whose names contain people's names."""
    return tuple(_lines("phrases.txt"))


@cache
def nicknames() -> dict[str, frozenset[str]]:
    """For each first name, the names that may stand for it; not the other way round."""
    groups = [line.split() for line in _lines("nicknames.txt")]
    return {name_key(formal): frozenset(short) for formal, *short in groups}


@cache
def given_names() -> frozenset[str]:
    """First names in Britain that are no English words or places."""
    listed = {name_key(name) for line in _lines("given_names.txt") for name in line.split()}
    return frozenset(listed - lexicon().words - PLACE_KINDS)


def _lines(name: str) -> list[str]:
    text = (files(__package__) / name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]
