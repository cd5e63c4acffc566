"""The page that shows what the sandbox holds, to people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from gatekeeper.sandbox_x.control import CALLS, OFFERS
from gatekeeper.sandbox_x.faults import Fault, Faults
from gatekeeper.sandbox_x.state import State, Tweet
from gatekeeper.sandbox_x.users import SandboxUser

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    # With "no-referrer" a browser would not say that a button was pressed on this very page.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Pages:
    """The timeline, one post, and the pictures."""

    def __init__(self, state: State, users: dict[str, SandboxUser], faults: Faults) -> None:
        self._state = state
        self._users = users
        self._faults = faults
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )

    async def home(self, request: Request) -> Response:
        """GET /"""
        return self._page("timeline.html", self._state.tweets())

    async def post(self, request: Request) -> Response:
        """GET /i/status/{id}: where the link of a post leads."""
        tweet = self._state.tweet(request.path_params["id"])
        return self._page("post.html", [tweet] if tweet else [], 200 if tweet else 404)

    async def picture(self, request: Request) -> Response:
        """GET /media/{id}.jpg: the bytes as they came in; gone when no post shows them."""
        number = request.path_params["id"]
        shown = any(number in tweet.media for tweet in self._state.tweets())
        media = self._state.media(number) if shown else None
        if media is None:
            return PlainTextResponse("There is no such picture.", 404)
        kind = "image/jpeg" if media.picture.startswith(b"\xff\xd8\xff") else "image/png"
        return Response(media.picture, headers=HEADERS, media_type=kind)

    def _page(self, template: str, tweets: Sequence[Tweet], status: int = 200) -> Response:
        html = self._templates.get_template(template).render(
            tweets=[self._shown(tweet) for tweet in tweets],
            users=list(self._users.values()),
            calls=CALLS,
            offers=OFFERS,
            faults=[_described(fault) for fault in self._faults.waiting],
        )
        return HTMLResponse(html, status, HEADERS)

    def _shown(self, tweet: Tweet) -> dict[str, Any]:
        media = [self._state.media(number) for number in tweet.media]
        return {
            "id": tweet.id,
            "user": self._users[tweet.user_id],
            "text": tweet.text,
            "created": tweet.created,
            "pictures": [item for item in media if item],
        }


def _described(fault: Fault) -> str:
    call = f"{fault.method} {fault.path}"
    offered = ((offer.kind, offer.reset_in is None, offer.label) for offer in OFFERS)
    same = (fault.kind, fault.reset_in is None)
    label = next((label for *offer, label in offered if tuple(offer) == same), fault.kind)
    return f"{CALLS.get(call, call)}: {label} ({fault.times} ×)"
