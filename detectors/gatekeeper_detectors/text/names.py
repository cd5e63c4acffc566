"""The names on the roll, indexed for look-up by folded key."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import product

from gatekeeper_detectors.text.cues import PARTICLES, TITLES
from gatekeeper_detectors.text.lexicon import given_names, known_phrases, lexicon, nicknames
from gatekeeper_detectors.text.normalise import fold, name_key
from gatekeeper_detectors.values import Pupil, Register, StaffMember, classes_in

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
_WORDS = re.compile(r"[A-Za-z0-9]+")


@dataclass(slots=True)
class Entry:
    """One name: which pupils (index into the roll) have it, and as what."""

    key: str
    given: set[int] = field(default_factory=set)
    family: set[int] = field(default_factory=set)
    middle: set[int] = field(default_factory=set)
    """Counts only beside a family name."""
    nick: set[int] = field(default_factory=set)
    """May stand for the first name of these."""

    @property
    def is_word(self) -> bool:
        """Also an ordinary English word or place, so its use has to be looked at."""
        return self.key in lexicon()

    @property
    def stands_alone(self) -> bool:
        return bool(self.given or self.family)

    @property
    def first(self) -> set[int]:
        return self.given | self.nick


class NameIndex:
    """All names of one register. Built once, about 20 µs a pupil; look-ups are hashed."""

    def __init__(self, pupils: tuple[Pupil, ...], staff: tuple[StaffMember, ...]) -> None:
        self.pupils = pupils
        self.staff = staff
        self.entries: dict[str, Entry] = {}
        self.full: dict[str, set[int]] = defaultdict(set)
        """Full names written as one word, either way round."""
        self.composed: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        """By first piece: names of several pieces ("jean", "luc")."""
        self.classes: frozenset[str] = frozenset(
            name_key(name) for pupil in pupils for name in classes_in(pupil.class_name)
        ) - {""}
        self.given_initials: list[str] = []
        self.family_initials: list[str] = []
        self.by_initials: dict[str, set[int]] = defaultdict(set)
        """First name's letter and surname's letter, together."""
        for number, pupil in enumerate(pupils):
            self._add_pupil(number, pupil)
        self.phrases = self._allowed_phrases()

    @cached_property
    def costs(self) -> dict[str, float]:
        """What each name and word costs when a run of letters is cut; names are favoured."""
        words = lexicon()
        found = {word: 1.0 for word in words.words if len(word) > 2 or word in words.function}
        found |= dict.fromkeys(given_names(), 1.0)
        names = (key for key, entry in self.entries.items() if entry.stands_alone)
        found |= {key: 1.0 if key in words else 0.9 for key in names if len(key) > 1}
        return found | dict.fromkeys(self.full, 0.5) | {"s": 0.9}

    def _add_pupil(self, number: int, pupil: Pupil) -> None:
        given = self._keys(pupil.first_name) | self._keys(pupil.preferred_name)
        family = self._keys(pupil.last_name)
        middle = {key for name in pupil.middle_names.split() for key in self._keys(name)}
        for key in given:
            self._entry(key).given.add(number)
            for nick in nicknames().get(key, ()):
                if nick not in given:
                    self._entry(nick).nick.add(number)
        for key in family:
            for first in given | middle:
                self.full[first + key].add(number)
                self.full[key + first].add(number)
        for key in family | _family_parts(pupil.last_name):
            self._entry(key).family.add(number)
        for key in middle - given:
            self._entry(key).middle.add(number)
        self.given_initials.append("".join({key[0] for key in given}))
        self.family_initials.append("".join({key[0] for key in family}))
        for pair in product(self.given_initials[-1], self.family_initials[-1]):
            self.by_initials["".join(pair)].add(number)

    def _keys(self, name: str) -> set[str]:
        """The name as one word, with ö also as oe; notes the pieces that it is written in."""
        found = _spellings(name)
        for words in found.values():
            if len(words) > 1:
                self.composed[words[0]].add(words)
        return set(found)

    def _entry(self, key: str) -> Entry:
        entry = self.entries.get(key)
        if entry is None:
            entry = self.entries[key] = Entry(key)
        return entry

    def _allowed_phrases(self) -> dict[str, list[tuple[str, ...]]]:
        """Phrases that name no pupil, by first word, longest first."""
        found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for phrase in {*map(split, known_phrases()), *_staff_phrases(self.staff)}:
            if len(phrase) > 1 and "".join(phrase) not in self.full:
                found[phrase[0]].append(phrase)
        for phrases in found.values():
            phrases.sort(key=len, reverse=True)
        return found


def split(text: str) -> tuple[str, ...]:
    """The words of a name or phrase, folded and in lower case."""
    return tuple(_WORDS.findall(fold(text).text.lower()))


@lru_cache(maxsize=65536)
def _spellings(name: str) -> dict[str, tuple[str, ...]]:
    """For each way to spell the name, as one word: the pieces that it is written in."""
    plain = {name} if name.isascii() else {name, name.lower().translate(_UMLAUTS)}
    return {key: split(each) for each in plain if (key := name_key(each))}


@lru_cache(maxsize=65536)
def _family_parts(name: str) -> frozenset[str]:
    """Parts of a surname that are used alone: each side of a hyphen, the end after "van der"."""
    parts = set()
    for side in re.split(r"[-‐–]", name):
        words = split(side)
        while len(words) > 1 and words[0] in PARTICLES - {"st", "saint"}:
            words = words[1:]
        key = "".join(words)
        if len(key) >= 3 and key not in PARTICLES:
            parts.add(key)
    return frozenset(parts)


def _staff_phrases(staff: Iterable[StaffMember]) -> Iterator[tuple[str, ...]]:
    """How staff are referred to; never a bare name, which may be a child's."""
    for member in staff:
        first, last = split(member.first_name), split(member.last_name)
        titles = [split(member.title)] if member.title else [(title,) for title in TITLES]
        if first:
            yield first + last
        for title in titles:
            yield title + last
            yield ("mr", "and", "mrs", *last)
            if first:
                yield title + first
                yield title + first + last
                yield (*title, first[0][0], *last)


# --- one index for each register ----------------------------------------------------------------

_KEPT = 4
"""Registers whose index is kept: one school has a few channels."""
_recent: tuple[NameIndex, ...] = ()


def index_of(register: Register) -> NameIndex:
    """The index of a register, built on first use; equal registers share one."""
    global _recent
    wanted = (register.pupils, register.staff)
    for index in _recent:
        if index.pupils is wanted[0] and index.staff is wanted[1]:
            return index
    for index in _recent:
        if (index.pupils, index.staff) == wanted:
            return index
    index = NameIndex(*wanted)
    _recent = (index, *_recent[: _KEPT - 1])
    return index
