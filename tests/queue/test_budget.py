"""A limit of one account: no call is wasted on it, it holds up no other, and children go first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import select
from tests.queue.conftest import ModelChannel

from gatekeeper_queue.budget import rest
from gatekeeper_queue.channel import RetryLater
from gatekeeper_queue.models import Account, Post
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.record_models import AccountRest
from gatekeeper_queue.removal import EXPIRED, Remover, ask_removal


class Limited(ModelChannel):
    """Lets so many posts and removals through, then says when it will again."""

    def __init__(self, clock, sends=99, removals=99, tells=False):
        super().__init__()
        self.clock, self.left, self.tells = clock, {"send": sends, "remove": removals}, tells
        self.until = clock() + timedelta(hours=5)
        self.asked: list[str] = []
        self.gone: list[str] = []

    def _spend(self, action: str) -> None:
        self.asked.append(action)
        if self.clock() >= self.until:
            self.left[action] = 99
        if self.left[action] == 0:
            raise RetryLater("no more today", self.until)
        self.left[action] -= 1

    def publish(self, item, references):
        self._spend("send")
        return super().publish(item, references)

    def take_down(self, receipt):
        if receipt.remote_id in self.up:
            self._spend("remove")
            self.gone.append(receipt.remote_id)
        super().take_down(receipt)

    def used_up(self) -> dict[str, datetime]:
        if not self.tells:
            return {}
        return {action: self.until for action, left in self.left.items() if left == 0}


@pytest.fixture
def second(desk):
    with desk.school.database.write() as session:
        account = Account(channel="website", platform="wordpress", handle="s",
                          owner_id=desk.people["head"], secrets=b"-")  # fmt: skip
        session.add(account)
        session.flush()
        return account.id


def posts(desk, number):
    """So many posts on the second account, due now; the own pages are left out."""
    object.__setattr__(desk.school, "own_news", False)
    found = [desk.approved(caption=f"Pupils on trip {n}.")[0] for n in range(number)]
    with desk.school.database.write() as session:
        for n, post_id in enumerate(found):
            session.get_one(Post, post_id).due_at = desk.clock() - timedelta(minutes=20 * n)
    return found


def work(desk, rounds=30, **step):
    for _ in range(rounds):
        desk.clock.forward(**(step or {"minutes": 16}))
        Publisher(desk.school, desk.open_channel, "w").publish_due()
        Remover(desk.school, desk.open_channel).remove_due()


def states(desk, found):
    return [desk.post(post_id).state for post_id in found]


@pytest.mark.parametrize("tells", [False, True])
def test_once_nothing_is_left_nothing_is_asked_until_it_is(desk, second, tells):
    channel = desk.channels[second] = Limited(desk.clock, sends=2, tells=tells)
    found = posts(desk, 4)
    work(desk, 12)
    assert sorted(states(desk, found)) == ["live", "live", "scheduled", "scheduled"]
    # The first refusal is the last question, and there is none where the answers tell.
    assert channel.asked.count("send") == (2 if tells else 3)
    work(desk, 14)
    assert states(desk, found) == ["live"] * 4


def test_another_account_is_not_held_up(desk, second):
    desk.channels[second] = Limited(desk.clock, sends=0)
    stuck = posts(desk, 1)
    desk.channels[desk.account_id] = ModelChannel()
    (free,) = desk.approved(channels=("twitter",))
    work(desk, 4)
    assert states(desk, [*stuck, free]) == ["scheduled", "live"]


def ask_down(desk, post_id, reason):
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        ask_removal(desk.school, session, post, actor="test", reason=reason)


@pytest.mark.parametrize("tells", [False, True])
def test_a_child_comes_before_what_is_merely_old(desk, second, tells):
    channel = desk.channels[second] = Limited(desk.clock, removals=1, tells=tells)
    old, older, child = posts(desk, 3)
    work(desk, 5)
    remote = desk.post(child).remote_id
    ask_down(desk, older, EXPIRED)
    ask_down(desk, old, EXPIRED)
    desk.clock.forward(seconds=1)
    ask_down(desk, child, "consent withdrawn")
    work(desk, 5)
    assert channel.gone == [remote]
    assert states(desk, [old, older, child]) == ["removing", "removing", "removed"]
    assert channel.asked.count("remove") == (1 if tells else 2)
    assert "no more" in desk.post(old).last_error
    work(desk, 20)
    assert states(desk, [old, older, child]) == ["removed"] * 3


def test_sending_and_removing_have_limits_of_their_own(desk, second):
    desk.channels[second] = Limited(desk.clock, sends=1)
    first, later = posts(desk, 2)
    work(desk, 5)
    assert sorted(states(desk, [first, later])) == ["live", "scheduled"]
    up = first if desk.post(first).state == "live" else later
    ask_down(desk, up, "consent withdrawn")
    work(desk, 1)
    assert desk.post(up).state == "removed"


def test_the_later_of_two_times_counts(desk, second):
    now = desk.clock()
    for hours in (1, 3, 2):
        with desk.school.database.write() as session:
            rest(session, second, "send", now + timedelta(hours=hours))
    with desk.school.database.write() as session:
        rest(session, None, "send", now)  # our own pages have no limit
        rows = session.exec(select(AccountRest)).all()
        assert [row.until for row in rows] == [now + timedelta(hours=3)]


@pytest.mark.parametrize("tells", [False, True])
@pytest.mark.parametrize("action", ["send", "remove"])
def test_a_time_that_is_nonsense_keeps_nothing_waiting_longer_than_a_day(
    desk, second, action, tells
):
    channel = desk.channels[second] = Limited(desk.clock, tells=tells)
    first, then = posts(desk, 2)
    work(desk, 2 if action == "remove" else 0)
    channel.left[action], channel.until = (1 if tells else 0), desk.clock() + timedelta(days=9_000)
    for post_id in (first, then) if action == "remove" else ():
        ask_down(desk, post_id, "consent withdrawn")
    work(desk, 4)
    before = states(desk, [first, then])
    assert ("removing" if action == "remove" else "scheduled") in before
    channel.left[action] = 99
    work(desk, 4, hours=7)
    # What is late to be sent is not sent but asked about again.
    assert states(desk, [first, then]) != before
