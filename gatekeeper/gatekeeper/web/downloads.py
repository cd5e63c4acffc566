"""Files that are handed out."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Response


def as_download(data: bytes, name: str, media_type: str) -> Response:
    """A file that a browser saves under this name and does not open itself."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(data, media_type=media_type, headers={"Content-Disposition": disposition})
