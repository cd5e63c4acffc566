"""What X's answers mean for a post: one place that turns each of them into a ChannelError.

Messages carry a status at most. X repeats what it was sent in some of its own messages, and
captions do not belong in logs; for the same reason the cause is cut off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gatekeeper_queue.channel import (
    ChannelError,
    OutcomeUnknown,
    PermanentFailure,
    RetryLater,
)

REFUSED = {
    400: "X does not accept it as it is.",
    401: "X does not accept this account's keys. Ask the technician to connect the account again.",
    402: "The credit with X is used up. Ask the technician to top it up.",
    403: "X does not allow this account to do that. Ask the technician to look at the account.",
}
WINDOWS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
"""Families of headers; each has -remaining and -reset (Unix seconds)."""


class Duplicate(PermanentFailure):
    """X refused a text that the account has posted already."""


class Gone(PermanentFailure):
    """X says that there is no such post."""


@dataclass(frozen=True)
class _Call:
    what: str
    lost: type[OutcomeUnknown | RetryLater]
    refused: type[PermanentFailure | RetryLater]
    about_a_post: bool


@contextmanager
def asking(
    what: str,
    *,
    lost: type[OutcomeUnknown | RetryLater],
    refused: type[PermanentFailure | RetryLater] = PermanentFailure,
    about_a_post: bool = False,
) -> Iterator[None]:
    """Run one call to X and raise whatever goes wrong with it as a ChannelError.

    `what` completes "X was asked ..."; `lost` is what an answer that never came, or that
    cannot be read, means for this call; `refused` what a clear no means. In a call about one
    post "not found" raises Gone.
    """
    try:
        yield
    except ChannelError:
        raise
    except Exception as error:
        # Anything may come out of a client library that met a broken answer; once the call
        # is on its way none of it proves that nothing happened.
        raise _meaning(error, _Call(what, lost, refused, about_a_post)) from None


def _meaning(error: Exception, call: _Call) -> ChannelError:
    response = getattr(error, "response", None)
    status = getattr(response, "status_code", None)
    if status == 429:
        later = reset_time(response)
        return RetryLater(f"X was asked {call.what} but wants fewer requests.", later)
    if status is not None and 400 <= status < 500 and status != 408:
        return _refusal(response, status, call)
    if _never_sent(error):
        return RetryLater(f"X was to be asked {call.what} but could not be reached.")
    return call.lost(f"X was asked {call.what} and gave no clear answer ({status or 'none'}).")


def _refusal(response: Any, status: int, call: _Call) -> ChannelError:
    body = _body(response)
    if status == 403 and call.lost is OutcomeUnknown and _is_duplicate(body):
        return Duplicate(f"X was asked {call.what} but has this text already.")
    if status == 404 and call.about_a_post:
        # A route that X does not have answers 404 with an empty body; taking that for "the
        # post is gone" would leave a picture up.
        if body:
            return Gone(f"X was asked {call.what} but does not have it.")
        return RetryLater(f"X was asked {call.what} but did not know the request (404).")
    advice = REFUSED.get(status, "The technician can find out why.")
    return call.refused(f"X was asked {call.what} and refused ({status}). {advice}")


def _body(response: Any) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _is_duplicate(body: dict[str, Any]) -> bool:
    return "duplicate" in str([body.get("detail"), body.get("errors")]).lower()


def _never_sent(error: Exception) -> bool:
    """Did the connection fail before a single byte of the request left?"""
    from requests import ConnectionError, ConnectTimeout
    from urllib3.exceptions import NewConnectionError

    if isinstance(error, ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, ConnectionError) and isinstance(reason, NewConnectionError)


def reset_time(response: Any) -> datetime | None:
    """When a 429 ends: the latest of the windows that are used up, else the earliest known."""
    known = [(name, _whole(response, f"{name}-reset")) for name in WINDOWS]
    resets = [(name, reset) for name, reset in known if reset is not None]
    used_up = [reset for name, reset in resets if _whole(response, f"{name}-remaining") == 0]
    if used_up:
        return _utc(max(used_up))
    return _utc(min(reset for _, reset in resets)) if resets else None


def used_up_until(response: Any) -> datetime | None:
    """Until when nothing is left of this kind of call, by what the answer to one says."""
    resets = [
        reset
        for name in WINDOWS
        if _whole(response, f"{name}-remaining") == 0
        and (reset := _whole(response, f"{name}-reset")) is not None
    ]
    return _utc(max(resets)) if resets else None


def _whole(response: Any, header: str) -> int | None:
    value = str(response.headers.get(header, ""))
    return int(value) if value.isdecimal() else None


def _utc(seconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
