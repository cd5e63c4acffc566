"""Text with the offending spans marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """A stretch of text, marked or not."""

    text: str
    marked: bool


def pieces(text: str, spans: Iterable[tuple[int, int]]) -> list[Piece]:
    """Cut `text` at the spans ([start, end) in code points); joined they are the text again.

    Overlapping and touching spans become one mark; what lies outside the text is ignored.
    """
    found: list[Piece] = []
    at = 0
    for start, end in _merged(spans, len(text)):
        if start > at:
            found.append(Piece(text[at:start], False))
        found.append(Piece(text[start:end], True))
        at = end
    if at < len(text):
        found.append(Piece(text[at:], False))
    return found


def _merged(spans: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    inside = ((max(start, 0), min(end, length)) for start, end in spans)
    merged: list[tuple[int, int]] = []
    for start, end in sorted(span for span in inside if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
