"""Text folded to plain ASCII, with the way back to the text as it was given.

Names are found in the folded text; findings point into the original, so every folded
character knows the code points [start, end) that it came from (EVIDENCE: names in text).
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from anyascii import anyascii

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that show nothing although Unicode does not call them format characters."""

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])[-‐\u00ad][ \t]*\r?\n[ \t]*(?=[^\W\d_])")
_DECODING_ROUNDS = 3
"""Text pasted from a web page can be encoded twice; nobody writes it four times over."""

_LETTER_NAME = re.compile(r"(?:LATIN (?:CAPITAL|SMALL)|INDICATOR SYMBOL) LETTER ([A-Z])$")
_FLAG = re.compile(
    "(?<![\U0001f1e6-\U0001f1ff])[\U0001f1e6-\U0001f1ff]{2}(?![\U0001f1e6-\U0001f1ff])"
)


class Unit(NamedTuple):
    """A run of text and the code points of the original that it stands for."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Folded:
    """ASCII text and, for each of its characters, where it comes from."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Code points [start, end) of the original behind folded characters [start, end)."""
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=8)  # each rule folds the same few texts
def fold(text: str) -> Folded:
    """Fold to ASCII: decoded, invisible characters gone, accents and odd alphabets plain.

    Case is kept. Symbols and emoji become a space, letters drawn as symbols become letters.
    """
    if text.isascii() and text.isprintable() and "&" not in text and "%" not in text:
        return Folded(text, tuple(range(len(text))), tuple(range(1, len(text) + 1)))
    units = [Unit(char, index, index + 1) for index, char in enumerate(text)]
    units = _decoded(units)
    units = _replaced(units, _BROKEN_WORD, lambda match: "")
    units = _replaced(units, _FLAG, lambda match: " ")
    out: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for unit in units:
        plain = fold_char(unit.text)
        if not plain and ends and unit.start >= ends[-1] and unicodedata.combining(unit.text):
            ends[-1] = unit.end  # an accent belongs to the letter before it
        for char in plain:
            out.append(char)
            starts.append(unit.start)
            ends.append(unit.end)
    return Folded("".join(out), tuple(starts), tuple(ends))


def visible(text: str) -> str:
    """The text without what nobody can see, stripped; empty when there is nothing to read."""
    return "".join(char for char in text if not _is_invisible(char)).strip()


@lru_cache(maxsize=8192)
def fold_char(char: str) -> str:
    """ASCII for one character; empty when it shows nothing of its own."""
    if char.isascii():
        return char if char.isprintable() or char in "\n\r\t" else ""
    if _is_invisible(char):
        return ""
    category = unicodedata.category(char)
    drawn = _LETTER_NAME.search(unicodedata.name(char, ""))
    if drawn and category == "So":
        return drawn[1]
    if category in ("So", "Sk") and not unicodedata.normalize("NFKC", char).isascii():
        return "'" if char in "´ʹ΄" else " "
    plain: str = anyascii(char)
    return plain if plain or category.startswith("M") else " "


@lru_cache(maxsize=8192)
def _is_invisible(char: str) -> bool:
    if char in _INVISIBLE or "\ufe00" <= char <= "\ufe0f" or "\U000e0000" <= char <= "\U000e0fff":
        return True
    return unicodedata.category(char) in ("Cf", "Cc", "Cn", "Co", "Cs") and not char.isspace()


def _decoded(units: list[Unit]) -> list[Unit]:
    for _ in range(_DECODING_ROUNDS):
        before = len(units)
        units = _replaced(units, _ENTITY, lambda match: html.unescape(match[0]))
        units = _replaced(units, _PERCENT, _percent_decoded)
        if len(units) == before:
            break
    return units


def _percent_decoded(match: re.Match[str]) -> str:
    return unquote_to_bytes(match[0]).decode("utf-8", errors="replace")


def _replaced(
    units: list[Unit], pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]
) -> list[Unit]:
    """Replace what `pattern` finds; each new character stands for the whole of the match."""
    text = "".join(unit.text for unit in units)  # one character a unit, so indices agree
    out: list[Unit] = []
    done = 0
    for match in pattern.finditer(text):
        out += units[done : match.start()]
        span = units[match.start()].start, units[match.end() - 1].end
        out += [Unit(char, *span) for char in new(match)]
        done = match.end()
    return out + units[done:] if done else units


# --- letters that look like others ------------------------------------------------------------

_LOOK_ALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХҮԌԛԝаеѕіјорсухһԁӏꞮΑΒΕΖΗΙΚΜΝΟΡΤΥΧαιονρυχκτϲ",
    "ABESIJKMHOPCTYXYGqwaesijopcyxhdlIABEZHIKMNOPTYXaiovpuxktc",
)
_DIGIT_LETTERS = (
    str.maketrans("0134578@$!|", "oieastbasil"),
    str.maketrans("0134578@$!|", "oleastbasii"),
)


def look_alike(text: str) -> str:
    """The text read by shape: Cyrillic and Greek letters that look Latin become Latin."""
    return text.translate(_LOOK_ALIKES)


def digits_as_letters(word: str) -> Iterable[str]:
    """Readings of a lower-case word in which digits and signs stand for letters (h4rry)."""
    return (word.translate(table) for table in _DIGIT_LETTERS)


def name_key(name: str) -> str:
    """A name or word as it is compared: folded, lower case, letters and digits only."""
    return "".join(char for char in fold(name).text.lower() if char.isalnum())


@lru_cache(maxsize=8192)
def is_foreign_letter(char: str) -> bool:
    """A letter of another alphabet than Latin."""
    if char.isascii() or not char.isalpha():
        return False
    compatible = unicodedata.normalize("NFKC", char)
    return not unicodedata.name(compatible[0], "").startswith(("LATIN", "MODIFIER", "FEMININE"))


_MISREAD = re.compile(r"\bl(?=[bcdfghjklmnpqrstvwxz])")
"""A small l where no word has one: a capital I that was taken for it ("lvy")."""


def with_capitals(text: str) -> str:
    """Words that were read in a picture, with the capitals that the reader cannot tell."""
    return _MISREAD.sub("I", text)
