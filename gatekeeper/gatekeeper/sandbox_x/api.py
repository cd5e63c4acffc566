"""The calls of X's API that Gatekeeper uses (docs.x.com/x-api), with X's own limits."""

from __future__ import annotations

import json
import warnings
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gatekeeper.sandbox_x import problems
from gatekeeper.sandbox_x.state import Media, State, Tweet
from gatekeeper.sandbox_x.timeline import timeline
from gatekeeper.sandbox_x.users import SandboxUser

MAX_WEIGHT = 280
MAX_PICTURES = 4
MAX_ALT_TEXT = 1000
MAX_PICTURE_BYTES = 5_000_000
SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
NOT_JSON = "The body of the request is not the JSON that this call takes."

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # its emoji list is read with pkg_resources
    from twitter_text import parse_tweet


class Api:
    """Each method is one call; who makes it has been checked already."""

    def __init__(self, state: State, users: dict[str, SandboxUser]) -> None:
        self._state = state
        self._users = users

    async def upload(self, request: Request, user: SandboxUser) -> Response:
        """POST /2/media/upload"""
        async with request.form(max_files=1) as form:
            upload, category = form.get("media"), form.get("media_category")
            picture = await upload.read() if isinstance(upload, UploadFile) else b""
        if category != "tweet_image" or not picture.startswith(SIGNATURES):
            return problems.invalid("media is a JPEG or PNG file with media_category tweet_image.")
        if len(picture) > MAX_PICTURE_BYTES:
            return problems.invalid("The picture is larger than 5 MB.")
        media = self._state.add_media(user.id, picture)
        data = {
            "id": str(media.id),
            "media_key": media.key,
            "size": len(picture),
            "expires_after_secs": 86_400,
        }
        return JSONResponse({"data": data})

    async def upload_v1(self, request: Request, user: SandboxUser) -> Response:
        """POST /1.1/media/upload.json"""
        async with request.form(max_files=1) as form:
            upload = form.get("media")
            picture = await upload.read() if isinstance(upload, UploadFile) else b""
        if not picture.startswith(SIGNATURES) or len(picture) > MAX_PICTURE_BYTES:
            return problems.invalid("media type unrecognized.")
        media = self._state.add_media(user.id, picture)
        return JSONResponse({"media_id": media.id, "media_id_string": str(media.id)})

    async def metadata_v1(self, request: Request, user: SandboxUser) -> Response:
        """POST /1.1/media/metadata/create.json; a success has no body."""
        body = await _json(request)
        try:
            number, alt = str(body["media_id"]), body["alt_text"]["text"]
        except (KeyError, TypeError):
            return problems.invalid(NOT_JSON)
        if self._own(number, user) is None or not isinstance(alt, str):
            return problems.invalid("Invalid media ID or alt text.")
        if len(alt) > MAX_ALT_TEXT:
            return problems.invalid(f"An alt text has at most {MAX_ALT_TEXT} characters.")
        self._state.describe(int(number), alt)
        return Response(status_code=200)

    async def metadata(self, request: Request, user: SandboxUser) -> Response:
        """POST /2/media/metadata"""
        body = await _json(request)
        try:
            number, alt = str(body["id"]), body["metadata"]["alt_text"]["text"]
        except (KeyError, TypeError):
            return problems.invalid(NOT_JSON)
        if self._own(number, user) is None:
            return problems.invalid("Your media IDs are invalid.", id=number)
        if not isinstance(alt, str) or len(alt) > MAX_ALT_TEXT:
            return problems.invalid(f"An alt text has at most {MAX_ALT_TEXT} characters.")
        self._state.describe(int(number), alt)
        metadata = {"alt_text": {"text": alt}}
        return JSONResponse({"data": {"id": number, "associated_metadata": metadata}})

    async def create(self, request: Request, user: SandboxUser) -> Response:
        """POST /2/tweets"""
        body = await _json(request)
        if not body or set(body) - {"text", "media"}:
            return problems.invalid(NOT_JSON)
        text = body.get("text")
        parsed = parse_tweet(text) if isinstance(text, str) else None
        if parsed is None or not parsed.valid or parsed.weightedLength > MAX_WEIGHT:
            return problems.invalid("Your Tweet text is too long or empty.", text=str(text))
        media = self._attached(body.get("media"), user)
        if media is None:
            return problems.invalid("Your media IDs are invalid.")
        if any(tweet.text == text for tweet in self._state.tweets(user.id)):
            return problems.duplicate()
        tweet = self._state.add_tweet(user.id, str(text), media)
        return JSONResponse({"data": _shown(tweet, attachments=False)}, 201)

    async def delete(self, request: Request, user: SandboxUser) -> Response:
        """DELETE /2/tweets/{id}"""
        tweet = self._tweet(request)
        if tweet is None:
            return JSONResponse({"data": {"deleted": False}})
        if tweet.user_id != user.id:
            return problems.plain(403, "You are not permitted to delete this Tweet.")
        self._state.delete_tweet(tweet.id)
        return JSONResponse({"data": {"deleted": True}})

    async def tweet(self, request: Request, user: SandboxUser) -> Response:
        """GET /2/tweets/{id}"""
        tweet = self._tweet(request)
        if tweet is None:
            return problems.not_found("tweet", request.path_params["id"])
        return JSONResponse({"data": _shown(tweet, attachments=True)})

    async def me(self, request: Request, user: SandboxUser) -> Response:
        """GET /2/users/me"""
        data: dict[str, Any] = {"id": user.id, "name": user.name, "username": user.username}
        wanted = request.query_params.get("user.fields", "").split(",")
        if "protected" in wanted:
            data["protected"] = user.protected
        if "profile_image_url" in wanted:
            data["profile_image_url"] = _picture_url(user)
        return JSONResponse({"data": data})

    async def profile_picture(self, request: Request) -> Response:
        """What pbs.twimg.com serves, without a signature and in one size."""
        user = self._users.get(request.path_params["id"])
        if user is None or not user.picture:
            return Response(status_code=404)
        is_png = user.picture.startswith(SIGNATURES[1])
        return Response(user.picture, media_type="image/png" if is_png else "image/jpeg")

    async def users_tweets(self, request: Request, user: SandboxUser) -> Response:
        """GET /2/users/{id}/tweets"""
        user_id = request.path_params["id"]
        if user_id not in self._users:
            return problems.not_found("user", user_id)
        try:
            page = timeline(self._state.tweets(user_id), request.query_params)
        except ValueError as error:
            return problems.invalid(str(error))
        body: dict[str, Any] = {"meta": page.meta}
        if page.tweets:
            body["data"] = [_shown(tweet, page.attachments) for tweet in page.tweets]
        media = [self._state.media(number) for tweet in page.tweets for number in tweet.media]
        if page.expand and media:
            body["includes"] = {"media": [_listed(item) for item in media if item]}
        return JSONResponse(body)

    def _tweet(self, request: Request) -> Tweet | None:
        number = _number(request.path_params["id"])
        return None if number is None else self._state.tweet(number)

    def _own(self, media_id: object, user: SandboxUser) -> Media | None:
        number = _number(media_id)
        media = None if number is None else self._state.media(number)
        return media if media and media.user_id == user.id else None

    def _attached(self, media: Any, user: SandboxUser) -> tuple[int, ...] | None:
        """The ids of the pictures of a new post; None when X would not take them."""
        if media is None:
            return ()
        ids = media.get("media_ids") if isinstance(media, dict) else None
        if not isinstance(ids, list) or not 1 <= len(ids) <= MAX_PICTURES:
            return None
        own = [self._own(number, user) for number in ids]
        numbers = tuple(item.id for item in own if item)
        return numbers if len(numbers) == len(set(numbers)) == len(ids) else None


def _picture_url(user: SandboxUser) -> str:
    if user.picture:
        return f"https://pbs.twimg.com/profile_images/{user.id}/picture_normal.png"
    return "https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png"


def _number(text: object) -> int | None:
    """An id of X, which has at most 19 digits; None for what cannot be one."""
    digits = isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= 19
    return int(str(text)) if digits else None


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _shown(tweet: Tweet, attachments: bool) -> dict[str, Any]:
    number = str(tweet.id)
    shown: dict[str, Any] = {"id": number, "text": tweet.text, "edit_history_tweet_ids": [number]}
    if attachments and tweet.media:
        shown["attachments"] = {"media_keys": [f"3_{media}" for media in tweet.media]}
    return shown


def _listed(media: Media) -> dict[str, str]:
    return {"media_key": media.key, "type": "photo", "alt_text": media.alt}
