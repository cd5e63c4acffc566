"""Answers that are a file and no JSON, as the description has them."""

from __future__ import annotations

from typing import Any

_BYTES = {"schema": {"type": "string", "format": "binary"}}


def file_of(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that sends a file of one of these kinds."""
    return {200: {"content": dict.fromkeys(media_types, _BYTES)}}
