"""Looking into the sandbox and making it go wrong: for tests, and for the buttons of its page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from gatekeeper.sandbox_x.faults import Fault, Faults
from gatekeeper.sandbox_x.gate import Gate
from gatekeeper.sandbox_x.state import Media, State, Tweet
from gatekeeper.sandbox_x.users import SandboxUser


@dataclass(frozen=True)
class Offer:
    """A button of the page."""

    label: str
    kind: str
    reset_in: int | None = None


CALLS = {
    "POST /2/tweets": "Publish a post",
    "POST /2/media/upload": "Upload a picture",
    "POST /2/media/metadata": "Give an alt text",
    "DELETE /2/tweets/*": "Take a post down",
    "GET /2/tweets/*": "Look a post up",
    "GET /2/users/*/tweets": "List the posts",
    "GET /2/users/me": "Ask who the account is",
}
OFFERS = (
    Offer("Answer 500", "status:500"),
    Offer("Do it, then answer 503", "status-after:503"),
    Offer("Refuse the keys (401)", "status:401"),
    Offer("Say duplicate (403)", "status:403-duplicate"),
    Offer("Too many requests, wait a minute", "rate-limit", 60),
    Offer("Too many requests, no time given", "rate-limit"),
    Offer("Hang up", "drop"),
    Offer("Do it, then hang up", "drop-after"),
    Offer("Never answer", "hang"),
    Offer("Do it, never answer", "hang-after"),
    Offer("Do it, garble the answer", "garbage"),
)


class Control:
    """The calls under /_sandbox."""

    def __init__(
        self, state: State, users: dict[str, SandboxUser], faults: Faults, gate: Gate
    ) -> None:
        self._state = state
        self._users = users
        self._faults = faults
        self._gate = gate

    async def state(self, request: Request) -> Response:
        """GET /_sandbox/state: everything but the secrets."""
        users = [{"id": user.id, "username": user.username} for user in self._users.values()]
        return JSONResponse(
            {
                "users": users,
                "tweets": [self._tweet(tweet) for tweet in self._state.tweets()],
                "media": [self._media(media) for media in self._state.all_media()],
                "faults": [fault.model_dump() for fault in self._faults.waiting],
                "calls": list(self._gate.calls),
            }
        )

    async def clear_state(self, request: Request) -> Response:
        """DELETE /_sandbox/state: no posts, no pictures, no faults, no calls."""
        self._state.clear()
        self._faults.clear()
        self._gate.calls.clear()
        return Response(status_code=204)

    async def add_fault(self, request: Request) -> Response:
        """POST /_sandbox/faults: a `Fault` as JSON."""
        try:
            self._faults.add(Fault.model_validate(json.loads(await request.body())))
        except ValidationError as error:
            return JSONResponse({"error": error.errors(include_context=False)}, 400)
        except ValueError:
            return JSONResponse({"error": "not JSON"}, 400)
        return Response(status_code=204)

    async def press(self, request: Request) -> Response:
        """POST /_sandbox/press: a button of the page."""
        async with request.form() as form:
            pressed = {name: str(value) for name, value in form.items()}
        if pressed.get("offer") == "clear":
            self._faults.clear()
            return RedirectResponse("/", 303)
        try:
            self._faults.add(_pressed(pressed))
        except (KeyError, IndexError, ValueError):
            return Response("Choose a call, a number from 1 to 1000, and a fault.", 400)
        return RedirectResponse("/", 303)

    def _tweet(self, tweet: Tweet) -> dict[str, Any]:
        media = [self._state.media(number) for number in tweet.media]
        return {
            "id": str(tweet.id),
            "user_id": tweet.user_id,
            "username": self._users[tweet.user_id].username,
            "text": tweet.text,
            "created_at": tweet.created.isoformat(),
            "media": [self._media(item) for item in media if item],
        }

    def _media(self, media: Media) -> dict[str, Any]:
        return {
            "id": str(media.id),
            "media_key": media.key,
            "user_id": media.user_id,
            "size": len(media.picture),
            "sha256": sha256(media.picture).hexdigest(),
            "alt": media.alt,
        }


def _pressed(form: dict[str, str]) -> Fault:
    """The fault behind a button. Raises KeyError, IndexError or ValueError for anything else."""
    if form["call"] not in CALLS:
        raise ValueError("no such call")
    offer = dict(enumerate(OFFERS))[int(form["offer"])]
    method, _, path = form["call"].partition(" ")
    fault = {
        "method": method,
        "path": path,
        "kind": offer.kind,
        "times": form.get("times", "1"),
        "reset_in": offer.reset_in,
    }
    return Fault.model_validate(fault)
