"""How much may be sent to us, and reading what was sent."""

from __future__ import annotations

import re

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gatekeeper_consent.forms import MAX_BYTES
from gatekeeper_consent.sheet import LARGEST_FILE
from gatekeeper_queue.submissions import MAX_PHOTOS, NewPhoto

MEGABYTE = 1_000_000
MAX_PHOTO = 40 * MEGABYTE
"""Bytes of one photo."""
MAX_UPLOAD = MAX_PHOTOS * MAX_PHOTO + MEGABYTE
"""Bytes of a form with photos."""
MAX_IMPORT = 4 * LARGEST_FILE + MEGABYTE
"""Bytes of a form with the four files of a register folder, or with one export. One that is a
little too large still arrives, so that its page can say so."""
MAX_SCAN = 2 * MAX_BYTES
"""Bytes of a form with a scan; one that is a little too large still arrives, so that its page
can say so."""
MAX_FORM = MEGABYTE
"""Bytes of every other form."""
_DRAIN = 4 * MAX_UPLOAD
"""So much of a refused upload is read and thrown away: a browser shows our answer only
after it has sent everything."""

_WITH_PHOTOS = ("/submit", "/submissions/", "/api/v1/submissions")
_OF_A_FACE = re.compile(r"/register/[^/]+/faces(/answer)?|/api/v1/faces/[^/]+/pictures")
_WITH_SCAN = re.compile(r"/register/[^/]+/answers|/api/v1/pupils/[^/]+/forms")


class TooLarge(MultiPartException):
    """More was sent than is taken. A `MultiPartException`, so that the parser tidies up."""

    def __init__(self) -> None:
        super().__init__("too large")


def limit_for(path: str) -> int:
    """Bytes that a request to `path` may carry."""
    if path in ("/import", "/api/v1/imports"):
        return MAX_IMPORT
    with_photos = path.startswith(_WITH_PHOTOS) or _OF_A_FACE.fullmatch(path)
    if with_photos:
        return MAX_UPLOAD
    return MAX_SCAN if _WITH_SCAN.fullmatch(path) else MAX_FORM


class BodyLimit:
    """Middleware that stops a body beyond the limit, by what it says or by what arrives.

    Reading beyond it raises `TooLarge`, and `scope["state"]` remembers it as `too_large`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = limit_for(scope["path"])
        said = Headers(scope=scope).get("content-length", "0")
        announced = int(said) if said.isdecimal() else 0
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if max(seen, announced) > limit:
                await _drain(receive, message)
                scope.setdefault("state", {})["too_large"] = True
                raise TooLarge
            return message

        await self._app(scope, limited, send)


async def _drain(receive: Receive, message: Message) -> None:
    """Read what comes after `message` and keep nothing of it."""
    dropped = 0
    while message.get("more_body") and dropped < _DRAIN:
        message = await receive()
        dropped += len(message.get("body", b""))


def was_chosen(upload: UploadFile | None) -> bool:
    """Did the author choose a file at all? Browsers send an empty one for an empty field."""
    return upload is not None and bool(upload.filename)


def problem_with(upload: UploadFile) -> str:
    """Why this file cannot be taken, in words for the author; empty when it can."""
    size = upload.size or 0
    if size > MAX_PHOTO:
        return (
            f"“{upload.filename}” has {size // MEGABYTE} MB. A photo may have at most "
            f"{MAX_PHOTO // MEGABYTE} MB: send it smaller, or choose another."
        )
    return f"“{upload.filename}” is empty. Choose the photo again." if size == 0 else ""


def read(upload: UploadFile, alt: str) -> NewPhoto:
    """The photo as the domain takes it. Call it in a worker thread: it reads from disk."""
    return NewPhoto(name=upload.filename or "photo", data=upload.file.read(), alt=alt)
