"""Photos that are shared from a phone: “Share → Gatekeeper”.

The installed app's worker (`static/share-worker.js`) takes them on the phone and puts them into
the form of a new post, which a person has to send. Nothing that is shared is stored here.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from gatekeeper.web.headers import PUBLIC
from gatekeeper.web.uploads import TooLarge

router = APIRouter()

_WORKER = Path(__file__).parent / "static" / "share-worker.js"


@router.get("/share-worker.js")
def worker() -> Response:
    """The worker, from an address from which it may look after `/share`, and only that."""
    return FileResponse(_WORKER, media_type="text/javascript", headers={"Cache-Control": PUBLIC})


@router.post("/share")
async def share(request: Request) -> Response:
    """Comes here only where the worker is not running yet: what was shared is thrown away, and
    the form says so. Needs no sign-in and no token, because it changes nothing."""
    try:
        async for _ in request.stream():
            pass  # a browser shows the answer only after it has sent everything
    except TooLarge:
        pass
    return RedirectResponse("/submit?shared=missed", 303)
