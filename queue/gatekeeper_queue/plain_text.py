"""Text as it is stored."""

from __future__ import annotations

from unicodedata import category


def plain(text: str) -> str:
    """The text without control characters, which no page or feed can show."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in lines if char in "\n\t" or category(char) != "Cc").strip()
