"""Posts through the real queue to a real WordPress: whatever goes wrong, one copy, and after a
take-down nothing.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.queue.conftest import Clock, Desk, make_desk
from tests.wordpress.conftest import picture

from gatekeeper.channels import platform_called
from gatekeeper.settings import Settings
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.removal import Remover, take_down

WAIT = timedelta(seconds=30)
NOISE = [
    "drop-before",
    "drop-after",
    (503, {}, b""),
    (429, {}, b""),
    (403, {}, b'{"code": "rest_forbidden"}'),
    (200, {"Content-Type": "text/html"}, b"<html>"),
]
CALLS = [
    ("POST", "posts"),
    ("POST", "posts/"),
    ("POST", "media"),
    ("GET", "posts"),
    ("GET", "media"),
    ("DELETE", "media/"),
    ("DELETE", "posts/"),
]


class Killed(BaseException):
    """The process dies here."""


def work(desk: Desk, rounds: int) -> None:
    """What the worker's ticks do, with enough time between them."""
    for _ in range(rounds):
        desk.clock.forward(minutes=7)
        publisher = Publisher(desk.school, desk.open_channel, "worker", WAIT)
        publisher.release_abandoned()
        publisher.publish_due()
        publisher.settle_unknown()
        Remover(desk.school, desk.open_channel).remove_due()


def approved(desk: Desk) -> str:
    """A post that is due."""
    (post_id,) = desk.approved(data=picture(1, "").jpeg)
    return post_id


def ask_down(desk: Desk, post_id: str) -> None:
    with desk.school.database.write() as session:
        post = session.get_one(type(desk.post(post_id)), post_id)
        take_down(desk.school, session, desk.user(session, "coordinator"), post, "asked for")


def copies(site) -> int:
    """How many posts can be read."""
    return [status for _, status, _ in site.posts()].count("publish")


def nothing_to_see(site) -> bool:
    """No picture, and no post but drafts that were never filled."""
    drafts_only = all(status == "draft" for _, status, _ in site.posts())
    return drafts_only and not site.media() and not site.files()


@pytest.fixture
def desk(tmp_path, lossy):
    made = make_desk(tmp_path)
    made.channels["website"] = lossy
    yield made
    made.school.database.close()


def test_an_account_is_opened_from_what_was_typed(desk, site, tmp_path):
    user, password = site.passwords["author"]
    typed = {"site": f" {site.url}/ ", "user": f"{user} ", "password": f" {password}\n"}
    platform = platform_called("wordpress")
    assert [key.name for key in platform.keys] == list(typed)
    channel = platform.open(typed, desk.school, Settings(data=tmp_path))
    assert channel.check_account().startswith("gatekeeper@127.0.0.1:")


def test_what_was_approved_goes_up_once_and_comes_down(desk, site):
    post_id = approved(desk)
    work(desk, rounds=3)
    post = desk.post(post_id)
    assert (post.state, copies(site), len(site.media())) == ("live", 1, 1)
    assert site.public(post.url).status_code == 200
    ask_down(desk, post_id)
    work(desk, rounds=2)
    assert desk.post(post_id).state == "removed"
    assert site.posts() == site.media() == site.files() == []
    assert desk.audit_is_whole()


@pytest.mark.parametrize("step", ["claimed", "prepared", "ready", "published", "live"])
def test_a_worker_that_dies_at_any_step_leaves_one_copy(desk, site, step):
    post_id = approved(desk)

    def die(name: str) -> None:
        if name == step:
            raise Killed

    with pytest.raises(Killed):
        Publisher(desk.school, desk.open_channel, "first", WAIT, die).publish_due()
    work(desk, rounds=4)
    assert (desk.post(post_id).state, copies(site)) == ("live", 1)
    assert len(site.posts()) == len(site.media()) == 1


def test_a_post_that_is_refused_fails_with_words_and_leaves_nothing(desk, site, proxy):
    post_id = approved(desk)
    proxy.fault("POST", "media", (413, {}, b""))
    work(desk, rounds=2)
    post = desk.post(post_id)
    assert (post.state, site.posts()) == ("failed", [])
    assert "takes no pictures of that size" in post.last_error
    assert nothing_to_see(site)


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    sending=st.lists(st.tuples(st.sampled_from(CALLS), st.sampled_from(NOISE)), max_size=4),
    removing=st.lists(st.tuples(st.sampled_from(CALLS), st.sampled_from(NOISE)), max_size=4),
)
def test_whatever_goes_wrong_there_is_one_copy_and_nothing_after_the_take_down(
    tmp_path_factory, site, proxy, lossy, sending, removing
):
    site.clean()
    desk = make_desk(tmp_path_factory.mktemp("school"), Clock())
    desk.channels["website"] = lossy
    post_id = approved(desk)
    for call, what in sending:
        proxy.fault(*call, what)
    for _ in range(8):
        work(desk, rounds=1)
        assert copies(site) <= 1
    proxy.faults.clear()
    work(desk, rounds=12)
    post = desk.post(post_id)
    assert post.state in ("live", "failed")
    assert copies(site) == len(site.media()) == (post.state == "live")
    for call, what in removing:
        proxy.fault(*call, what)
    ask_down(desk, post_id)
    work(desk, rounds=6)
    proxy.faults.clear()
    work(desk, rounds=12)
    assert desk.post(post_id).state in ("removed", "cancelled")
    assert nothing_to_see(site)
    desk.school.database.close()
