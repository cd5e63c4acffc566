"""An account's posts come in pages, newest first, with what was asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.sandbox_x.state import X_EPOCH_MS, Tweet
from gatekeeper.sandbox_x.timeline import timeline

START_MS = 1_790_000_000_000


def tweets(count: int) -> list[Tweet]:
    """One a second, newest first."""
    ids = [(START_MS - X_EPOCH_MS + 1000 * second) << 22 for second in range(count)]
    return [Tweet(number, "1", f"Post {number}", ()) for number in reversed(ids)]


@given(st.integers(0, 40), st.integers(5, 100))
def test_the_pages_together_are_the_whole_timeline(count, size):
    everything, seen, query = tweets(count), [], {"max_results": str(size)}
    while True:
        page = timeline(everything, query)
        seen += page.tweets
        assert page.meta["result_count"] == len(page.tweets) <= size
        if "next_token" not in page.meta:
            break
        query["pagination_token"] = page.meta["next_token"]
    assert seen == everything


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({}, 10),
        ({"since_id": "{2}"}, 9),
        ({"until_id": "{2}"}, 2),
        ({"start_time": "[2]"}, 10),
        ({"start_time": "[2]", "max_results": "100"}, 10),
        ({"end_time": "[2]"}, 2),
        ({"since_id": "{2}", "until_id": "{5}"}, 2),
    ],
)
def test_bounds(query, left):
    everything = tweets(12)
    oldest_first = everything[::-1]
    moments = [tweet.created.isoformat().replace("+00:00", "Z") for tweet in oldest_first]
    filled = {
        name: value.replace("{2}", str(oldest_first[2].id))
        .replace("{5}", str(oldest_first[5].id))
        .replace("[2]", moments[2])
        for name, value in query.items()
    }
    assert len(timeline(everything, filled).tweets) == left


def test_the_time_of_a_post_is_in_its_id():
    newest, older = tweets(2)
    assert newest.created - older.created == timedelta(seconds=1)


@pytest.mark.parametrize(
    "query",
    [
        {"max_results": "4"},
        {"max_results": "101"},
        {"max_results": "many"},
        {"pagination_token": "abc"},
        {"start_time": "yesterday"},
        {"start_time": "2026-01-01T00:00:00"},
        {"limit": "5"},
    ],
)
def test_other_parameters_are_refused(query):
    with pytest.raises(ValueError):
        timeline(tweets(1), query)


def test_pictures_are_named_only_when_asked_for(oak):
    media = oak.upload()
    oak.post("With a picture", media)
    path = f"/2/users/{oak.user.id}/tweets"
    assert "attachments" not in oak.call("GET", path).json()["data"][0]
    answer = oak.call("GET", path, params={"expansions": "attachments.media_keys"}).json()
    assert answer["data"][0]["attachments"] == {"media_keys": [f"3_{media}"]}
    assert answer["includes"]["media"][0]["media_key"] == f"3_{media}"


def test_an_account_has_its_own_posts_only(oak, elm):
    oak.post("Oak")
    elm.post("Elm")
    answer = elm.call("GET", f"/2/users/{elm.user.id}/tweets").json()
    assert [tweet["text"] for tweet in answer["data"]] == ["Elm"]


def test_an_empty_timeline_and_an_unknown_account(oak):
    path = f"/2/users/{oak.user.id}/tweets"
    assert oak.call("GET", path).json() == {"meta": {"result_count": 0}}
    assert oak.call("GET", path, params={"max_results": 1}).status_code == 400
    assert oak.call("GET", "/2/users/1/tweets").status_code == 404
