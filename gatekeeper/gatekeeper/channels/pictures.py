"""Fetching a profile picture from where a platform says it is."""

from __future__ import annotations

from gatekeeper.channels.addresses import may_be_asked

MAX_PICTURE = 5_000_000
"""Bytes."""


def fetch_picture(url: str, server: str, timeout: tuple[float, float]) -> bytes:
    """The picture at `url`, which `server` has named. No key travels with the request, no
    redirect is followed. Raises ValueError or `requests` errors; for the caller to word.
    """
    import requests

    if not may_be_asked(url, server):
        raise ValueError("not an address to fetch a picture from")
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Accept-Encoding"] = "identity"
        with session.get(url, stream=True, timeout=timeout, allow_redirects=False) as response:
            if response.status_code != 200:
                raise ValueError("no picture there")
            content = response.raw.read(MAX_PICTURE + 1, decode_content=False)
    if len(content) > MAX_PICTURE:
        raise ValueError("the picture is too large")
    return bytes(content)
