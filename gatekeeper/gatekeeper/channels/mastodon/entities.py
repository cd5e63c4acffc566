"""What Mastodon answers with, as far as it matters (docs.joinmastodon.org/entities).

Mastodon.py gives None for what an answer lacks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Limits:
    """What a server takes; the values are Mastodon's own."""

    characters: int = 500
    pictures: int = 4
    picture_bytes: int = 16_777_216
    alt_text: int = 1500

    @classmethod
    def of(cls, instance: Any) -> Limits:
        """From GET /api/v2/instance; what a server leaves out is as on Mastodon."""
        says = instance.configuration or {}
        statuses, media = says.get("statuses") or {}, says.get("media_attachments") or {}
        return cls(
            int(statuses.get("max_characters") or cls.characters),
            int(statuses.get("max_media_attachments") or cls.pictures),
            int(media.get("image_size_limit") or cls.picture_bytes),
            int(media.get("description_limit") or cls.alt_text),
        )


@dataclass(frozen=True)
class Media:
    """A picture on the server."""

    id: str
    ready: bool
    kind: str
    alt: str

    @classmethod
    def of(cls, media: Any) -> Media:
        """From a MediaAttachment. Raises ValueError for one without an id."""
        alt = str(media.description or "").strip()
        return cls(id_of(media.id), bool(media.url), str(media.type), alt)


def id_of(value: object) -> str:
    """An id; on servers other than Mastodon's own it may have letters. Raises ValueError."""
    text = str(value)
    if value is None or not (text.isascii() and text.isalnum()):
        raise ValueError("not an id")
    return text


def covers(granted: list[str], scope: str) -> bool:
    """Does `write` or `write:media` allow what `write:media` names?"""
    return scope in granted or scope.split(":")[0] in granted
