"""Folded text cut into words, each with what it is part of: a sentence, a hashtag, a link …"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gatekeeper_detectors.text.normalise import Folded


class Kind(StrEnum):
    """Where a word stands. In all but the first, words are run together and capitals say little."""

    WORD = "word"
    HASHTAG = "hashtag"
    HANDLE = "handle"
    LINK = "link"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Token:
    """One word, or one part of a word that was run together."""

    raw: str
    """As folded, case kept."""
    key: str
    """Lower case, for look-ups; a reading may differ from `raw` (h4rry → harry)."""
    start: int
    end: int
    """Folded characters [start, end)."""
    before: str
    """What stands between the token before and this one; empty inside a word."""
    kind: Kind = Kind.WORD
    sure: bool = True
    """False: cut out of a run of letters of which the rest is no known word."""

    @property
    def capital(self) -> bool:
        return self.raw[:1].isupper()

    @property
    def tight(self) -> bool:
        return self.kind is not Kind.WORD


_CHUNK = re.compile(r"\S+")
WORD = re.compile(r"[A-Za-z0-9]+(?:[@$!|]+[A-Za-z0-9]+)*[@$]?")
_PIECE = re.compile(r"[A-Z]{2,}(?=s(?![a-z]))|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SLASHED_HOST = re.compile(r"[A-Za-z0-9-]\.[A-Za-z][^/]*/")


def tokenise(folded: Folded, *, is_file_name: bool = False) -> list[Token]:
    """The words in reading order. Linear in the length of the text."""
    out: list[Token] = []
    done = 0
    for chunk in _CHUNK.finditer(folded.text):
        is_link = _looks_like_link(chunk[0])
        kind = Kind.WORD
        for word in WORD.finditer(folded.text, chunk.start(), chunk.end()):
            before = folded.text[done : word.start()]
            if is_file_name:
                kind = Kind.FILE
            elif is_link:
                kind = Kind.LINK
            else:
                kind = _kind(word[0], before, kind if out and done > chunk.start() else Kind.WORD)
            out.append(Token(word[0], word[0].lower(), word.start(), word.end(), before, kind))
            done = word.end()
    return out


def pieces(token: Token) -> Iterator[Token]:
    """The token cut where case changes and where digits begin and end."""
    before = token.before
    for match in _PIECE.finditer(token.raw):
        start = token.start + match.start()
        end = token.start + match.end()
        yield Token(match[0], match[0].lower(), start, end, before, token.kind, token.sure)
        before = ""


def _looks_like_link(chunk: str) -> bool:
    return "://" in chunk or "www." in chunk.lower() or bool(_SLASHED_HOST.search(chunk[:200]))


def _kind(word: str, before: str, previous: Kind) -> Kind:
    if before.endswith("#"):
        return Kind.HASHTAG
    if before.endswith("@") or ("@" in word and "@" not in word[-1]):
        return Kind.HANDLE
    continues = previous is Kind.HASHTAG and before == "_"
    continues = continues or (previous is Kind.HANDLE and before in ("_", "."))
    return previous if continues else Kind.WORD
