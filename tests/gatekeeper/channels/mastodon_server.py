"""A Mastodon server as strict as Mastodon 4.4: docs.joinmastodon.org and mastodon's sources
(post_status_service.rb, statuses_controller.rb, media_controller.rb, api/error_handling.rb).
"""

from __future__ import annotations

import io
import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Any

from PIL import Image
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from tests.gatekeeper.channels.loopback import Handler, LoopbackServer, Refused, milliseconds

ERRORS = {
    401: "The access token is invalid",
    403: "This action is not allowed",
    404: "Record not found",
    422: "Validation failed: Text can't be blank",
    429: "Too many requests",
}
STATUS_FIELDS = {
    "status", "media_ids[]", "sensitive", "visibility", "spoiler_text", "language",
}  # fmt: skip
LIST_FIELDS = {"only_media", "exclude_reblogs", "max_id", "since_id", "limit"}
HOUR = 3600_000


@dataclass
class Member:
    """An account with one access token."""

    id: str
    username: str
    name: str
    token: str
    scopes: list[str] = field(
        default_factory=lambda: [
            "read:accounts", "read:statuses", "write:media", "write:statuses",
        ]
    )  # fmt: skip
    disabled: bool = False
    picture: bytes = b""


@dataclass
class Media:
    id: int
    owner: Member
    jpeg: bytes = field(repr=False)
    alt: str | None
    looks_left: int = 0
    """How often it is still answered as not ready."""
    status_id: int | None = None


@dataclass
class Status:
    id: int
    owner: Member
    text: str
    media: list[Media]
    visibility: str
    sensitive: bool
    spoiler: str = ""
    edited: bool = False


class MastodonServer(LoopbackServer):
    """What it holds: `statuses` and `media`. Behaviour of older versions is switched on by
    `drops_unknown_media`; `slow_pictures` makes pictures wait for so many looks.
    """

    def __init__(self, *members: Member) -> None:
        super().__init__()
        self.members = list(members)
        self._count = itertools.count()
        self.reset()

    def reset(self) -> None:
        self.statuses: list[Status] = []
        self.media: list[Media] = []
        self.calls.clear()
        self.faults.clear()
        self.keys: dict[tuple[str, str], tuple[int, int]] = {}
        self.hours_later = 0
        self.characters, self.picture_bytes = 500, 16_777_216
        self.drops_unknown_media = self.forgets_alts = False
        self.slow_pictures = 0
        for member in self.members:
            member.disabled = False

    def routes(self) -> list[tuple[str, str, Handler]]:
        return [
            ("GET", "/api/v2/instance/", self.instance),
            ("GET", "/api/v1/accounts/verify_credentials", self.me),
            ("GET", "/api/v1/apps/verify_credentials", self.app_of_token),
            ("GET", "/api/v1/accounts/{id}/statuses", self.listed),
            ("POST", "/api/v2/media", self.upload),
            ("GET", "/api/v1/media/{id}", self.media_of),
            ("POST", "/api/v1/statuses", self.create),
            ("GET", "/api/v1/statuses/{id}", self.status),
            ("GET", "/api/v1/statuses/{id}/source", self.source),
            ("DELETE", "/api/v1/statuses/{id}", self.delete),
            ("GET", "/avatars/{id}/static.png", self.avatar),
        ]

    def problem(self, status: int, error: str | None = None) -> Response:
        return JSONResponse({"error": error or ERRORS.get(status, "Something went wrong")}, status)

    def unknown(self, request: Request) -> Response:
        return HTMLResponse("<html>The page you are looking for isn't here.</html>", 404)

    def of(self, member: Member) -> list[Status]:
        return [status for status in self.statuses if status.owner is member]

    # --- accounts ---------------------------------------------------------------------------

    async def instance(self, request: Request) -> Response:
        configuration = {
            "statuses": {
                "max_characters": self.characters,
                "max_media_attachments": 4,
                "characters_reserved_per_url": 23,
            },
            "media_attachments": {
                "description_limit": 1500,
                "image_matrix_limit": 33_177_600,
                "image_size_limit": self.picture_bytes,
                "supported_mime_types": ["image/jpeg", "image/png"],
            },
        }
        return JSONResponse(
            {"domain": "school.test", "version": "4.4.8", "configuration": configuration}
        )

    async def me(self, request: Request) -> Response:
        return JSONResponse(self._account(self._signed(request, "read:accounts")))

    async def app_of_token(self, request: Request) -> Response:
        member = self._signed(request)
        return JSONResponse({"id": "1", "name": "Gatekeeper", "scopes": member.scopes})

    async def avatar(self, request: Request) -> Response:
        [member] = [one for one in self.members if one.id == request.path_params["id"]]
        return Response(member.picture, media_type="image/png")

    # --- pictures ---------------------------------------------------------------------------

    async def upload(self, request: Request) -> Response:
        member = self._signed(request, "write:media")
        async with request.form(max_files=1) as form:
            self._checked(request, form, "multipart/form-data", {"file", "description", "focus"})
            upload, alt = form.get("file"), form.get("description")
            content = await upload.read() if isinstance(upload, UploadFile) else b""
        if len(content) > self.picture_bytes:
            raise Refused(self.problem(422, "Validation failed: File must be less than 16 MB"))
        try:
            Image.open(io.BytesIO(content)).verify()
        except Exception:
            error = "Validation failed: File content type is invalid, File is invalid"
            raise Refused(self.problem(422, error)) from None
        kept = None if alt is None or self.forgets_alts else str(alt).strip()[:1500]
        media = Media(self._id(), member, content, kept, self.slow_pictures)
        self.media.append(media)
        return JSONResponse(self._attachment(media), 202 if media.looks_left else 200)

    async def media_of(self, request: Request) -> Response:
        member = self._signed(request, "write:media")
        for media in self.media:
            waits = media.owner is member and media.status_id is None
            if str(media.id) == request.path_params["id"] and waits:
                media.looks_left = max(0, media.looks_left - 1)
                return JSONResponse(self._attachment(media), 206 if media.looks_left else 200)
        raise Refused(self.problem(404))

    # --- posts ------------------------------------------------------------------------------

    async def create(self, request: Request) -> Response:
        member = self._signed(request, "write:statuses")
        form = await request.form()
        self._checked(request, form, "application/x-www-form-urlencoded", STATUS_FIELDS)
        key = (member.id, request.headers.get("Idempotency-Key", ""))
        made, until = self.keys.get(key, (0, 0))
        if key[1] and until > self._now():
            return JSONResponse(self._shown(self._status(str(made), member)))
        text = str(form.get("status", "")).strip()
        media = self._attachable(member, [str(one) for one in form.getlist("media_ids[]")])
        if not text and not media:
            raise Refused(self.problem(422))
        if len(re.sub(r"https?://\S+", "x" * 23, text)) > self.characters:
            error = f"Validation failed: Text character limit of {self.characters} exceeded"
            raise Refused(self.problem(422, error))
        visibility = str(form.get("visibility", "public"))
        if visibility not in ("public", "unlisted", "private", "direct"):
            raise Refused(self.problem(422, "Validation failed: Visibility is invalid"))
        sensitive = str(form.get("sensitive", "0")) not in ("0", "false", "")
        status = Status(self._id(), member, text, media, visibility, sensitive)
        for one in media:
            one.status_id = status.id
        self.statuses.append(status)
        self.keys[key] = (status.id, self._now() + HOUR)
        return JSONResponse(self._shown(status))

    async def status(self, request: Request) -> Response:
        return JSONResponse(self._shown(self._status(request.path_params["id"], None)))

    async def source(self, request: Request) -> Response:
        member = self._signed(request, "read:statuses")
        status = self._status(request.path_params["id"], member)
        return JSONResponse(
            {"id": str(status.id), "text": status.text, "spoiler_text": status.spoiler}
        )

    async def delete(self, request: Request) -> Response:
        member = self._signed(request, "write:statuses")
        status = self._status(request.path_params["id"], member)
        form = await request.form()
        shown = self._shown(status) | {"text": status.text}
        self.statuses.remove(status)
        for media in status.media:
            media.status_id = None
            if form.get("delete_media") in ("1", "true"):
                self.media.remove(media)
        return JSONResponse(shown)

    async def listed(self, request: Request) -> Response:
        self._signed(request, "read:statuses")
        query = request.query_params
        if unknown := set(query) - LIST_FIELDS:
            raise Refused(self.problem(400, f"unknown parameters: {unknown}"))
        limit = min(int(query.get("limit", 20)), 40)
        found = [
            status
            for status in reversed(self.statuses)
            if status.owner.id == request.path_params["id"]
            and ("max_id" not in query or status.id < int(query["max_id"]))
            and ("since_id" not in query or status.id > int(query["since_id"]))
            and (status.media or "only_media" not in query)
        ][:limit]
        answer = JSONResponse([self._shown(status) for status in found])
        if len(found) == limit:
            after = f"{self.url}{request.url.path}?max_id={found[-1].id}"
            answer.headers["Link"] = f'<{after}>; rel="next"'
        return answer

    # --- checks -----------------------------------------------------------------------------

    def _signed(self, request: Request, scope: str = "") -> Member:
        header = request.headers.get("Authorization", "")
        for member in self.members:
            if header == f"Bearer {member.token}":
                break
        else:
            raise Refused(self.problem(401))
        if scope and not {scope, scope.split(":")[0]} & set(member.scopes):
            raise Refused(self.problem(403, "This action is outside the authorized scopes"))
        if member.disabled:
            raise Refused(self.problem(403, "Your login is currently disabled"))
        return member

    def _checked(self, request: Request, form: FormData, kind: str, fields: set[str]) -> None:
        if not request.headers.get("Content-Type", "").startswith(kind):
            raise Refused(self.problem(400, "wrong content type"))
        if unknown := set(form) - fields:
            raise Refused(self.problem(400, f"unknown fields: {unknown}"))

    def _attachable(self, member: Member, ids: list[str]) -> list[Media]:
        if len(ids) > 4:
            error = "Validation failed: Cannot attach more than 4 files"
            raise Refused(self.problem(422, error))
        waiting = {str(m.id): m for m in self.media if m.owner is member and m.status_id is None}
        missing = [one for one in ids if one not in waiting]
        if missing and not self.drops_unknown_media:
            error = f"Media {', '.join(missing)} not found or already attached to another post"
            raise Refused(self.problem(422, error))
        found = [waiting[one] for one in ids if one in waiting]
        if any(media.looks_left for media in found):
            error = "Cannot attach files that have not finished processing. Try again in a moment!"
            raise Refused(self.problem(422, error))
        return found

    def _status(self, number: str, owner: Member | None) -> Status:
        for status in self.statuses:
            if str(status.id) == number and owner in (None, status.owner):
                return status
        raise Refused(self.problem(404))

    # --- entities ---------------------------------------------------------------------------

    def _account(self, member: Member) -> dict[str, Any]:
        avatar = f"/avatars/{member.id}/static.png" if member.picture else "/avatars/missing.png"
        return {
            "id": member.id,
            "username": member.username,
            "acct": member.username,
            "display_name": member.name,
            "locked": True,
            "bot": False,
            "created_at": "2026-09-01T00:00:00.000Z",
            "note": "",
            "url": f"{self.url}/@{member.username}",
            "avatar": f"{self.url}{avatar}",
            "avatar_static": f"{self.url}{avatar}",
            "followers_count": 0,
            "following_count": 0,
            "statuses_count": len(self.of(member)),
            "emojis": [],
            "fields": [],
        }

    def _attachment(self, media: Media) -> dict[str, Any]:
        url = f"{self.url}/system/media_attachments/{media.id}/0d1e9c4ab2.jpeg"
        return {
            "id": str(media.id),
            "type": "image",
            "url": None if media.looks_left else url,
            "preview_url": None if media.looks_left else url,
            "remote_url": None,
            "meta": {"original": {"width": 320, "height": 240}},
            "description": media.alt,
            "blurhash": None,
        }

    def _shown(self, status: Status) -> dict[str, Any]:
        created = datetime.fromtimestamp((status.id >> 16) / 1000, UTC)
        url = f"{self.url}/@{status.owner.username}/{status.id}"
        return {
            "id": str(status.id),
            "created_at": created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "sensitive": status.sensitive,
            "spoiler_text": status.spoiler,
            "edited_at": "2026-11-24T10:00:00.000Z" if status.edited else None,
            "visibility": status.visibility,
            "language": "en",
            "uri": f"{self.url}/users/{status.owner.username}/statuses/{status.id}",
            "url": url,
            "replies_count": 0,
            "reblogs_count": 0,
            "favourites_count": 0,
            "content": f"<p>{escape(status.text)}</p>",
            "reblog": None,
            "account": self._account(status.owner),
            "media_attachments": [self._attachment(media) for media in status.media],
            "mentions": [],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": None,
        }

    def _id(self) -> int:
        return (milliseconds() << 16) + next(self._count) % 65_536

    def _now(self) -> int:
        return milliseconds() + self.hours_later * HOUR
