"""The connection to one Mastodon server: Mastodon.py with time-outs, no resends, no waiting."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import requests
from mastodon import Mastodon
from requests.adapters import HTTPAdapter

from gatekeeper.channels.addresses import server_address
from gatekeeper.channels.calls import Call, asking
from gatekeeper.channels.mastodon.answers import answer_to
from gatekeeper_queue.channel import OutcomeUnknown, PermanentFailure, RetryLater

MAX_ANSWER = 4_000_000
"""Bytes. A page of 40 posts with long texts and previews stays below a tenth of it."""
LONGEST = 60.0
"""Seconds for which an answer may go on: a time-out alone counts the pauses between its parts."""
VERSION = "4.4.0"
"""What Mastodon.py takes the server for, so that it does not ask; older ones answer the same
calls, and ignore `delete_media` (they delete the pictures within a day)."""


class OneServer(HTTPAdapter):
    """Sends to one server only, once, and reads no more than `MAX_ANSWER` for `LONGEST`."""

    def __init__(self, server: str, timeout: tuple[float, float]) -> None:
        super().__init__(max_retries=0)
        self._server = server
        self._timeout = timeout
        self.last: requests.Response | None = None
        """The answer to the last call; None when there was none."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        if not str(request.url).startswith(f"{self._server}/"):
            raise requests.exceptions.InvalidURL("only the account's own server is asked")
        response = super().send(request, True, self._timeout, verify, cert, proxies)
        try:
            content = b"".join(_read(response))
        except Exception:
            response.close()
            raise
        response.raw.release_conn()
        response.raw = io.BytesIO(content)
        self.last = response
        return response


def _read(response: requests.Response) -> Iterator[bytes]:
    size, until = 0, time.monotonic() + LONGEST
    while part := response.raw.read1(65_536, decode_content=False):
        size += len(part)
        if size > MAX_ANSWER:
            raise requests.exceptions.ContentDecodingError("the answer is too large")
        if time.monotonic() > until:
            raise requests.exceptions.ReadTimeout("the answer is too slow")
        yield part


class MastodonConnection:
    """A Mastodon.py client for one account. For one thread at a time.

    Raises PermanentFailure for a server or a token that cannot be right.
    """

    def __init__(
        self,
        server: str,
        token: str,
        timeout: tuple[float, float],
        now: Callable[[], datetime],
    ) -> None:
        _cap_loggers()
        self.server = server_address(server)
        self.timeout = timeout
        self._now = now
        self._adapter = OneServer(self.server, timeout)
        self._session = _session(self.server, self._adapter)
        self.client = Mastodon(
            api_base_url=self.server,
            session=self._session,
            # It would sleep until a rate limit ends; and then send once more.
            ratelimit_method="throw",
            mastodon_version=VERSION,
            version_check_mode="created",
            user_agent="Gatekeeper",
        )
        # As an argument it would be taken for the name of a file, where there is one.
        self.client.access_token = _checked(token)

    @contextmanager
    def asking(
        self,
        what: str,
        *,
        lost: type[OutcomeUnknown | RetryLater],
        refused: type[PermanentFailure | RetryLater] = PermanentFailure,
        about_a_post: bool = False,
    ) -> Iterator[None]:
        """Run one call; see `calls.Call`."""
        self._adapter.last = None
        call = Call(what, lost, refused, about_a_post)
        with asking(
            "Mastodon", call, lambda error: answer_to(error, self._adapter.last, self._now)
        ):
            yield

    def require_list(self) -> None:
        """Raises ValueError when the last answer was not a list: Mastodon.py makes an empty one
        of an empty object, and an empty list proves that a post is not there.
        """
        if self._adapter.last is None or not isinstance(self._adapter.last.json(), list):
            raise ValueError("not a list")

    def close(self) -> None:
        """Close the pooled connections."""
        self._session.close()


def _session(server: str, adapter: OneServer) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    # A redirect would send the post once more, to a place that nobody has approved.
    session.max_redirects = 0
    session.headers["Accept-Encoding"] = "identity"
    session.adapters.clear()
    session.mount(server, adapter)
    return session


def _checked(token: str) -> str:
    text = token.strip()
    if not text.isascii() or not text.isprintable() or not text or " " in text:
        raise PermanentFailure(
            "The access token cannot be right: it is one long word of letters and digits."
        )
    return text


def _cap_loggers() -> None:
    """At DEBUG it writes addresses with what is searched for."""
    logger = logging.getLogger("urllib3")
    logger.setLevel(max(logging.INFO, logger.getEffectiveLevel()))
