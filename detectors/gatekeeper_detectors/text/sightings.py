"""Every place in a text where a child of the roll is named, or may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.text.expand import expand
from gatekeeper_detectors.text.hits import (
    Full,
    Hit,
    begins_place,
    find_full,
    find_hits,
    find_spelled,
    is_place_name,
    shielded,
    titled,
)
from gatekeeper_detectors.text.lexicon import lexicon
from gatekeeper_detectors.text.names import NameIndex
from gatekeeper_detectors.text.near import foreign_runs, initials, near_miss
from gatekeeper_detectors.text.normalise import Folded, fold
from gatekeeper_detectors.text.strangers import find_strangers
from gatekeeper_detectors.text.tokens import Token, tokenise
from gatekeeper_detectors.text.wordnames import Context


class How(StrEnum):
    """How the text names the child; the last five are guesses that a person must look at."""

    FULL_NAME = "full name"
    NAME = "name"
    NICKNAME = "nickname"
    TYPO = "typo"
    INITIALS = "initials"
    SCRIPT = "script"
    UNKNOWN = "unknown name"
    """A name that nobody on the roll has."""


@dataclass(frozen=True)
class Sighting:
    """One place where a child is or may be named."""

    start: int
    end: int
    """Code points [start, end) in the text as given."""
    action: Action
    how: How
    pupils: frozenset[int]
    """Indices into the roll; empty when the writing cannot be read."""


@dataclass(frozen=True)
class Reading:
    """One text, taken apart with one roll in hand."""

    text: str
    folded: Folded
    tokens: Sequence[Token]
    index: NameIndex

    def sighting(
        self, first: int, last: int, action: Action, how: How, pupils: Iterable[int]
    ) -> Sighting:
        span = self.folded.span(self.tokens[first].start, self.tokens[last].end)
        return Sighting(*span, action, how, frozenset(pupils))


def find_sightings(
    text: str, index: NameIndex, *, is_file_name: bool = False, of_the_roll: bool = False
) -> list[Sighting]:
    """Where `text` names a child of the roll, in reading order, each place once.

    With `of_the_roll` only what says which child: a guess about a stranger ("Popy Wainscot")
    would stand in for the slip in a child's name that it is as well.
    Linear in the length of the text; about 1 ms for 280 characters whatever the roll.
    """
    folded = fold(text)
    words = tokenise(folded, is_file_name=is_file_name)
    tokens = expand(words, index, text, folded)
    reading = Reading(text, folded, tokens, index)
    hits = find_hits(tokens, index)
    covered = shielded(tokens, index)
    found = [*_full_names(reading, find_full(tokens, hits, index))]
    found += _spelled(reading)
    found += _single_names(reading, hits, covered)
    taken = covered | {place for hit in hits for place in range(hit.first, hit.last + 1)}
    found += _guesses(reading, taken)
    if not of_the_roll:
        found += _strangers(reading, taken)
        found += _unreadable(text, found)
    return _each_place_once(found)


def _full_names(reading: Reading, fulls: Iterable[Full]) -> Iterator[Sighting]:
    for full in fulls:
        sure = full.sure and not _is_place(reading, full)
        action = Action.REJECT if sure else Action.FLAG
        yield reading.sighting(full.first, full.last, action, How.FULL_NAME, full.pupils)


def _is_place(reading: Reading, full: Full) -> bool:
    """ "Poppy Hill Farm": ordinary words that are a pupil's full name, and a place."""
    words = reading.tokens[full.first : full.last + 1]
    ordinary = all(token.key in lexicon() for token in words)
    return ordinary and is_place_name(reading.tokens, full.last)


def _spelled(reading: Reading) -> Iterator[Sighting]:
    for hit in find_spelled(reading.tokens, reading.index):
        pupils = hit.entry.given | hit.entry.family
        yield reading.sighting(hit.first, hit.last, Action.REJECT, How.NAME, pupils)


def _single_names(reading: Reading, hits: Sequence[Hit], covered: set[int]) -> Iterator[Sighting]:
    free = {hit.first: hit for hit in hits if hit.first not in covered}
    context = Context(reading.tokens, free, reading.index.classes)
    for hit in free.values():
        entry = hit.entry
        if not entry.stands_alone and not entry.nick:
            continue
        action = context.judge(hit) if entry.is_word else _distinctive(reading.tokens, hit)
        if action is None:
            continue
        if entry.stands_alone:
            yield reading.sighting(
                hit.first, hit.last, action, How.NAME, entry.given | entry.family
            )
        else:
            yield reading.sighting(hit.first, hit.last, Action.FLAG, How.NICKNAME, entry.nick)


def _distinctive(tokens: Sequence[Token], hit: Hit) -> Action:
    """A name that is no word rejects, unless it may be somebody else's or a slip."""
    token, entry = tokens[hit.first], hit.entry
    is_slip = token.key.endswith("s") and token.raw.lower() == f"{token.key}s"
    is_adult = titled(tokens, hit.first) and not entry.given
    is_tiny = len(entry.key) < 3 and not token.capital and not token.tight
    # "Thomas Rivers Medical Centre"; in a headline every word has a capital, so a person looks.
    is_place = token.raw.istitle() and begins_place(tokens, hit.last)
    if is_slip or is_adult or is_tiny or is_place or not token.sure:
        return Action.FLAG
    return Action.REJECT


def _guesses(reading: Reading, taken: set[int]) -> Iterator[Sighting]:
    tokens, index = reading.tokens, reading.index
    no_capitals = not any(token.capital for token in tokens)
    for place, token in enumerate(tokens):
        if place in taken or not (token.capital or no_capitals):
            continue
        entry = near_miss(token, index)
        if entry is not None:
            pupils = entry.given | entry.family
            yield reading.sighting(place, place, Action.FLAG, How.TYPO, pupils)
    for first, last, numbers in initials(tokens, index):
        yield reading.sighting(first, last, Action.FLAG, How.INITIALS, numbers)


def _strangers(reading: Reading, taken: set[int]) -> Iterator[Sighting]:
    for first, last in find_strangers(reading.tokens, taken, reading.index):
        yield reading.sighting(first, last, Action.FLAG, How.UNKNOWN, ())


def _unreadable(text: str, found: Sequence[Sighting]) -> Iterator[Sighting]:
    """Writing in another script flags, where no name was read in it."""
    read = sorted((sighting.start, sighting.end) for sighting in found)
    for start, end in foreign_runs(text):
        if not any(begin < end and start < stop for begin, stop in read):
            yield Sighting(start, end, Action.FLAG, How.SCRIPT, frozenset())


def _each_place_once(found: Iterable[Sighting]) -> list[Sighting]:
    """Of overlapping sightings the most serious, then the longest; in reading order."""
    kept: list[Sighting] = []
    ranked = sorted(found, key=lambda each: (-each.action.rank, each.start - each.end))
    occupied: set[int] = set()
    for sighting in ranked:
        places = range(sighting.start, sighting.end)
        if occupied.isdisjoint(places):
            kept.append(sighting)
            occupied.update(places)
    return sorted(kept, key=lambda each: each.start)
