"""What Bluesky's answers say (docs.bsky.app; the sources of its server: atproto/packages/pds)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from gatekeeper.channels.calls import Answer

SIGN_IN = "Ask its owner to sign in to the Bluesky app and see what it says there."
NAMED = {
    "AccountTakedown": f"Bluesky has suspended this account. {SIGN_IN}",
    "AccountDeactivated": f"This account is deactivated. {SIGN_IN}",
    "AuthFactorTokenRequired": "That is the password that people sign in with. Make an app "
    "password in the Bluesky app and use that.",
    "BlobTooLarge": "A picture is larger than this server takes. Submit a smaller copy of it.",
}
"""By the name of the error."""
ADVICE = {
    400: "It does not accept it as it is.",
    401: "The handle or the app password is wrong, or the app password was deleted. Ask the "
    "technician to make a new one and connect the account again.",
    403: f"The account may not do that. {SIGN_IN}",
    404: "It may not be a Bluesky server.",
    413: "A picture is larger than this server takes. Submit a smaller copy of it.",
}
STALE = ("ExpiredToken", "InvalidToken")
"""The session is over; signing in anew opens another."""
FOR_NOW = (*STALE, "BlobNotFound", "ConcurrentWrites", "RateLimitExceeded")
"""Nothing was done, and a new try may do it: a picture waits on the server for a while only."""


def error_name(error: Exception) -> str:
    """The `error` of Bluesky's answer, as in `RecordNotFound`; empty where there is none."""
    content = getattr(getattr(error, "response", None), "content", None)
    return str(getattr(content, "error", "") or "")


def answer_to(error: Exception, now: Callable[[], datetime]) -> Answer:
    """What came back, from the errors of atproto and of the httpx beneath it."""
    response = getattr(error, "response", None)
    if response is None:
        return Answer(sent=not _never_sent(error))
    status, name = int(response.status_code), error_name(error)
    return Answer(
        status=status,
        not_before=_reset(response.headers, now) if status == 429 else None,
        not_found=status == 400 and _is_not_found(name, response.content),
        for_now=name in FOR_NOW,
        advice=NAMED.get(name) or ADVICE.get(status, "The technician can find out why."),
    )


def _is_not_found(name: str, content: Any) -> bool:
    """Servers of before 2024 have no name for it."""
    message = str(getattr(content, "message", ""))
    old = name == "InvalidRequest" and message.startswith("Could not locate record: at://")
    return name == "RecordNotFound" or old


def _reset(headers: dict[str, str], now: Callable[[], datetime]) -> datetime | None:
    """`ratelimit-reset` (seconds since 1970) or `retry-after` (seconds)."""
    try:
        if (reset := str(headers.get("ratelimit-reset", ""))).isdecimal():
            moment = datetime.fromtimestamp(int(reset), UTC)
        else:
            moment = now() + timedelta(seconds=int(str(headers.get("retry-after", ""))))
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment > now() else None


def _never_sent(error: Exception) -> bool:
    """Did the connection fail before a single byte of the request left?"""
    import httpx

    never = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)
    return isinstance(error, never) or isinstance(error.__cause__, never)
