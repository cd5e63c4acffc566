"""Each way of going wrong, in each call: the error it means, and how many copies exist."""

from __future__ import annotations

import logging
import socket
import time
from datetime import UTC, datetime

import pytest

from gatekeeper.channels.twitter.channel import TwitterChannel, TwitterCredentials
from gatekeeper.channels.twitter.errors import reset_time
from gatekeeper_queue.channel import OutcomeUnknown, PermanentFailure, RetryLater

SHORT = (5, 0.15)
"""Seconds: long enough for an honest answer on loopback, short enough to test hanging."""

REFUSALS = ["status:400", "status:401", "status:402", "status:403", "status:413", "status:422"]
LOST_BEFORE = ["status:500", "status:502", "status:503", "status:408", "drop", "hang"]
LOST_AFTER = ["status-after:500", "status-after:503", "drop-after", "hang-after", "garbage"]


@pytest.fixture
def media(request) -> str:
    """Which version of X's interface takes the pictures: as the path of the call says."""
    path = getattr(request.node, "callspec", None) and request.node.callspec.params.get("path", "")
    return "v1.1" if path and path.startswith("/1.1/") else "v2"


@pytest.fixture
def hasty(channel_of, kind, media) -> TwitterChannel:
    """Waits briefly where the sandbox will hang, and as long as it takes where it will not."""
    options = {"timeout": SHORT} if kind.startswith("hang") else {}
    return channel_of(media=media, **options)


def table(*rows: tuple[list[str], type[Exception], int]) -> list[tuple[str, type[Exception], int]]:
    return [(kind, error, copies) for kinds, error, copies in rows for kind in kinds]


@pytest.mark.parametrize(
    "path",
    [
        "/2/media/upload",
        "/2/media/metadata",
        "/1.1/media/upload.json",
        "/1.1/media/metadata/create.json",
    ],
)
@pytest.mark.parametrize(
    ("kind", "error", "copies"),
    table(
        (REFUSALS, PermanentFailure, 0),
        (["status:404", "status:404-empty", "status:403-duplicate"], PermanentFailure, 0),
        (LOST_BEFORE + LOST_AFTER, RetryLater, 0),
        (["rate-limit"], RetryLater, 0),
    ),
)
def test_prepare(oak, hasty, sandbox, item, path, kind, error, copies):
    if (path, kind) == ("/1.1/media/metadata/create.json", "garbage"):
        return  # a success has no body there, so nothing in it can be wrong
    sandbox.fault("POST", path, kind)
    with pytest.raises(error):
        hasty.prepare(item)
    assert len(sandbox.state()["tweets"]) == copies
    receipt = oak.publish(item, oak.prepare(item))
    assert oak.is_up(receipt)


@pytest.mark.parametrize(
    ("kind", "error", "copies"),
    table(
        (REFUSALS, PermanentFailure, 0),
        (["status:404", "status:404-empty"], PermanentFailure, 0),
        (["status:403-duplicate"], OutcomeUnknown, 0),
        (LOST_BEFORE, OutcomeUnknown, 0),
        (LOST_AFTER, OutcomeUnknown, 1),
        (["rate-limit"], RetryLater, 0),
    ),
)
def test_publish_then_find(oak, hasty, sandbox, item, kind, error, copies):
    references = oak.prepare(item)
    sandbox.fault("POST", "/2/tweets", kind)
    with pytest.raises(error):
        hasty.publish(item, references)
    tweets = sandbox.state()["tweets"]
    assert len(tweets) == copies
    found = oak.find(item, references)
    assert [found and found.remote_id] == ([tweet["id"] for tweet in tweets] or [None])
    calls = [
        c for c in sandbox.state()["calls"] if (c["method"], c["path"]) == ("POST", "/2/tweets")
    ]
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("kind", "error", "copies"),
    table(
        (REFUSALS, PermanentFailure, 1),
        (["status:404-empty"], RetryLater, 1),
        (LOST_BEFORE, RetryLater, 1),
        (LOST_AFTER, RetryLater, 0),
        (["rate-limit"], RetryLater, 1),
    ),
)
def test_take_down_then_again(oak, hasty, sandbox, item, kind, error, copies):
    receipt = oak.publish(item, oak.prepare(item))
    sandbox.fault("DELETE", "/2/tweets/*", kind)
    with pytest.raises(error):
        hasty.take_down(receipt)
    assert len(sandbox.state()["tweets"]) == copies
    assert oak.is_up(receipt) is bool(copies)
    oak.take_down(receipt)
    assert not oak.is_up(receipt)


def test_take_down_of_what_x_does_not_know_any_more_is_done(oak, sandbox, item):
    receipt = oak.publish(item, oak.prepare(item))
    sandbox.fault("DELETE", "/2/tweets/*", "status:404")
    oak.take_down(receipt)


UNCLEAR = [*REFUSALS, *LOST_BEFORE, *LOST_AFTER, "status:404-empty", "rate-limit"]


@pytest.mark.parametrize("kind", UNCLEAR)
def test_a_look_that_fails_says_neither_yes_nor_no(oak, hasty, sandbox, item, kind):
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    sandbox.fault("GET", "/2/tweets/*", kind)
    with pytest.raises(RetryLater):
        hasty.is_up(receipt)
    sandbox.fault("GET", "/2/users/*/tweets", kind)
    with pytest.raises(RetryLater):
        hasty.find(item, references)
    assert oak.is_up(receipt)


@pytest.mark.parametrize("kind", ["status:404", "status:200-not-found"])
def test_both_forms_of_not_found_mean_that_the_post_is_gone(oak, sandbox, item, kind):
    receipt = oak.publish(item, oak.prepare(item))
    sandbox.fault("GET", "/2/tweets/*", kind)
    assert not oak.is_up(receipt)


@pytest.mark.parametrize("kind", ["status:404", "status:200-not-found"])
def test_a_timeline_with_errors_in_it_is_not_the_whole_timeline(oak, sandbox, item, kind):
    references = oak.prepare(item)
    sandbox.fault("GET", "/2/users/*/tweets", kind)
    with pytest.raises(RetryLater):
        oak.find(item, references)


@pytest.mark.parametrize(
    ("kind", "error"),
    [(kind, PermanentFailure) for kind in REFUSALS]
    + [(kind, RetryLater) for kind in [*LOST_BEFORE, *LOST_AFTER, "rate-limit"]],
)
def test_check_account(oak, hasty, sandbox, kind, error):
    sandbox.fault("GET", "/2/users/me", kind)
    with pytest.raises(error):
        hasty.check_account()
    assert oak.check_account() == "oak_school"


def test_find_that_cannot_ask_who_the_account_is_cannot_say(oak, sandbox, item):
    references = oak.prepare(item)
    sandbox.fault("GET", "/2/users/me", "status:401")
    with pytest.raises(RetryLater):
        oak.find(item, references)


@pytest.mark.parametrize("window", ["15min", "24hour"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/2/media/upload"), ("POST", "/2/tweets"), ("DELETE", "/2/tweets/*")],
)
def test_a_rate_limit_tells_when_to_come_back(oak, sandbox, item, window, method, path):
    references = oak.prepare(item)
    receipt = oak.publish(item, references)
    sandbox.fault(method, path, "rate-limit", reset_in=5000, window=window)
    before = int(time.time())
    calls = {
        "/2/media/upload": lambda: oak.prepare(item),
        "/2/tweets": lambda: oak.publish(item, references),
        "/2/tweets/*": lambda: oak.take_down(receipt),
    }
    with pytest.raises(RetryLater) as raised:
        calls[path]()
    assert raised.value.not_before >= datetime.fromtimestamp(before + 5000, UTC)


def test_a_rate_limit_without_a_time_gives_none(oak, sandbox, item):
    references = oak.prepare(item)
    sandbox.fault("POST", "/2/tweets", "rate-limit")
    with pytest.raises(RetryLater) as raised:
        oak.publish(item, references)
    assert raised.value.not_before is None


class Headers:
    def __init__(self, **values: str) -> None:
        self.headers = {name.replace("_", "-"): value for name, value in values.items()}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"x_rate_limit_reset": "100"}, 100),
        ({"x_rate_limit_reset": "100", "x_rate_limit_remaining": "0"}, 100),
        ({"x_rate_limit_reset": "100", "x_user_limit_24hour_reset": "900"}, 100),
        (
            {
                "x_rate_limit_reset": "100",
                "x_rate_limit_remaining": "5",
                "x_user_limit_24hour_reset": "900",
                "x_user_limit_24hour_remaining": "0",
            },
            900,
        ),
        (
            {
                "x_rate_limit_reset": "100",
                "x_rate_limit_remaining": "0",
                "x_app_limit_24hour_reset": "900",
                "x_app_limit_24hour_remaining": "0",
            },
            900,
        ),
        ({"x_rate_limit_reset": "soon"}, None),
        ({"x_rate_limit_reset": "-5"}, None),
        ({"x_rate_limit_reset": "9" * 30}, None),
    ],
)
def test_which_reset_counts(headers, seconds):
    expected = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    assert reset_time(Headers(**headers)) == expected


def test_a_post_that_could_not_even_be_sent_may_be_sent_later(sandbox, item):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"
    user = sandbox.users[0]
    channel = TwitterChannel(
        TwitterCredentials(
            user.consumer_key, user.consumer_secret, user.access_token, user.access_token_secret
        ),
        nobody,
    )
    for call in (
        lambda: channel.prepare(item),
        lambda: channel.publish(item, ("1",)),
        lambda: channel.find(item, ("1",)),
        channel.check_account,
    ):
        with pytest.raises(RetryLater, match="could not be reached"):
            call()
    channel.close()


def test_nothing_of_the_post_gets_into_messages_or_logs(oak, sandbox, make_item, caplog):
    caplog.set_level(logging.DEBUG)
    item = make_item("Wilhelmina " * 40)
    with pytest.raises(PermanentFailure) as raised:
        oak.publish(item, oak.prepare(item))
    assert raised.value.__cause__ is None
    assert "Wilhelmina" not in str(raised.value)
    user = sandbox.users[0]
    for secret in ("Wilhelmina", user.access_token, user.access_token_secret, "oauth_signature"):
        assert secret not in caplog.text
