"""How a channel is called in a sentence."""

from __future__ import annotations

_PLACES = {
    "twitter": "on Twitter",
    "website": "on the website",
    "parents": "in the parents’ area",
    "display": "on displays in school",
}


def place(channel: str) -> str:
    """The channel with its preposition; one that is not known here is quoted by its name."""
    return _PLACES.get(channel, f"on “{channel}”")
