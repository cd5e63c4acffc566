"""The connection to X: tweepy's client with time-outs, no resends, and a sandbox if asked."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import tweepy
from requests.adapters import HTTPAdapter

from gatekeeper.channels.twitter.errors import used_up_until
from gatekeeper_queue.budget import Action

if TYPE_CHECKING:
    from gatekeeper.channels.twitter.channel import TwitterCredentials

API = "https://api.x.com"
X_HOSTS = ("api.x.com", "api.twitter.com", "upload.twitter.com")
PICTURE_HOSTS = ("pbs.twimg.com", "abs.twimg.com")
NAME = "picture.jpg"
"""Always the same: a file name may name a child."""
MAX_PICTURE = 5_000_000
"""Bytes of a profile picture."""
_ACTIONS: dict[str, Action] = {"POST": "send", "DELETE": "remove"}
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class XAdapter(HTTPAdapter):
    """Sends with a time-out and never twice: a resend would carry a used nonce.

    With `base_url` the request goes there after it was signed for X, with X's Host header,
    and requests to any other host are refused.
    """

    def __init__(self, base_url: str | None, timeout: tuple[float, float]) -> None:
        super().__init__(max_retries=0)
        self._base_url = base_url
        self._timeout = timeout

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        if self._base_url:
            request = _to_sandbox(request, self._base_url)
        return super().send(request, stream, self._timeout, verify, cert, proxies)


def _to_sandbox(request: requests.PreparedRequest, base_url: str) -> requests.PreparedRequest:
    parts = urlsplit(str(request.url))
    if parts.netloc not in (*X_HOSTS, *PICTURE_HOSTS):
        raise requests.exceptions.InvalidURL("only calls to X go to the sandbox")
    request = request.copy()
    request.headers["Host"] = parts.netloc
    request.url = f"{base_url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
    return request


class XConnection:
    """A tweepy client, and the two calls of API v2 that tweepy does not have."""

    def __init__(
        self, credentials: TwitterCredentials, base_url: str | None, timeout: tuple[float, float]
    ) -> None:
        _cap_loggers()
        keys = (
            credentials.consumer_key,
            credentials.consumer_secret,
            credentials.access_token,
            credentials.access_token_secret,
        )
        self.client = tweepy.Client(None, *keys, wait_on_rate_limit=False)
        self._signer = tweepy.OAuth1UserHandler(*keys)
        self._session: requests.Session = self.client.session
        self._session.trust_env = False
        # A redirect would send the post once more, to a place that nobody has approved.
        self._session.max_redirects = 0
        self.used_up: dict[Action, datetime] = {}
        """What the last answers left nothing of."""
        self._session.hooks["response"].append(self._note_limits)
        self._session.adapters.clear()
        self._session.mount("https://", XAdapter(_checked(base_url), timeout))

    def upload_v1(self, jpeg: bytes) -> str:
        """POST /1.1/media/upload.json, which X keeps for some plans; returns the media id."""
        file = io.BytesIO(jpeg)
        number = str(self._v1().simple_upload(filename=NAME, file=file).media_id_string)
        if not number.isdecimal():
            raise ValueError("not an id of X")
        return number

    def describe_v1(self, media_id: str, alt: str) -> None:
        """POST /1.1/media/metadata/create.json"""
        self._v1().create_media_metadata(media_id, alt)

    def _v1(self) -> tweepy.API:
        api = tweepy.API(self._signer)
        api.session = self._session
        return api

    def upload(self, jpeg: bytes) -> str:
        """POST /2/media/upload; returns the media id (docs.x.com/x-api/media/upload-media)."""
        response = self._session.post(
            f"{API}/2/media/upload",
            data={"media_category": "tweet_image"},
            files={"media": (NAME, jpeg, "image/jpeg")},
            headers={"User-Agent": self.client.user_agent},
            auth=self._signer.apply_auth(),
        )
        if not response.ok:
            raise tweepy.HTTPException(response)
        return _media_id(response.json())

    def describe(self, media_id: str, alt: str) -> None:
        """POST /2/media/metadata (docs.x.com/x-api/media/create-media-metadata)."""
        body = {"id": media_id, "metadata": {"alt_text": {"text": alt}}}
        answer = self.client.request("POST", "/2/media/metadata", json=body, user_auth=True).json()
        if answer.get("errors") or _media_id(answer) != media_id:
            raise ValueError("the alt text was not confirmed")

    def picture(self, url: str) -> bytes:
        """A profile picture, from X's own host for pictures. No key travels with the request."""
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.netloc not in PICTURE_HOSTS:
            raise ValueError("not a picture of X")
        with self._session.get(url, stream=True) as response:
            if not response.ok:
                raise tweepy.HTTPException(response)
            return b"".join(_at_most(response, MAX_PICTURE))

    def _note_limits(self, response: requests.Response, **_: object) -> None:
        posts = urlsplit(response.url).path.startswith("/2/tweets")
        action = _ACTIONS.get(str(response.request.method)) if posts else None
        until = used_up_until(response) if action else None
        if action and until:
            self.used_up[action] = until

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()


def _at_most(response: requests.Response, most: int) -> Iterator[bytes]:
    size = 0
    for part in response.iter_content(65_536):
        size += len(part)
        if size > most:
            raise ValueError("the picture is too large")
        yield part


def _media_id(answer: dict[str, Any]) -> str:
    number = str(answer["data"]["id"])
    if not number.isdecimal():
        raise ValueError("not an id of X")
    return number


def _checked(base_url: str | None) -> str | None:
    """Tokens and pictures travel in clear to an http address, so only to this computer."""
    if base_url is None:
        return None
    parts = urlsplit(base_url)
    loopback = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not (loopback or (parts.scheme == "https" and parts.hostname)):
        raise ValueError("The address of a sandbox X is https, or http on this computer only.")
    return base_url.rstrip("/")


def _cap_loggers() -> None:
    """At DEBUG these libraries write captions, tokens and signatures."""
    for name in ("tweepy", "requests_oauthlib", "oauthlib"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logging.INFO, logger.getEffectiveLevel()))
