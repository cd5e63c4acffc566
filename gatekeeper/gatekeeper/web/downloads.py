"""Files that are handed out."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Response


def as_download(data: bytes, name: str, media_type: str) -> Response:
    """A file that a browser saves under this name and does not open itself."""
    safe = quote(name, safe="")
    called = f'filename="{name}"' if safe == name else f"filename*=UTF-8''{safe}"
    headers = {"Content-Disposition": f"attachment; {called}"}
    return Response(data, media_type=media_type, headers=headers)
