"""One approval, several places: a post at each, and never two at one."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import select
from tests.queue.conftest import ModelChannel

from gatekeeper_queue.approvals import schedule_missing
from gatekeeper_queue.destinations import destinations_of
from gatekeeper_queue.models import Account, Approval, Post, Submission
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.removal import Remover, ask_removal
from gatekeeper_queue.submissions import posts_of


@pytest.fixture
def town(desk):
    """Two places make up the website beside our own pages; a second social account waits."""
    desk.wordpress = site(desk, "wordpress", "news.school.example")
    desk.folder = site(desk, "folder", "static.school.example")
    desk.mastodon = site(desk, "mastodon", "school@social.example", channel="twitter")
    for account_id in (desk.wordpress, desk.folder, desk.mastodon, desk.account_id):
        desk.channels[account_id] = ModelChannel()
    return desk


def site(desk, platform, handle, channel="website"):
    with desk.school.database.write() as session:
        account = Account(
            channel=channel, platform=platform, handle=handle, owner_id=desk.people["head"],
            secrets=b"-",
        )  # fmt: skip
        session.add(account)
        session.flush()
        return account.id


def places(desk, post_ids):
    return {desk.post(post_id).account_id for post_id in post_ids}


def publish(desk):
    desk.clock.forward(hours=1)
    return Publisher(desk.school, desk.open_channel, "w1").publish_due()


def switch(desk, account_id, on):
    with desk.school.database.write() as session:
        session.get_one(Account, account_id).active = on


def approve_again(desk, submission_id, **more):
    from gatekeeper_queue.approvals import grant, void_approvals
    from gatekeeper_queue.submissions import photos_of, send_to_checks

    with desk.school.database.write() as session:
        row = session.get_one(Submission, submission_id)
        void_approvals(desk.school, session, row, actor="test", reason="test")
        send_to_checks(desk.school, session, row, actor="test", reason="test")
    desk.judge(submission_id)
    with desk.school.database.write() as session:
        row = session.get_one(Submission, submission_id)
        rows = photos_of(session, submission_id)
        grant(desk.school, session, row, rows, [], by=desk.people["coordinator"])
        return [post.id for post in posts_of(session, submission_id)]


def test_the_website_is_every_place_that_makes_it_up(town):
    posts = town.approved()
    assert places(town, posts) == {None, town.wordpress, town.folder}
    assert publish(town) == 3
    assert {town.post(post).state for post in posts} == {"live"}


def test_without_our_own_pages_it_is_the_accounts_alone(town):
    object.__setattr__(town.school, "own_news", False)
    assert places(town, town.approved()) == {town.wordpress, town.folder}
    switch(town, town.wordpress, False)
    switch(town, town.folder, False)
    assert places(town, town.approved(caption="Pupils on a trip.")) == {None}


def test_parents_posts_go_nowhere_else(town):
    assert places(town, town.approved(channels=("parents",))) == {None}


def test_social_accounts_are_those_that_the_author_chose(town):
    with town.school.database.read() as session:
        row = Submission(account_ids=[town.mastodon], channels=["twitter"])
        assert destinations_of(town.school, session, row, "twitter") == [town.mastodon]
    assert places(town, town.approved(channels=("twitter",))) == {town.account_id}


def test_one_place_that_fails_holds_up_no_other(town):
    town.channels[town.wordpress].faults = ["", "refuse"]
    posts = town.approved()
    assert publish(town) == 2
    states = {town.post(post).account_id: town.post(post).state for post in posts}
    assert states == {None: "live", town.wordpress: "failed", town.folder: "live"}


@pytest.mark.parametrize("place", ["own pages", "account"])
def test_the_database_itself_refuses_a_second_post_at_one_place(town, place):
    posts = town.approved()
    first = town.post(posts[0])
    with pytest.raises(IntegrityError), town.school.database.write() as session:
        session.add(
            Post(
                submission_id=first.submission_id,
                approval_id=first.approval_id,
                channel="website",
                due_at=town.clock(),
                account_id=None if place == "own pages" else town.wordpress,
            )
        )


def test_a_place_that_is_added_later_gets_what_is_approved_later(town):
    switch(town, town.folder, False)
    posts = town.approved()
    switch(town, town.folder, True)
    assert schedule_missing(town.school) == 0
    publish(town)
    assert places(town, posts) == {None, town.wordpress}
    again = approve_again(town, town.post(posts[0]).submission_id)
    assert places(town, again) == {None, town.wordpress, town.folder}
    assert publish(town) == 1
    assert len(town.channels[town.wordpress].ever) == 1


def test_what_is_up_at_a_place_that_was_switched_off_stays_approved_and_comes_down_later(town):
    posts = town.approved()
    publish(town)
    switch(town, town.wordpress, False)
    again = approve_again(town, town.post(posts[0]).submission_id)
    assert sorted(again) == sorted(posts)
    with town.school.database.write() as session:
        for post_id in posts:
            standing = session.get_one(Approval, session.get_one(Post, post_id).approval_id)
            assert standing.voided_at is None
            post = session.get_one(Post, post_id)
            ask_removal(town.school, session, post, actor="test", reason="test")
    Remover(town.school, town.open_channel).remove_due()
    assert {town.post(post).state for post in posts} == {"removed"}
    assert not town.channels[town.wordpress].up


def test_what_still_waits_for_a_place_that_was_switched_off_is_cancelled(town):
    posts = town.approved()
    switch(town, town.wordpress, False)
    again = approve_again(town, town.post(posts[0]).submission_id)
    planned = [post for post in again if town.post(post).state == "scheduled"]
    assert places(town, planned) == {None, town.folder}


def test_a_place_whose_removal_is_under_way_gets_its_post_afterwards(town):
    posts = town.approved()
    publish(town)
    submission_id = town.post(posts[0]).submission_id
    with town.school.database.write() as session:
        for post in posts_of(session, submission_id):
            if post.account_id == town.wordpress:
                ask_removal(town.school, session, post, actor="test", reason="test")
    approve_again(town, submission_id)
    assert schedule_missing(town.school) == 0
    Remover(town.school, town.open_channel).remove_due()
    assert schedule_missing(town.school) == 1
    assert schedule_missing(town.school) == 0
    assert publish(town) == 1
    with town.school.database.read() as session:
        live = session.exec(select(Post.account_id).where(Post.state == "live")).all()
    assert sorted(live, key=str) == sorted([None, town.wordpress, town.folder], key=str)
