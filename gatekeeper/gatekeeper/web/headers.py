"""The headers that every answer carries."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NO_FRAMES = "frame-ancestors 'none'"
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "script-src 'self'",
        "style-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        _NO_FRAMES,
    )
)
_ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # "no-referrer" would make browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
PUBLIC = "no-cache"
"""Caches may keep it, but ask each time: what was taken down must be gone at once."""


def allow_frames(headers: MutableHeaders, origins: Sequence[str]) -> None:
    """Let pages of these sites, and our own, show this answer in a frame."""
    allowed = " ".join(("frame-ancestors 'self'", *origins))
    headers["Content-Security-Policy"] = POLICY.replace(_NO_FRAMES, allowed)


def put_headers(headers: MutableHeaders) -> None:
    """Add what is missing. Nothing is kept by caches unless a page says so itself."""
    if "Content-Security-Policy" not in headers:
        headers["X-Frame-Options"] = "DENY"  # for browsers that do not know frame-ancestors
    for name, value in _ALWAYS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")


class SafeHeaders:
    """Middleware that puts the headers on whatever is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", PUBLIC)
                put_headers(headers)
            await send(message)

        await self._app(scope, receive, send_with_headers)
