"""A Bluesky server as strict as the reference one: the AT Protocol lexicons and the sources of
atproto/packages/pds. It is the account's server and the app's view of it in one.
"""

from __future__ import annotations

import base64
import hmac
import itertools
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.gatekeeper.channels.loopback import Handler, LoopbackServer, Refused, milliseconds

ERRORS = {
    400: "InvalidRequest",
    401: "AuthenticationRequired",
    403: "Forbidden",
    413: "PayloadTooLarge",
    429: "RateLimitExceeded",
    500: "InternalServerError",
    501: "MethodNotImplemented",
}
POSTS = "app.bsky.feed.post"
TID = re.compile(r"[2-7a-j][2-7a-z]{12}")
TWO_HOURS, MONTHS = 2 * 3600, 90 * 24 * 3600
SECRET = b"the key that this server signs its tokens with"


@dataclass
class Actor:
    """An account with one app password."""

    did: str
    handle: str
    app_password: str
    name: str = ""
    picture: bytes = b""
    suspended: bool = False
    hidden: bool = False
    """Asks apps to show it to people who are signed in only."""


@dataclass
class Blob:
    owner: Actor
    content: bytes = field(repr=False)
    kind: str

    @property
    def cid(self) -> str:
        return content_id(self.content)

    @property
    def reference(self) -> dict[str, Any]:
        size = len(self.content)
        return {"$type": "blob", "ref": {"$link": self.cid}, "mimeType": self.kind, "size": size}


class BlueskyServer(LoopbackServer):
    """What it holds: `records` by place and `blobs`. `view` is what the app shows; with
    `view_lags` it keeps what was deleted.
    """

    def __init__(self, *actors: Actor) -> None:
        super().__init__()
        self.actors = list(actors)
        self._count = itertools.count()
        self.reset()

    def reset(self) -> None:
        self.records: dict[str, dict[str, Any]] = {}
        self.view: dict[str, dict[str, Any]] = {}
        self.view_lags = False
        self.blobs: list[Blob] = []
        self.calls.clear()
        self.faults.clear()
        self.refreshed: set[str] = set()
        self.token_life = TWO_HOURS
        self.picture_bytes = 2_000_000
        self.names_server: str | None = None
        for actor in self.actors:
            actor.suspended = False

    def routes(self) -> list[tuple[str, str, Handler]]:
        calls: dict[str, tuple[str, Handler]] = {
            "com.atproto.server.createSession": ("POST", self.create_session),
            "com.atproto.server.refreshSession": ("POST", self.refresh_session),
            "com.atproto.repo.uploadBlob": ("POST", self.upload_blob),
            "com.atproto.repo.createRecord": ("POST", self.create_record),
            "com.atproto.repo.deleteRecord": ("POST", self.delete_record),
            "com.atproto.repo.getRecord": ("GET", self.get_record),
            "com.atproto.sync.getBlob": ("GET", self.get_blob),
            "app.bsky.feed.getPosts": ("GET", self.get_posts),
            "app.bsky.actor.getProfile": ("GET", self.get_profile),
        }
        return [(method, f"/xrpc/{name}", call) for name, (method, call) in calls.items()] + [
            ("GET", "/img/avatar/{handle}", self.avatar)
        ]

    def problem(self, status: int, error: str = "", message: str = "") -> Response:
        name = error or ERRORS.get(status, "InternalServerError")
        return JSONResponse({"error": name, "message": message or name}, status)

    def unknown(self, request: Request) -> Response:
        return self.problem(501)

    def refuse(self, message: str, error: str = "InvalidRequest", status: int = 400) -> Refused:
        return Refused(self.problem(status, error, message))

    def place_of(self, actor: Actor) -> list[str]:
        return [place for place in self.records if place.startswith(f"at://{actor.did}/")]

    # --- sessions ---------------------------------------------------------------------------

    async def create_session(self, request: Request) -> Response:
        body = await self._json(request, {"identifier", "password"})
        for actor in self.actors:
            named = body["identifier"] in (actor.handle, actor.did)
            if named and hmac.compare_digest(actor.app_password, str(body["password"])):
                return JSONResponse(self._session(actor))
        raise self.refuse("Invalid identifier or password", "AuthenticationRequired", 401)

    async def refresh_session(self, request: Request) -> Response:
        actor, token = self._signed(request, "com.atproto.refresh")
        if token["jti"] in self.refreshed:
            raise self.refuse("Token has been revoked", "ExpiredToken")
        self.refreshed.add(token["jti"])
        return JSONResponse(self._session(actor))

    def _session(self, actor: Actor) -> dict[str, Any]:
        if actor.suspended:
            raise self.refuse("Account has been taken down", "AccountTakedown", 401)
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": self.names_server or self.url,
        }
        document = {
            "@context": ["https://www.w3.org/ns/did/v1"],
            "id": actor.did,
            "alsoKnownAs": [f"at://{actor.handle}"],
            "verificationMethod": [],
            "service": [service],
        }
        return {
            "did": actor.did,
            "didDoc": document,
            "handle": actor.handle,
            "accessJwt": self._token(actor, "com.atproto.appPass", self.token_life),
            "refreshJwt": self._token(actor, "com.atproto.refresh", MONTHS),
            "active": True,
        }

    def _token(self, actor: Actor, scope: str, life: int) -> str:
        now = milliseconds() // 1000
        claims = {
            "scope": scope,
            "sub": actor.did,
            "iat": now,
            "exp": now + life,
            "jti": f"{next(self._count)}",
            "pass": sha256(actor.app_password.encode()).hexdigest(),
        }
        signed = ".".join(_part(one) for one in ({"typ": "at+jwt", "alg": "HS256"}, claims))
        return f"{signed}.{_b64(hmac.digest(SECRET, signed.encode(), 'sha256'))}"

    def _signed(self, request: Request, scope: str = "com.atproto.appPass") -> tuple[Actor, Any]:
        header = request.headers.get("Authorization", "")
        if not header.startswith("Bearer "):
            raise self.refuse("Authentication Required", "AuthenticationRequired", 401)
        signed, _, signature = header.removeprefix("Bearer ").rpartition(".")
        if signature != _b64(hmac.digest(SECRET, signed.encode(), "sha256")):
            raise self.refuse("Token could not be verified", "InvalidToken")
        payload = signed.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        if claims["scope"] != scope:
            raise self.refuse("Bad token scope", "InvalidToken")
        if claims["exp"] <= milliseconds() // 1000:
            raise self.refuse("Token has expired", "ExpiredToken")
        [actor] = [one for one in self.actors if one.did == claims["sub"]]
        if actor.suspended:
            raise self.refuse("Account has been taken down", "AccountTakedown", 401)
        known = claims["pass"] == sha256(actor.app_password.encode()).hexdigest()
        if scope == "com.atproto.refresh" and not known:
            raise self.refuse("Token has been revoked", "ExpiredToken")
        return actor, claims

    # --- the account's records --------------------------------------------------------------

    async def upload_blob(self, request: Request) -> Response:
        actor, _ = self._signed(request)
        kind = request.headers.get("Content-Type", "")
        content = await request.body()
        if not kind.startswith("image/") or not content.startswith(b"\xff\xd8\xff"):
            raise self.refuse(f"Wrong request encoding (Content-Type): {kind}")
        blob = Blob(actor, content, "image/jpeg")
        self.blobs = [one for one in self.blobs if (one.owner, one.cid) != (actor, blob.cid)]
        self.blobs.append(blob)
        return JSONResponse({"blob": blob.reference})

    async def create_record(self, request: Request) -> Response:
        actor, _ = self._signed(request)
        body = await self._json(request, {"repo", "collection", "rkey", "record"})
        self._own(actor, body)
        if not TID.fullmatch(str(body["rkey"])):
            raise self.refuse(f"Invalid record key: {body['rkey']}")
        record = self._valid(actor, body["record"])
        place = f"at://{actor.did}/{POSTS}/{body['rkey']}"
        if place in self.records:
            # The tree throws a plain error, which is nobody's business: a 500.
            raise Refused(self.problem(500, message="Internal Server Error"))
        self.records[place] = self.view[place] = record
        return JSONResponse({"uri": place, "cid": _record_cid(record), "validationStatus": "valid"})

    async def delete_record(self, request: Request) -> Response:
        actor, _ = self._signed(request)
        body = await self._json(request, {"repo", "collection", "rkey"})
        self._own(actor, body)
        place = f"at://{actor.did}/{POSTS}/{body['rkey']}"
        if self.records.pop(place, None) is None:
            return JSONResponse({})
        self.blobs = [blob for blob in self.blobs if self._is_used(blob)]
        if not self.view_lags:
            self.view.pop(place)
        return JSONResponse({"commit": {"cid": content_id(b"commit"), "rev": "3kaaaaaaaaa2a"}})

    async def get_record(self, request: Request) -> Response:
        query = self._query(request, {"repo", "collection", "rkey"})
        [actor] = [one for one in self.actors if query["repo"] in (one.did, one.handle)]
        if actor.suspended:
            raise self.refuse(f"Repo has been taken down: {actor.did}", "RepoTakendown")
        place = f"at://{actor.did}/{query['collection']}/{query['rkey']}"
        if place not in self.records:
            raise self.refuse(f"Could not locate record: {place}", "RecordNotFound")
        record = self.records[place]
        return JSONResponse({"uri": place, "cid": _record_cid(record), "value": record})

    async def get_blob(self, request: Request) -> Response:
        query = self._query(request, {"did", "cid"})
        for blob in self.blobs:
            if (blob.owner.did, blob.cid) == (query["did"], query["cid"]) and self._is_used(blob):
                return Response(blob.content, media_type=blob.kind)
        raise self.refuse("Blob not found", "BlobNotFound")

    # --- what the app shows -----------------------------------------------------------------

    async def get_posts(self, request: Request) -> Response:
        self._signed(request)
        shown = [place for place in request.query_params.getlist("uris") if place in self.view]
        return JSONResponse({"posts": [{"uri": one, "record": self.view[one]} for one in shown]})

    async def get_profile(self, request: Request) -> Response:
        self._signed(request)
        query = self._query(request, {"actor"})
        [actor] = [one for one in self.actors if query["actor"] in (one.did, one.handle)]
        seen: dict[str, Any] = {"did": actor.did, "handle": actor.handle, "labels": []}
        if actor.name:
            seen["displayName"] = actor.name
        if actor.picture:
            seen["avatar"] = f"{self.url}/img/avatar/{actor.handle}"
        if actor.hidden:
            seen["labels"] = [{"src": actor.did, "uri": "", "val": "!no-unauthenticated"}]
        return JSONResponse(seen)

    async def avatar(self, request: Request) -> Response:
        [actor] = [one for one in self.actors if one.handle == request.path_params["handle"]]
        return Response(actor.picture, media_type="image/png")

    # --- checks -----------------------------------------------------------------------------

    async def _json(self, request: Request, fields: set[str]) -> dict[str, Any]:
        if request.headers.get("Content-Type") != "application/json":
            raise self.refuse("Wrong request encoding (Content-Type)")
        body = json.loads(await request.body())
        if set(body) != fields:
            raise self.refuse(f"Input must have the properties {fields}, has {set(body)}")
        return dict(body)

    def _query(self, request: Request, fields: set[str]) -> dict[str, str]:
        query = dict(request.query_params)
        if set(query) != fields:
            raise self.refuse(f"Params must have the properties {fields}, have {set(query)}")
        return query

    def _own(self, actor: Actor, body: dict[str, Any]) -> None:
        if body["repo"] not in (actor.did, actor.handle):
            raise self.refuse("Authentication Required", "AuthenticationRequired", 401)
        if body["collection"] != POSTS:
            raise self.refuse("Not a collection of this test")

    def _is_used(self, blob: Blob) -> bool:
        used = [json.dumps(self.records[place]) for place in self.place_of(blob.owner)]
        return any(f'"{blob.cid}"' in record for record in used)

    def _valid(self, actor: Actor, record: dict[str, Any]) -> dict[str, Any]:
        if set(record) != {"$type", "text", "createdAt", "embed"} or record["$type"] != POSTS:
            raise self.refuse(f"Invalid {POSTS} record: {sorted(record)}")
        text = record["text"]
        if not isinstance(text, str) or len(text.encode()) > 3000:
            raise self.refuse(f"Invalid {POSTS} record: Record/text must not be longer")
        if len(re.sub("[\u0300-\u036f\ufe0f]|\u200d.", "", text)) > 300:
            raise self.refuse(f"Invalid {POSTS} record: Record/text must not be longer than 300")
        if datetime.fromisoformat(record["createdAt"]).tzinfo is None:
            raise self.refuse("Record/createdAt must be an valid atproto datetime")
        embed = record["embed"]
        if set(embed) != {"$type", "images"} or embed["$type"] != "app.bsky.embed.images":
            raise self.refuse("Record/embed is not what this test takes")
        if not 1 <= len(embed["images"]) <= 4:
            raise self.refuse("Record/embed/images must not have more than 4 elements")
        for image in embed["images"]:
            self._valid_image(actor, image)
        return record

    def _valid_image(self, actor: Actor, image: dict[str, Any]) -> None:
        ratio = image.get("aspectRatio", {"width": 1, "height": 1})
        named = set(image) - {"$type", "aspectRatio"} == {"alt", "image"}
        if not named or not isinstance(image["alt"], str):
            raise self.refuse("Record/embed/images must have the properties alt and image")
        if min(ratio["width"], ratio["height"]) < 1:
            raise self.refuse("aspectRatio/width can not be less than 1")
        for blob in self.blobs:
            if blob.owner is actor and blob.cid == image["image"]["ref"]["$link"]:
                break
        else:
            raise self.refuse("Could not find blob", "BlobNotFound")
        if image["image"] != blob.reference:
            raise self.refuse("Referenced Mimetype does not match stored blob", "InvalidMimeType")
        if len(blob.content) > self.picture_bytes:
            raise self.refuse("This file is too large", "BlobTooLarge")


def content_id(content: bytes) -> str:
    binary = b"\x01\x55\x12\x20" + sha256(content).digest()
    return "b" + base64.b32encode(binary).decode().lower().rstrip("=")


def _record_cid(record: dict[str, Any]) -> str:
    return content_id(json.dumps(record).encode()).replace("bafkrei", "bafyrei")


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _part(claims: dict[str, Any]) -> str:
    return _b64(json.dumps(claims).encode())
