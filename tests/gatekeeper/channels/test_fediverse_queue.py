"""Posts through the real queue to Mastodon and Bluesky: whatever goes wrong, one copy, and none
after a take-down.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.gatekeeper.channels.loopback import LoopbackServer
from tests.queue.conftest import Clock, Desk, make_desk

from gatekeeper_queue.channel import Channel
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.removal import Remover, take_down

KINDS = ["status:503", "status:429", "drop", "drop-after", "status-after:502", "garbage"]
"""What may happen to a call and be over the next time. Hanging is in the other tables."""
CALLS = {
    "mastodon": [
        ("POST", "/api/v2/media"),
        ("POST", "/api/v1/statuses"),
        ("GET", "/api/v1/accounts/*"),
        ("DELETE", "/api/v1/statuses/*"),
        ("GET", "/api/v1/statuses/*"),
    ],
    "bluesky": [
        ("POST", "/xrpc/com.atproto.server.createSession"),
        ("POST", "/xrpc/com.atproto.repo.uploadBlob"),
        ("POST", "/xrpc/com.atproto.repo.createRecord"),
        ("GET", "/xrpc/com.atproto.repo.getRecord"),
        ("POST", "/xrpc/com.atproto.repo.deleteRecord"),
        ("GET", "/xrpc/app.bsky.feed.getPosts"),
    ],
}


class Killed(BaseException):
    """The process dies here."""


def work(desk: Desk, rounds: int = 30) -> None:
    """What the worker's ticks do, until everything had time to settle."""
    for _ in range(rounds):
        desk.clock.forward(minutes=7)
        publisher = Publisher(desk.school, desk.open_channel, "worker", timedelta(seconds=30))
        publisher.release_abandoned()
        publisher.publish_due()
        publisher.settle_unknown()
        Remover(desk.school, desk.open_channel).remove_due()


def ask_down(desk: Desk, post_id: str) -> None:
    with desk.school.database.write() as session:
        post = session.get_one(type(desk.post(post_id)), post_id)
        take_down(desk.school, session, desk.user(session, "coordinator"), post, "asked for")


@pytest.fixture(params=["mastodon", "bluesky"])
def platform(request) -> str:
    return request.param


@pytest.fixture
def server(request, platform) -> LoopbackServer:
    return request.getfixturevalue(platform)


@pytest.fixture
def channel(request, platform, server) -> Channel:
    return request.getfixturevalue(f"on_{platform}")()


def copies(server: LoopbackServer) -> list[str]:
    """The texts that are up."""
    if hasattr(server, "statuses"):
        return [status.text for status in server.statuses]
    return [record["text"] for record in server.records.values()]


@pytest.fixture
def desk(tmp_path, channel) -> Iterator[Desk]:
    made = make_desk(tmp_path)
    made.channels["twitter"] = channel
    yield made
    made.school.database.close()


def test_what_was_approved_goes_up_once_and_comes_down(desk, server):
    (post_id,) = desk.approved(channels=("twitter",))
    work(desk, rounds=3)
    post = desk.post(post_id)
    assert (post.state, copies(server)) == ("live", ["Pupils at sports day."])
    assert post.remote_id
    assert post.url.startswith("http")
    ask_down(desk, post_id)
    work(desk, rounds=2)
    assert (desk.post(post_id).state, copies(server)) == ("removed", [])
    assert desk.audit_is_whole()


@pytest.mark.parametrize("step", ["claimed", "prepared", "ready", "published", "live"])
def test_a_worker_that_dies_at_any_step_leaves_one_copy(desk, server, step):
    (post_id,) = desk.approved(channels=("twitter",))

    def die(name: str) -> None:
        if name == step:
            raise Killed

    with pytest.raises(Killed):
        Publisher(desk.school, desk.open_channel, "first", timedelta(seconds=30), die).publish_due()
    work(desk)
    assert (desk.post(post_id).state, len(copies(server))) == ("live", 1)


def test_a_refused_post_fails_with_words_and_nothing_is_up(desk, server, platform):
    (post_id,) = desk.approved(channels=("twitter",))
    server.fault(*CALLS[platform][1 if platform == "mastodon" else 2], "status:403")
    work(desk, rounds=3)
    post = desk.post(post_id)
    assert (post.state, copies(server)) == ("failed", [])
    assert "refused (403)" in post.last_error


def faults(platform: str) -> st.SearchStrategy[list[tuple[tuple[str, str], str]]]:
    one = st.tuples(st.sampled_from(CALLS[platform]), st.sampled_from(KINDS))
    return st.lists(one, max_size=6)


SOME = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SOME
@given(data=st.data())
def test_whatever_goes_wrong_there_is_one_copy_and_none_after_the_take_down(
    tmp_path_factory, channel, server, platform, data
):
    server.reset()
    desk = make_desk(tmp_path_factory.mktemp("school"), Clock())
    desk.channels["twitter"] = channel
    (post_id,) = desk.approved(channels=("twitter",))
    for call, kind in data.draw(faults(platform), label="while it is sent"):
        server.fault(*call, kind)
    for _ in range(12):
        work(desk, rounds=1)
        assert len(copies(server)) <= 1
    server.faults.clear()
    work(desk, rounds=12)
    assert desk.post(post_id).state in ("live", "failed")
    assert len(copies(server)) == (desk.post(post_id).state == "live")
    for call, kind in data.draw(faults(platform), label="while it is taken down"):
        server.fault(*call, kind)
    ask_down(desk, post_id)
    work(desk, rounds=12)
    server.faults.clear()
    work(desk, rounds=12)
    assert copies(server) == []
    assert desk.post(post_id).state in ("removed", "cancelled")
    desk.school.database.close()
