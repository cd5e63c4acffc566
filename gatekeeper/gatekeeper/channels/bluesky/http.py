"""The connection to Bluesky: atproto's client with time-outs, one open session, no redirects."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
from atproto_client import Client, models
from atproto_client.client.session import Session, SessionEvent
from atproto_client.models.dot_dict import DotDict
from atproto_client.request import Request

from gatekeeper.channels.addresses import may_be_asked, server_address
from gatekeeper.channels.bluesky.answers import STALE, answer_to, error_name
from gatekeeper.channels.bluesky.record import COLLECTION
from gatekeeper.channels.bluesky.sessions import Sessions
from gatekeeper.channels.calls import Call, asking
from gatekeeper_queue.channel import OutcomeUnknown, PermanentFailure, RetryLater

MAX_ANSWER = 4_000_000
"""Bytes."""
LONGEST = 60.0
"""Seconds for which an answer may go on: a time-out alone counts the pauses between its parts."""
APP_PASSWORD = re.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}")
HANDLE = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


class CappedStream(httpx.SyncByteStream):
    """Ends with an error after `MAX_ANSWER` bytes or `LONGEST`."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        size, until = 0, time.monotonic() + LONGEST
        for part in self._stream:
            size += len(part)
            if size > MAX_ANSWER:
                raise httpx.DecodingError("the answer is too large")
            if time.monotonic() > until:
                raise httpx.ReadTimeout("the answer is too slow")
            yield part

    def close(self) -> None:
        self._stream.close()


class SafeTransport(httpx.HTTPTransport):
    """Sends where `server` may send Gatekeeper, once, and reads no more than `MAX_ANSWER`."""

    def __init__(self, server: str) -> None:
        # Nothing is kept open between calls: nobody closes a channel when it is done with.
        none_kept = httpx.Limits(max_keepalive_connections=0)
        super().__init__(retries=0, trust_env=False, limits=none_kept)
        self._server = server

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not may_be_asked(str(request.url), self._server):
            raise httpx.UnsupportedProtocol("not an address that keys may be sent to")
        response = super().handle_request(request)
        # A compressed answer was not asked for, and may be small only until it is unpacked.
        if "content-encoding" in response.headers:
            response.close()
            raise httpx.DecodingError("the answer is compressed")
        if isinstance(response.stream, httpx.SyncByteStream):
            response.stream = CappedStream(response.stream)
        return response


class BlueskyConnection:
    """An atproto client for one account. Raises PermanentFailure for keys that cannot be right."""

    def __init__(
        self,
        server: str,
        handle: str,
        password: str,
        timeout: tuple[float, float],
        now: Callable[[], datetime],
        sessions: Sessions,
    ) -> None:
        _cap_loggers()
        self.server = server_address(server)
        self._handle, self._password = _checked(handle, password)
        self._now = now
        self._sessions = sessions
        self._key = Sessions.key(self.server, self._handle, self._password)
        self._did = self._answered_to = ""
        self._request = Request(
            timeout=httpx.Timeout(timeout[1], connect=timeout[0]),
            transport=SafeTransport(self.server),
            headers={"Accept-Encoding": "identity"},
            trust_env=False,
            # A redirect would send the post once more, to a place that nobody has approved.
            max_redirects=0,
        )
        self.client = Client(base_url=self.server, request=self._request)
        self.client.on_session_change(self._note)

    @contextmanager
    def asking(
        self,
        what: str,
        *,
        lost: type[OutcomeUnknown | RetryLater],
        refused: type[PermanentFailure | RetryLater] = PermanentFailure,
        about_a_post: bool = False,
    ) -> Iterator[None]:
        """Run one call; see `calls.Call`. A session that is over is forgotten: the next try
        signs in anew.
        """
        call = Call(what, lost, refused, about_a_post)
        with asking("Bluesky", call, lambda error: answer_to(error, self._now)):
            try:
                yield
            except Exception as error:
                if error_name(error) in STALE:
                    self._sessions.drop(self._key)
                    self._did = ""
                raise

    def account(self, refused: type[PermanentFailure | RetryLater]) -> str:
        """The DID of the account, signed in by the session that is open, or a new one."""
        if not self._did and (session := self._sessions.get(self._key)):
            self.client.login(session_string=session, fetch_bsky_profile=False)
        if not self._did:
            self.sign_in(refused)
        return self._did

    def sign_in(self, refused: type[PermanentFailure | RetryLater]) -> str:
        """Sign in with the app password, whatever session is open; returns the handle."""
        with self.asking("to sign the account in", lost=RetryLater, refused=refused):
            # Not where an earlier session has pointed to.
            self.client.update_base_url(self.server)
            self.client.login(self._handle, self._password, fetch_bsky_profile=False)
            return self._answered_to

    def read(self, call: str, **parameters: Any) -> dict[str, Any]:
        """The JSON answer to a query."""
        response = self.client.invoke_query(call, params=DotDict(parameters))
        if not isinstance(response.content, dict):
            raise ValueError("not an answer of Bluesky")
        return response.content

    def upload(self, jpeg: bytes) -> str:
        """com.atproto.repo.uploadBlob; returns the content id of what arrived."""
        response: Any = self.client.invoke_procedure(
            "com.atproto.repo.uploadBlob", content=jpeg, headers={"Content-Type": "image/jpeg"}
        )
        return str(response.content["blob"]["ref"]["$link"])

    def create(self, did: str, key: str, record: Any) -> str:
        """com.atproto.repo.createRecord, which does not overwrite; returns the record's place."""
        data = models.ComAtprotoRepoCreateRecord.Data(
            repo=did, collection=COLLECTION, rkey=key, record=record
        )
        return str(self.client.com.atproto.repo.create_record(data).uri)

    def delete(self, did: str, key: str) -> None:
        """com.atproto.repo.deleteRecord."""
        data = models.ComAtprotoRepoDeleteRecord.Data(repo=did, collection=COLLECTION, rkey=key)
        self.client.com.atproto.repo.delete_record(data)

    def close(self) -> None:
        """Be done with it. The session stays open."""
        self._request.close()

    def _note(self, event: SessionEvent, session: Session) -> None:
        """Keep new tokens. The server may name another one to ask from now on."""
        if not may_be_asked(str(session.pds_endpoint), self.server):
            raise PermanentFailure(
                "Bluesky names a server for this account to which keys may not be sent."
            )
        self._did, self._answered_to = str(session.did), str(session.handle)
        self._sessions.keep(self._key, session.export())


def _checked(handle: str, password: str) -> tuple[str, str]:
    name, word = handle.strip().removeprefix("@").lower(), password.strip()
    if not HANDLE.fullmatch(name):
        raise PermanentFailure(
            "The handle cannot be right: it has the form oak-school.bsky.social."
        )
    if not APP_PASSWORD.fullmatch(word):
        raise PermanentFailure(
            "That is not an app password, which has the form xxxx-xxxx-xxxx-xxxx. Make one in the "
            "Bluesky app: Settings, Privacy and security, App passwords."
        )
    return name, word


def _cap_loggers() -> None:
    """httpx writes each address at INFO, httpcore writes headers at DEBUG."""
    for name, level in (("httpx", logging.WARNING), ("httpcore", logging.INFO)):
        logger = logging.getLogger(name)
        logger.setLevel(max(level, logger.getEffectiveLevel()))
