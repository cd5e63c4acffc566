"""Names that are also words (Grace, May, Baker): is it the word or the child?

Where neither can be shown, a capital at least flags a first name (EVIDENCE: names in text).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.text import cues
from gatekeeper_detectors.text.hits import Hit, begins_place, titled
from gatekeeper_detectors.text.lexicon import lexicon
from gatekeeper_detectors.text.tokens import Token

_ORDINAL = re.compile(r"\d{1,4}(st|nd|rd|th)?$")
_BREAK = re.compile(r"[.!?;:\n\"()\[\]{}|/]")


class Context:
    """What surrounds the word-names of one text."""

    def __init__(
        self, tokens: Sequence[Token], hits: Mapping[int, Hit], classes: frozenset[str]
    ) -> None:
        self.tokens = tokens
        self.hits = hits
        """By first token; those that no phrase covers."""
        self.classes = classes
        letters = "".join(token.raw for token in tokens if not token.tight)
        self.shouted = letters.isupper() and len(letters) > 1
        self.no_capitals = letters.islower()

    def judge(self, hit: Hit) -> Action | None:
        """What this use of a word-name calls for; None when it is the word."""
        token = self.tokens[hit.first]
        if token.tight:
            return self._judge_tight(hit)
        is_given = bool(hit.entry.given)
        if self._among_places(hit) or (not is_given and self._begins_place(hit)):
            return None
        if self._named(hit):
            sure = is_given and token.capital and not self.shouted and not self._is_place_pair(hit)
            return Action.REJECT if sure else Action.FLAG
        if not token.capital:
            return self._judge_lower(hit)
        if not is_given and self._next(hit) in cues.KIN:
            return Action.FLAG
        if self._described(hit):
            return None
        if is_given:
            return None if self._begins_sentence(hit) else Action.FLAG
        return self._judge_surname(hit)

    def _judge_tight(self, hit: Hit) -> Action | None:
        """In a hashtag, handle, link or file name the word counts alone or after a cue."""
        key = hit.entry.key
        everyday = key in lexicon().capitals or key in lexicon().function
        inside_before = self._key(hit.first - 1) if self._glued(hit.first) else ""
        inside_after = self._key(hit.last + 1) if self._glued(hit.last + 1) else ""
        if not hit.entry.given:
            return None
        alone = not inside_before and (not inside_after or inside_after.isdigit())
        named = inside_before in cues.CUES or inside_after in self.classes | cues.DEEDS
        return Action.FLAG if named or (alone and not everyday) else None

    def _glued(self, place: int) -> bool:
        return 0 < place < len(self.tokens) and self.tokens[place].before in ("", "_", ".", "-")

    def _judge_lower(self, hit: Hit) -> Action | None:
        """A lower-case word is the word, unless it is a place in a text without capitals."""
        is_place = hit.entry.key in lexicon().places
        if is_place and hit.entry.given and self.no_capitals and not self._described(hit):
            return Action.FLAG
        return None

    def _judge_surname(self, hit: Hit) -> Action | None:
        """A surname or nickname only: held back where nothing else explains the capital."""
        if titled(self.tokens, hit.first):
            return Action.FLAG
        if self.shouted or self._at_start(hit):
            return None
        neighbours = (hit.first - 1, hit.last + 1)
        in_phrase = any(self._capital(place) for place in neighbours)
        return None if in_phrase else Action.FLAG

    # --- signs that it is a name

    def _named(self, hit: Hit) -> bool:
        token = self.tokens[hit.first]
        if self._has_class(hit) or self._has_age(hit):
            return True
        if self._cued(hit) and (token.capital or self._ends_after(hit)):
            return True
        if not token.capital or self._is_thing(self._next(hit)):
            return False
        return self._with_possession(hit) or self._labelled(hit) or self._coordinated(hit)

    def _has_class(self, hit: Hit) -> bool:
        """ "River, 3K", "Georgia is in 1A"; for a lower-case word only in apposition."""
        place = hit.last + 1
        if self._key(place) in self.classes and re.search(r"[,(]", self.tokens[place].before):
            return True
        if not self.tokens[hit.first].capital:
            return False
        if self._key(place) in ("is", "was"):
            place += 1
        return self._key(place) in ("in", "from", "of") and self._key(place + 1) in self.classes

    def _has_age(self, hit: Hit) -> bool:
        place = hit.last + 1
        if self._key(place) == "aged":
            return True
        return self._key(place).isdigit() and self.tokens[place].before in (", ", " (")

    def _cued(self, hit: Hit) -> bool:
        before = self._key(hit.first - 1)
        if before == "you":
            before = self._key(hit.first - 2)
        if before == "by" and hit.entry.key in lexicon().capitals:
            return False
        separator = self.tokens[hit.first].before
        return before in cues.CUES and not re.search(r"[.!?;\n]", separator)

    def _ends_after(self, hit: Hit) -> bool:
        """Does a lower-case word after a cue end there or go on as after a name?"""
        return self._next(hit) in ("", "for", "on", "and", "who", "from", "in")

    def _labelled(self, hit: Hit) -> bool:
        """ "Star baker: Ruby"."""
        separator = self.tokens[hit.first].before
        return ":" in separator and hit.first > 0 and self._next(hit) in ("", "and", "with")

    def _with_possession(self, hit: Hit) -> bool:
        """ "Summer with her caterpillar", "Grace's poem"."""
        after = hit.last + 1
        if self._key(after) in ("with", "and", "in", "on"):
            return self._key(after + 1) in ("her", "his", "their")
        possessive = self._key(after) == "s" and self.tokens[after].before == "'"
        return possessive and hit.entry.key not in lexicon().capitals | lexicon().places

    def _coordinated(self, hit: Hit) -> bool:
        """ "Grace and Will": beside another capitalised name of the roll."""
        for step in (-1, 1):
            place = hit.first - 1 if step < 0 else hit.last + 1
            comma_at = place + 1 if step < 0 else place
            if self._key(place) == "and":
                other = self.hits.get(place + step)
            elif 0 <= place < len(self.tokens) and self.tokens[comma_at].before == ", ":
                other = self.hits.get(place)
            else:
                continue
            if other is not None and self._may_be_child(other):
                return True
        return False

    def _may_be_child(self, other: Hit) -> bool:
        return self.tokens[other.first].capital and not self._is_thing(self._next(other))

    # --- signs that it is the word

    def _described(self, hit: Hit) -> bool:
        key, before, after = hit.entry.key, self._previous(hit), self._right_after(hit)
        words = lexicon()
        if self._is_thing(after) or before in cues.ARTICLES or after == "of":
            return True
        if key in cues.VERBS and after in cues.OBJECTS and (self.shouted or self._at_start(hit)):
            return True
        dated = _ORDINAL.match(before) or _ORDINAL.match(after)
        if key in cues.MEASURES and after.isdigit():
            return True
        if key in words.capitals and (before in cues.TIME_BEFORE or dated):
            return before not in ("from", "by") or self._next(hit) != ""
        if key in words.places and (before in cues.PLACE_BEFORE or dated):
            return True
        if key in words.places and after in ("v", "vs", "versus"):
            return True
        return (
            self._among_places(hit)
            or self._paired_with_word(hit)
            or self._in_word_list(hit)
            or self._begins_place(hit)
        )

    def _begins_sentence(self, hit: Hit) -> bool:
        """A word such as "An" or "So", which is capital there whatever it means."""
        words = lexicon()
        only_function = hit.entry.key in words.function - words.given - words.capitals
        return only_function and (self.shouted or self._at_start(hit))

    def _paired_with_word(self, hit: Hit) -> bool:
        """ "Iris and tulip bulbs": coordinated with an everyday word in lower case."""
        place = hit.last + 2
        if self._next(hit) != "and" or place >= len(self.tokens):
            return False
        other = self.tokens[place]
        if {hit.entry.key, other.key} <= lexicon().capitals:  # "Summer and Autumn terms"
            return True
        return self._is_plain_word(place)

    def _among_places(self, hit: Hit) -> bool:
        """ "Florence and Rome", "Georgia, Jordan and Chad": a list with a place that is nobody."""
        first, last = hit.first, hit.last
        while self._is_place(before := first - 1 - (self._key(first - 1) == "and")):
            if not self._joined(before, first):
                break
            first = before
        while self._is_place(after := last + 1 + (self._key(last + 1) == "and")):
            if not self._joined(last, after):
                break
            last = after
        listed = [place for place in range(first, last + 1) if self._key(place) != "and"]
        only_places = all(self._is_place(place) for place in listed)
        return only_places and any(place not in self.hits for place in listed)

    def _is_place(self, place: int) -> bool:
        return self._key(place) in lexicon().places and self._capital(place)

    def _joined(self, left: int, right: int) -> bool:
        """Are two tokens neighbours in a list ("A, B", "A and B")?"""
        return right - left == 2 or self.tokens[right].before == ", "

    def _in_word_list(self, hit: Hit) -> bool:
        """ "Hope, courage and kindness": the first of several lower-case words."""
        place = hit.last + 1
        steps = 0
        while steps < 4 and self._is_listed(place):
            place, steps = place + 1, steps + 1
        joined = self._key(place) in ("and", "or") and self._is_plain_word(place + 1)
        return steps > 0 and joined

    def _is_listed(self, place: int) -> bool:
        return self._is_plain_word(place) and self.tokens[place].before == ", "

    def _is_plain_word(self, place: int) -> bool:
        key = self._key(place)
        if not key or self.tokens[place].capital or key.isdigit():
            return False
        return key not in lexicon().function | cues.COMPANY | cues.ROLES | cues.ARTICLES | {"aged"}

    def _begins_place(self, hit: Hit) -> bool:
        """ "Dean Close School": words with a capital that end in a kind of place."""
        last = hit.last
        if not hit.entry.given and self._next(hit) == "s":  # "King's Academy"
            last += 1
        return not self.shouted and begins_place(self.tokens, last)

    def _is_place_pair(self, hit: Hit) -> bool:
        """ "Georgia and Jordan" can be two children or two countries."""
        places = lexicon().places
        around = {self._key(hit.first - 1), self._next(hit)} - {"", "and"}
        around |= {self._key(hit.first - 2), self._key(hit.last + 2)} - {""}
        return hit.entry.key in places and bool(around & places)

    def _is_thing(self, key: str) -> bool:
        return key in lexicon().things

    # --- looking around

    def _key(self, place: int) -> str:
        return self.tokens[place].key if 0 <= place < len(self.tokens) else ""

    def _next(self, hit: Hit) -> str:
        """The next word of the same sentence; empty at its end."""
        place = hit.last + 1
        if place >= len(self.tokens) or _BREAK.search(self.tokens[place].before):
            return ""
        return self.tokens[place].key

    def _previous(self, hit: Hit) -> str:
        """The word before in the same sentence; empty at its beginning."""
        return "" if self._at_start(hit) else self._key(hit.first - 1)

    def _right_after(self, hit: Hit) -> str:
        """The next word where only space or a hyphen stands between; else empty."""
        place = hit.last + 1
        joined = place < len(self.tokens) and not self.tokens[place].before.strip(" -\n\t")
        return self.tokens[place].key if joined else ""

    def _capital(self, place: int) -> bool:
        return 0 <= place < len(self.tokens) and self.tokens[place].capital

    def _at_start(self, hit: Hit) -> bool:
        return hit.first == 0 or bool(_BREAK.search(self.tokens[hit.first].before))
