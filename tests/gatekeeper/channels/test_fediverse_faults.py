"""Mastodon and Bluesky: each way of going wrong, at each step; one copy whatever is lost."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import pytest
from tests.gatekeeper.channels.loopback import LoopbackServer

from gatekeeper.channels.bluesky.channel import BlueskyChannel
from gatekeeper.channels.bluesky.sessions import Sessions
from gatekeeper.channels.mastodon.channel import MastodonChannel
from gatekeeper_queue.channel import Channel, OutcomeUnknown, PermanentFailure, RetryLater

SHORT = (5, 0.2)
"""Seconds: long enough for an honest answer on loopback, short enough to test hanging."""

REFUSALS = [f"status:{status}" for status in (400, 401, 403, 413, 422)]
LOST_BEFORE = ["status:500", "status:502", "status:503", "status:408", "drop", "hang"]
LOST_AFTER = ["status-after:500", "status-after:503", "drop-after", "hang-after", "garbage"]
RATE = ["status:429"]


@dataclass
class Place:
    """A platform: its server, how a channel there is opened, which call each step is."""

    server: LoopbackServer
    open: Callable[..., Channel]
    steps: dict[str, tuple[str, str]]
    copies: Callable[[], list[str]]
    rate_header: Callable[[int], dict[str, str]]

    def fault(self, step: str, kind: str, **headers: str) -> None:
        self.server.fault(*self.steps[step], kind, **headers)

    def hasty(self, kind: str) -> Channel:
        """Waits briefly where the server will hang, and as long as it takes where it will not."""
        return self.open(timeout=SHORT) if kind.startswith("hang") else self.open()


def mastodon_place(server, open_channel) -> Place:
    return Place(
        server,
        open_channel,
        {
            "account": ("GET", "/api/v1/accounts/verify_credentials"),
            "upload": ("POST", "/api/v2/media"),
            "publish": ("POST", "/api/v1/statuses"),
            "find": ("GET", "/api/v1/accounts/*/statuses"),
            "look": ("GET", "/api/v1/statuses/*"),
            "delete": ("DELETE", "/api/v1/statuses/*"),
        },
        lambda: [str(status.id) for status in server.statuses],
        lambda seconds: {
            "X_RateLimit_Remaining": "0",
            "X_RateLimit_Reset": datetime.fromtimestamp(seconds, UTC).isoformat(),
        },
    )


def bluesky_place(server, open_channel) -> Place:
    call = "/xrpc/com.atproto."
    return Place(
        server,
        open_channel,
        {
            "account": ("POST", f"{call}server.createSession"),
            "upload": ("POST", f"{call}repo.uploadBlob"),
            "publish": ("POST", f"{call}repo.createRecord"),
            "find": ("GET", f"{call}repo.getRecord"),
            "look": ("GET", f"{call}repo.getRecord"),
            "delete": ("POST", f"{call}repo.deleteRecord"),
        },
        lambda: list(server.records),
        lambda seconds: {"ratelimit_reset": str(seconds), "ratelimit_remaining": "0"},
    )


@pytest.fixture(params=["mastodon", "bluesky"])
def place(request) -> Place:
    server = request.getfixturevalue(request.param)
    open_channel = request.getfixturevalue(f"on_{request.param}")
    if request.param == "mastodon":
        return mastodon_place(server, open_channel)
    # Signed in already, so that the fault meets the step.
    sessions = Sessions()
    open_channel(sessions=sessions).check_account()
    server.calls.clear()
    return bluesky_place(server, partial(open_channel, sessions=sessions))


def table(*rows: tuple[list[str], type[Exception], int]) -> list[tuple[str, type[Exception], int]]:
    return [(kind, error, copies) for kinds, error, copies in rows for kind in kinds]


@pytest.mark.parametrize(
    ("kind", "error", "copies"),
    table(
        ([*REFUSALS, "status:404", "html:404"], PermanentFailure, 0),
        (LOST_BEFORE + LOST_AFTER + RATE, RetryLater, 0),
    ),
)
def test_prepare(place, post, kind, error, copies):
    channel = place.hasty(kind)
    place.fault("upload", kind)
    with pytest.raises(error):
        channel.prepare(post)
    assert len(place.copies()) == copies
    sound = place.open()
    assert sound.is_up(sound.publish(post, sound.prepare(post)))


@pytest.mark.parametrize(
    ("kind", "error", "copies"),
    table(
        ([*REFUSALS, "status:404"], PermanentFailure, 0),
        (LOST_BEFORE, OutcomeUnknown, 0),
        (LOST_AFTER, OutcomeUnknown, 1),
        (RATE, RetryLater, 0),
    ),
)
def test_publish_then_find(place, post, kind, error, copies):
    channel, sound = place.hasty(kind), place.open()
    references = sound.prepare(post)
    place.fault("publish", kind)
    with pytest.raises(error):
        channel.publish(post, references)
    assert len(place.copies()) == copies
    assert place.server.called(*place.steps["publish"]) == 1
    found = sound.find(post, references)
    assert [found and found.remote_id] == (place.copies() or [None])


@pytest.mark.parametrize("kind", LOST_BEFORE + LOST_AFTER)
def test_a_second_try_with_new_uploads_makes_no_second_copy(place, post, kind):
    channel, sound = place.hasty(kind), place.open()
    first = sound.prepare(post)
    place.fault("publish", kind)
    with pytest.raises(OutcomeUnknown):
        channel.publish(post, first)
    again = sound.prepare(post)
    try:
        receipt = sound.publish(post, again)
    except OutcomeUnknown:
        receipt = sound.find(post, (*first, *again))
    assert place.copies() == [receipt.remote_id]


@pytest.mark.parametrize(
    ("kind", "error", "copies"),
    table(
        (REFUSALS, PermanentFailure, 1),
        (LOST_BEFORE + RATE, RetryLater, 1),
        (LOST_AFTER, RetryLater, 0),
    ),
)
def test_take_down_then_again(place, post, kind, error, copies):
    channel, sound = place.hasty(kind), place.open()
    receipt = sound.publish(post, sound.prepare(post))
    place.fault("delete", kind)
    with pytest.raises(error):
        channel.take_down(receipt)
    assert len(place.copies()) == copies
    assert sound.is_up(receipt) is bool(copies)
    sound.take_down(receipt)
    assert not sound.is_up(receipt)
    sound.take_down(receipt)


@pytest.mark.parametrize("kind", [*REFUSALS, *LOST_BEFORE, *LOST_AFTER, *RATE, "html:404"])
def test_a_look_that_fails_says_neither_yes_nor_no(place, post, kind):
    channel, sound = place.hasty(kind), place.open()
    references = sound.prepare(post)
    receipt = sound.publish(post, references)
    place.fault("look", kind)
    with pytest.raises(RetryLater):
        channel.is_up(receipt)
    place.fault("find", kind)
    with pytest.raises(RetryLater):
        channel.find(post, references)
    assert sound.is_up(receipt)


@pytest.mark.parametrize(
    ("kind", "error"),
    [(kind, PermanentFailure) for kind in [*REFUSALS, "status:404", "html:404"]]
    + [(kind, RetryLater) for kind in [*LOST_BEFORE, *LOST_AFTER, *RATE]],
)
def test_check_account(place, kind, error):
    channel = place.hasty(kind)
    place.fault("account", kind)
    with pytest.raises(error):
        channel.check_account()
    assert channel.check_account() == place.open().check_account()


@pytest.mark.parametrize("step", ["upload", "publish", "delete", "look", "find"])
def test_a_rate_limit_tells_when_to_come_back(place, post, step):
    channel = place.open()
    references = channel.prepare(post)
    receipt = channel.publish(post, references)
    calls = {
        "upload": lambda: channel.prepare(post),
        "publish": lambda: channel.publish(post, references),
        "delete": lambda: channel.take_down(receipt),
        "look": lambda: channel.is_up(receipt),
        "find": lambda: channel.find(post, references),
    }
    ends = int(time.time()) + 5000
    place.fault(step, "status:429", **place.rate_header(ends))
    with pytest.raises(RetryLater) as raised:
        calls[step]()
    assert raised.value.not_before == datetime.fromtimestamp(ends, UTC)


@pytest.mark.parametrize("seconds", [None, "soon", "-5", "9" * 30, "100"])
def test_a_rate_limit_without_a_time_to_come_gives_none(place, post, seconds):
    channel = place.open()
    references = channel.prepare(post)
    headers = dict.fromkeys(place.rate_header(0), seconds) if seconds else {}
    place.fault("publish", "status:429", **headers)
    with pytest.raises(RetryLater) as raised:
        channel.publish(post, references)
    assert raised.value.not_before is None


def test_odd_rate_limit_headers_with_a_good_answer_change_nothing(place, post):
    channel = place.open()
    references = channel.prepare(post)
    odd = dict.fromkeys(place.rate_header(0), "nonsense")
    place.fault("publish", "headers", **odd)
    try:
        receipt = channel.publish(post, references)
    except OutcomeUnknown:  # the library could not read it; the post is found all the same
        receipt = channel.find(post, references)
    assert place.copies() == [receipt.remote_id]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(place, post, status):
    channel = place.open()
    references = channel.prepare(post)
    place.fault("publish", f"status:{status}", Location=f"{place.server.url}/elsewhere")
    with pytest.raises(OutcomeUnknown):
        channel.publish(post, references)
    assert place.server.calls.count(place.steps["publish"]) == 1
    assert not [path for _, path in place.server.calls if path == "/elsewhere"]


def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(place, post, monkeypatch):
    for platform in ("mastodon", "bluesky"):
        monkeypatch.setattr(f"gatekeeper.channels.{platform}.http.LONGEST", 0.3)
    channel = place.open()
    references = channel.prepare(post)
    place.fault("publish", "drip-after")
    with pytest.raises(OutcomeUnknown):
        channel.publish(post, references)
    assert channel.find(post, references)
    assert len(place.copies()) == 1


def test_a_post_that_could_not_even_be_sent_may_be_sent_later(place, post):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        nobody = f"http://127.0.0.1:{listener.getsockname()[1]}"
    channel = place.open(server=nobody)  # no session is open there
    for call in (
        lambda: channel.prepare(post),
        channel.check_account,
        channel.profile,
    ):
        with pytest.raises(RetryLater, match="could not be reached"):
            call()


def test_the_environment_does_not_redirect_calls(place, monkeypatch):
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert place.open().check_account()


def test_nothing_of_the_post_or_the_keys_gets_into_messages_or_logs(place, make_post, caplog):
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    post = make_post("Wilhelmina")
    channel = place.open()
    references = channel.prepare(post)
    place.fault("publish", "status:422")
    with pytest.raises(PermanentFailure) as raised:
        channel.publish(post, references)
    channel.take_down(channel.publish(post, references))
    assert raised.value.__cause__ is None
    keys = ("Bearer", "eyJ", "token-of-oak", "abcd-efgh")
    for secret in ("Wilhelmina", *keys):
        assert secret not in caplog.text + str(raised.value)


@pytest.mark.parametrize("name", ["urllib3", "httpx", "httpcore"])
def test_chatty_loggers_are_capped(on_mastodon, on_bluesky, name):
    logging.getLogger(name).setLevel(logging.DEBUG)
    on_mastodon()
    on_bluesky()
    assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)


def test_the_libraries_are_not_loaded_before_they_are_used():
    code = "import sys, gatekeeper.channels as c; print(len(c.PLATFORMS), *sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    count, *loaded = answer.stdout.split()
    assert int(count) >= 3
    assert not {"mastodon", "atproto_client", "atproto", "httpx", "requests"} & set(loaded)


def test_both_are_channels(on_mastodon, on_bluesky):
    assert isinstance(on_mastodon(), MastodonChannel)
    assert isinstance(on_bluesky(), BlueskyChannel)
