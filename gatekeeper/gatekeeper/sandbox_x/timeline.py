"""One page of an account's posts, as GET /2/users/{id}/tweets cuts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gatekeeper.sandbox_x.state import Tweet

DEFAULT_RESULTS, MIN_RESULTS, MAX_RESULTS = 10, 5, 100
KNOWN = frozenset(
    {
        "max_results", "pagination_token", "start_time", "end_time", "since_id", "until_id",
        "tweet.fields", "media.fields", "user.fields", "expansions", "exclude",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """`meta` is what X sends beside the posts; `attachments` and `expand` what was asked for."""

    tweets: list[Tweet]
    meta: dict[str, Any]
    attachments: bool
    expand: bool


def timeline(tweets: list[Tweet], query: Mapping[str, str]) -> Page:
    """Cut the page that `query` asks for out of `tweets`, newest first.

    Raises ValueError for parameters that X does not take.
    """
    if unknown := set(query) - KNOWN:
        raise ValueError(f"Unknown query parameters: {sorted(unknown)}.")
    size = int(query.get("max_results", DEFAULT_RESULTS))
    if not MIN_RESULTS <= size <= MAX_RESULTS:
        raise ValueError(f"max_results is between {MIN_RESULTS} and {MAX_RESULTS}.")
    asked = [tweet for tweet in tweets if _asked_for(tweet, query)]
    shown = asked[:size]
    expand = "attachments.media_keys" in query.get("expansions", "").split(",")
    fields = query.get("tweet.fields", "").split(",")
    more = len(asked) > size
    return Page(shown, _meta(shown, more), expand or "attachments" in fields, expand)


def _asked_for(tweet: Tweet, query: Mapping[str, str]) -> bool:
    """A pagination token is the id of the last post of the page before."""
    before = [int(query[name]) for name in ("pagination_token", "until_id") if name in query]
    return (
        all(tweet.id < number for number in before)
        and tweet.id > int(query.get("since_id", 0))
        and ("start_time" not in query or tweet.created >= _time(query["start_time"]))
        and ("end_time" not in query or tweet.created < _time(query["end_time"]))
    )


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("A time ends in Z.")
    return moment


def _meta(shown: list[Tweet], more: bool) -> dict[str, Any]:
    meta: dict[str, Any] = {"result_count": len(shown)}
    if shown:
        meta |= {"newest_id": str(shown[0].id), "oldest_id": str(shown[-1].id)}
    if more:
        meta["next_token"] = str(shown[-1].id)
    return meta
