"""The connection to a WordPress site, and what its answers mean.

Every call goes to `/?rest_route=`, which works whatever the site's permalinks are. Nothing is
sent twice and no redirect is followed. Messages carry a status and WordPress's own code for the
fault at most: the rest of an answer may repeat captions, and those do not belong in logs.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from json import loads
from typing import Any

import httpx

from gatekeeper.channels.addresses import may_be_asked, site_address
from gatekeeper.channels.calls import Gone
from gatekeeper_queue.channel import (
    ChannelError,
    OutcomeUnknown,
    PermanentFailure,
    RetryLater,
)

MAX_ANSWER = 2_000_000
"""Bytes of an answer that are read; only the fields that are needed are asked for."""
MAX_PICTURE = 20_000_000
TOTAL = 90.0
"""Seconds in which an answer must be complete: a trickle never runs into the other limits."""
_LONGEST_WAIT = timedelta(days=1)

ROLE = "Give Gatekeeper a WordPress user of its own with the role Author."
NOT_WORDPRESS = (
    "Ask the technician whether a plug-in or the web server keeps programs away from "
    "WordPress's REST API, and whether the address is that of the site's front page."
)
REFUSED = {
    400: "So it answers a user who may do too little, and one whose application password it does "
    "not accept any more. Ask the technician to check the account.",
    401: "WordPress does not accept the user name and the application password. Make a new "
    "application password for that user and enter both again. If they are right, the web server "
    "may be dropping the Authorization header.",
    403: f"This WordPress user may not do that, or a plug-in forbids it. {ROLE}",
    404: f"The site does not know the request. {NOT_WORDPRESS}",
    413: "The web server takes no pictures of that size. Ask the technician to raise its limit.",
}
STORAGE = (
    "The site could not store the picture: its disk is full, its upload folder cannot be written, "
    "or it does not take such files."
)


@dataclass(frozen=True)
class WordPressKeys:
    """What lets Gatekeeper into one site."""

    site: str
    user: str
    password: str = field(repr=False)
    """An application password, never the one that the user signs in with."""


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: httpx.Headers
    body: bytes = field(repr=False)

    @property
    def data(self) -> Any:
        """The JSON in it; None where there is none."""
        try:
            return loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def code(self) -> str:
        """WordPress's name for what went wrong; empty where WordPress did not answer."""
        data = self.data
        code = data.get("code") if isinstance(data, dict) else None
        return code if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,60}", code) else ""


class WordPressSite:
    """One site as one of its users.

    `timeout` is (to connect, to wait for bytes) in seconds. Raises PermanentFailure for keys
    that cannot be right; contacts nobody.
    """

    def __init__(
        self, keys: WordPressKeys, timeout: tuple[float, float], now: Callable[[], datetime]
    ) -> None:
        self.address = site_address(keys.site)
        user, password = keys.user.strip(), keys.password.strip()
        if not user or ":" in user or not password:
            raise PermanentFailure("Enter the WordPress user name and its application password.")
        self._auth = httpx.BasicAuth(user, password)
        self._timeout = httpx.Timeout(timeout[1], connect=timeout[0])
        self._now = now

    def ask(
        self,
        what: str,
        method: str,
        route: str,
        query: Mapping[str, str | int],
        *,
        gone: str = "rest_post_invalid_id",
        **body: Any,
    ) -> Any:
        """One call; returns the JSON of a good answer.

        `what` completes "WordPress was asked ...", `gone` is WordPress's code for what is not
        there, and `body` what httpx takes as `json`, `data` and `files`. Raises OutcomeUnknown
        when no clear answer came, RetryLater when nothing was sent or the site wants fewer
        calls, Gone, and PermanentFailure for every other clear no.
        """
        address = httpx.URL(f"{self.address}/", params={"rest_route": f"/wp/v2/{route}", **query})
        answer = self._send(what, method, address, MAX_ANSWER, auth=self._auth, **body)
        data = answer.data
        if answer.status in (200, 201) and isinstance(data, dict | list):
            return data
        if answer.code == gone:
            raise Gone(f"WordPress was asked {what} but does not have it.")
        raise self._meaning(what, answer)

    def picture(self, url: str) -> bytes | None:
        """A picture as anybody sees it; None when there is none at this address.

        What `may_be_asked` does not let Gatekeeper look at counts as none. Raises RetryLater
        when the site cannot say, or will not: what it keeps from Gatekeeper it may show others.
        """
        # Sites that moved to https often go on naming their files by http.
        if self.address.startswith("https://") and url.startswith("http://"):
            url = f"https://{url.removeprefix('http://')}"
        if not may_be_asked(url, self.address):
            return None
        answer = self._send("to show a picture", "GET", url, MAX_PICTURE)
        if answer.status in (401, 403, 429) or answer.status >= 500:
            raise RetryLater(f"The site was asked to show a picture and did not ({answer.status}).")
        kind = answer.headers.get("Content-Type", "")
        return answer.body if answer.status == 200 and kind.startswith("image/") else None

    def _send(
        self, what: str, method: str, address: httpx.URL | str, most: int, **options: Any
    ) -> _Answer:
        # A connection of its own for each call: one that was kept open may be closed by the
        # site at the moment of sending, and then the answer would be lost.
        end = time.monotonic() + TOTAL
        try:
            with (
                httpx.Client(
                    verify=_trusted(),
                    trust_env=False,
                    follow_redirects=False,
                    timeout=self._timeout,
                    headers={"User-Agent": "Gatekeeper", "Accept-Encoding": "identity"},
                ) as client,
                client.stream(method, address, **options) as response,
            ):
                body = bytearray()
                for part in response.iter_bytes():
                    body += part
                    if len(body) > most or time.monotonic() > end:
                        raise OutcomeUnknown(f"WordPress was asked {what}; its answer never ended.")
                return _Answer(response.status_code, response.headers, bytes(body))
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            hint = " Its certificate is not valid." if "CERTIFICATE" in str(error).upper() else ""
            raise RetryLater(
                f"WordPress was to be asked {what} but could not be reached.{hint}"
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            raise OutcomeUnknown(f"WordPress was asked {what} and gave no answer.") from None

    def _meaning(self, what: str, answer: _Answer) -> ChannelError:
        status, code = answer.status, answer.code
        asked = f"WordPress was asked {what} and refused ({status}{' ' if code else ''}{code})."
        if status == 429:
            wait = f"WordPress was asked {what} but wants fewer requests."
            return RetryLater(wait, self._later(answer))
        if code == "rest_upload_unknown_error":
            return PermanentFailure(f"{asked} {STORAGE}")
        if 300 <= status < 400:
            return PermanentFailure(f"{asked} {_redirected(answer)}")
        if 400 <= status < 500 and status not in (408, 425):
            advice = REFUSED.get(status, "The technician can find out why.")
            return PermanentFailure(f"{asked} {advice if code or status == 413 else NOT_WORDPRESS}")
        if status < 300:
            return OutcomeUnknown(
                f"WordPress was asked {what} and answered with something else, such as a web "
                f"page ({status}). {NOT_WORDPRESS}"
            )
        return OutcomeUnknown(f"WordPress was asked {what} and gave no clear answer ({status}).")

    def _later(self, answer: _Answer) -> datetime | None:
        seconds = answer.headers.get("Retry-After", "")
        if not re.fullmatch(r"\d{1,9}", seconds):
            return None
        return self._now() + min(timedelta(seconds=int(seconds)), _LONGEST_WAIT)


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are believed; slow to read, so it is read once."""
    return httpx.create_ssl_context()


def _redirected(answer: _Answer) -> str:
    try:
        to = httpx.URL(answer.headers.get("Location", ""))
    except httpx.InvalidURL:
        to = httpx.URL("")
    if to.scheme in ("http", "https") and to.host:
        return (
            f"It sends visitors on to {to.scheme}://{to.host}. Enter the address that it ends at."
        )
    return "It sends visitors on to another address. Enter the one that it ends at."
