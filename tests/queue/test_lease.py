"""One worker at a time sends from an account."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError
from tests.queue.channel_model import ModelAccount

from gatekeeper_queue.models import Account, Post
from gatekeeper_queue.publishing import Publisher


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def busy(desk):
    """Two posts on one account, both due."""
    desk.channels["twitter"] = ModelAccount(desk.clock)
    posts = [
        desk.approved(channels=("twitter",), caption=f"Pupils at work, {n}.")[0] for n in range(2)
    ]
    desk.clock.now = desk.post(posts[1]).due_at
    return posts


def states(desk, posts):
    return [desk.post(post_id).state for post_id in posts]


@pytest.mark.parametrize("step", ["claimed", "prepared", "ready", "published"])
def test_a_second_worker_takes_nothing_from_an_account_that_is_in_use(desk, busy, step):
    seen = []

    def other(name):
        if name == step:
            assert Publisher(desk.school, desk.open_channel, "two").publish_due() == 0
            seen.append(states(desk, busy))

    Publisher(desk.school, desk.open_channel, "one", step=other).publish_due()
    assert seen[0] == ["sending", "scheduled"]
    assert states(desk, busy)[0] == "live"


def test_a_worker_that_died_gives_the_account_back(desk, busy):
    def die(name):
        raise Killed

    with pytest.raises(Killed):
        Publisher(desk.school, desk.open_channel, "one", step=die).publish_due()
    second = Publisher(desk.school, desk.open_channel, "two")
    second.release_abandoned()
    assert (second.publish_due(), states(desk, busy)) == (0, ["sending", "scheduled"])
    desk.clock.forward(minutes=6)
    second.release_abandoned()
    assert second.publish_due() >= 1


def test_the_database_itself_refuses_two_at_once(desk, busy):
    with pytest.raises(IntegrityError), desk.school.database.write() as session:
        for post_id in busy:
            session.get_one(Post, post_id).state = "sending"


def test_an_account_that_is_switched_off_during_the_upload_sends_nothing(desk, busy):
    def off(name):
        if name == "prepared":
            with desk.school.database.write() as session:
                session.get_one(Account, desk.account_id).active = False

    Publisher(desk.school, desk.open_channel, "one", step=off).publish_due()
    assert desk.channels["twitter"].there == {}
    assert desk.post(busy[0]).state == "failed"
    assert "switched off" in desk.post(busy[0]).last_error


def test_a_worker_that_was_held_up_before_the_call_does_not_make_it(desk, busy):
    """Meanwhile another one may have found the post absent and sent it."""

    def stall(name):
        if name == "ready":
            desk.clock.forward(minutes=4)

    Publisher(desk.school, desk.open_channel, "one", step=stall).publish_due()
    assert desk.channels["twitter"].there == {}
    assert desk.post(busy[0]).state == "sending"
    second = Publisher(desk.school, desk.open_channel, "two")
    for _ in range(3):
        desk.clock.forward(minutes=2)
        second.release_abandoned()
        second.settle_unknown()
    second.publish_due()
    assert [one.post_id for one in desk.channels["twitter"].ours()].count(busy[0]) == 1
