"""A text without the names in it, as a suggestion: its author reads it, and it is checked again."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NAME = "\ufdd0"
"""Stands for a name while the rest is put right; it is no character of any text."""
_JOINT = r"(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s*&\s*)"
_SEVERAL = re.compile(rf"{_NAME}(?:{_JOINT}{_NAME})+")
_AFTER_ARTICLE = re.compile(rf"\b(the|a|an|our|my|your|his|her|their)\s+{_NAME}(?=\s\w)", re.I)
""" "The Gristwood twins": what is left is "the twins"."""
_ARTICLE = re.compile(rf"\b(?:the|a|an|our|my|your|his|her|their)\s+({_NAME})", re.I)
_POSSESSIVE = re.compile(rf"({_NAME})[’'](?=\s)")
""" "James’ poem"."""
_INITIAL = re.compile(rf"({_NAME})\.(?=\s+[a-z]|,)")
""" "Grace M. and Jack U. lead": the dot belongs to the name."""
_TOLD = re.compile(rf"(?P<begins>(?:^|[.!?]\s+|\n)[\"“‘(]?)?(?P<names>{_NAME}{{1,2}})")
_TIDY = (
    (re.compile(r"[ \t]{2,}"), " "),
    (re.compile(r"[ \t]+([,.;:!?]|\n|$)"), r"\1"),
)


def without_names(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text` with "a pupil" or "pupils" for what stands in the spans: code points [start, end).

    A name within a hashtag, a handle or an address takes the whole of it out.
    """
    told = text.replace(_NAME, "") if _NAME in text else _marked(text, spans)
    told = _INITIAL.sub(r"\1", told)
    told = _SEVERAL.sub(_NAME * 2, _ARTICLE.sub(r"\1", _AFTER_ARTICLE.sub(r"\1", told)))
    told = _TOLD.sub(_in_words, _POSSESSIVE.sub(r"\1’s", told))
    for pattern, instead in _TIDY:
        told = pattern.sub(instead, told)
    return told.strip().upper() if text.isupper() else told.strip()


def _in_words(found: re.Match[str]) -> str:
    words = "pupils" if len(found["names"]) == 2 else "a pupil"
    if found["begins"] is None:
        return words
    return f"{found['begins']}{words[0].upper()}{words[1:]}"


def _marked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """A mark for each span, and nothing for a tag or an address around one; from the end."""
    for start, end in sorted(set(spans), reverse=True):
        first, last = start, end
        while first and not text[first - 1].isspace():
            first -= 1
        while last < len(text) and not text[last].isspace():
            last += 1
        if re.search(r"[#@/]|\w$", text[first:start]) or re.match(r"[\w@/]|\.\w", text[end:last]):
            text = text[:first] + text[last:]
        else:
            text = text[:start] + _NAME + text[end:]
    return text
