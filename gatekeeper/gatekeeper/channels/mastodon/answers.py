"""What Mastodon's answers say (docs.joinmastodon.org/api, mastodon's api/error_handling.rb)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gatekeeper.channels.calls import Answer

if TYPE_CHECKING:
    import requests

SIGN_IN = (
    "Ask the technician to sign in to the account on its own server, see what it says there, "
    "and connect it again."
)
ADVICE = {
    401: "The access token is wrong or was revoked. Ask the technician to make a new one and "
    "connect the account again.",
    403: "The account may be suspended or unconfirmed, or the access token lacks a permission. "
    + SIGN_IN,
    404: "It may not be a Mastodon server, or what was asked for is not there any more.",
    413: "The picture is larger than this server takes.",
    422: "It does not accept it as it is: the text may be too long for this server, or the "
    "picture one that it cannot read.",
}


def answer_to(
    error: Exception, response: requests.Response | None, now: Callable[[], datetime]
) -> Answer:
    """Mastodon.py's own errors are not asked: it raises one for a successful answer whose
    rate-limit headers it cannot read.
    """
    if response is None:
        return Answer(sent=not _never_sent(error))
    status = response.status_code
    return Answer(
        status=status,
        not_before=_reset(response, now) if status == 429 else None,
        not_found=status == 404 and _says_why(response),
        advice=ADVICE.get(status, "The technician can find out why."),
    )


def _says_why(response: requests.Response) -> bool:
    """Is the body Mastodon's, and not the page of a proxy or of another kind of server?"""
    try:
        body = response.json()
    except ValueError:
        return False
    return isinstance(body, dict) and isinstance(body.get("error"), str)


def _reset(response: requests.Response, now: Callable[[], datetime]) -> datetime | None:
    """X-RateLimit-Reset: an ISO 8601 time, or seconds since 1970 on GoToSocial."""
    text = str(response.headers.get("X-RateLimit-Reset", ""))
    try:
        if text.isdecimal():
            moment = datetime.fromtimestamp(int(text), UTC)
        else:
            moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo and moment > now() else None


def _never_sent(error: Exception) -> bool:
    """Did the connection fail before a single byte of the request left? Mastodon.py wraps what
    `requests` raised.
    """
    from requests import ConnectionError, ConnectTimeout
    from requests.exceptions import InvalidURL
    from urllib3.exceptions import NewConnectionError

    cause = error.__context__
    if isinstance(cause, ConnectTimeout | InvalidURL):
        return True
    reason = getattr(cause.args[0], "reason", None) if cause and cause.args else None
    return isinstance(cause, ConnectionError) and isinstance(reason, NewConnectionError)
