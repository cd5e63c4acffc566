"""The look at every post, once a night: still there, still what was approved, still permitted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select
from tests.queue.channel_model import ModelAccount

from gatekeeper_consent.register import Decision, Use
from gatekeeper_queue.channel import RetryLater
from gatekeeper_queue.drift import NightLook
from gatekeeper_queue.models import AuditEvent, NewsItem, Post
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.record_models import Incident, Notice, StrayCopy
from gatekeeper_queue.removal import Remover, take_down


@pytest.fixture
def account(desk):
    desk.channels["twitter"] = ModelAccount(desk.clock)
    return desk.channels["twitter"]


def publisher(desk):
    return Publisher(desk.school, desk.open_channel, "worker")


def night_look(desk):
    return NightLook(desk.school, desk.open_channel, publisher(desk))


def night(desk, hours=1):
    """The looks of the next night."""
    desk.clock.now = desk.clock.now.replace(hour=22, minute=5) + timedelta(days=1)
    looked = 0
    for _ in range(hours):
        looked += night_look(desk).tick()
        desk.clock.forward(hours=1)
    return looked


def published(desk, **more):
    (post_id,) = desk.approved(channels=("twitter",), **more)
    desk.clock.now = max(desk.clock.now, desk.post(post_id).due_at)
    publisher(desk).publish_due()
    assert desk.post(post_id).state == "live"
    return post_id


def removed(desk, post_id):
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        take_down(desk.school, session, desk.user(session, "head"), post, "asked")
    Remover(desk.school, desk.open_channel).remove_due()
    assert desk.post(post_id).state == "removed"


def told(desk):
    with desk.school.database.read() as session:
        return set(session.exec(select(Notice.kind).where(Notice.subject.in_(posts(session)))))


def posts(session):
    return session.exec(select(Post.id)).all()


def incidents(desk):
    with desk.school.database.read() as session:
        return [row.kind for row in session.exec(select(Incident))]


@pytest.mark.parametrize(
    ("by_hand", "drift", "opened"),
    [
        (None, "", []),
        ("copy_by_hand", "", []),
        ("delete_by_hand", "gone", []),
        ("change_by_hand", "changed", ["post-changed"]),
    ],
)
def test_a_post_that_is_not_as_approved_is_told(desk, account, by_hand, drift, opened):
    post_id = published(desk)
    if by_hand:
        getattr(account, by_hand)()
    assert night(desk) == 1
    assert desk.post(post_id).drift == drift
    assert incidents(desk) == opened
    assert told(desk) == ({"post-drifted"} if drift else set())
    assert desk.post(post_id).state == "live"  # a person decides what becomes of it
    assert night(desk) == 1
    assert len(incidents(desk)) == len(opened)
    assert desk.audit_is_whole()


def test_other_pictures_than_the_approved_are_a_change(desk, account):
    post_id = published(desk)
    ((key, shown),) = account.there.items()
    account.there[key] = type(shown)(
        shown.post_id, shown.text, shown.pictures, ("somebody-elses",), shown.since
    )
    night(desk)
    assert desk.post(post_id).drift == "changed"


def test_white_space_is_no_change(desk, account):
    post_id = published(desk, caption="Pupils\n at sports day.")
    ((key, shown),) = account.there.items()
    account.there[key] = type(shown)(
        shown.post_id, "Pupils at sports day. ", shown.pictures, shown.references, shown.since
    )
    night(desk)
    assert desk.post(post_id).drift == ""


def test_what_is_as_approved_again_is_not_red_any_more(desk, account):
    post_id = published(desk)
    before = dict(account.there)
    account.change_by_hand()
    night(desk)
    account.there = before
    night(desk)
    assert desk.post(post_id).drift == ""
    with desk.school.database.read() as session:
        kinds = session.exec(select(AuditEvent.kind)).all()
    assert [kind for kind in kinds if kind in ("post.drifted", "post.as-approved")] == [
        "post.drifted",
        "post.as-approved",
    ]


def test_a_removed_post_that_is_back_is_an_incident_and_removed_again(desk, account):
    post_id = published(desk)
    removed(desk, post_id)
    account.bring_back()
    night(desk)
    assert incidents(desk) == ["removed-back-up"]
    Remover(desk.school, desk.open_channel).remove_due()
    assert account.there == {}
    with desk.school.database.read() as session:
        (stray,) = session.exec(select(StrayCopy))
    assert stray.removed_at is not None
    assert desk.post(post_id).state == "removed"
    account.bring_back()
    night(desk)
    Remover(desk.school, desk.open_channel).remove_due()
    assert account.there == {}


def test_a_copy_that_does_not_go_is_tried_until_it_does(desk, account):
    post_id = published(desk)
    removed(desk, post_id)
    account.bring_back()
    night(desk)
    account.faults = {"take_down": ["stays", "retry"]}
    for expected in (1, 1, 0):
        Remover(desk.school, desk.open_channel).remove_due()
        assert len(account.there) == expected
        desk.clock.forward(hours=1)


def test_what_was_cancelled_after_it_was_sent_and_shows_up_later_is_removed(desk, account):
    """The platform listed it long after it was looked for."""
    (post_id,) = desk.approved(channels=("twitter",))
    account.faults = {"publish": ["lost after"]}
    publisher(desk).publish_due()
    hidden, account.there = account.there, {}
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        take_down(desk.school, session, desk.user(session, "head"), post, "asked")
    for _ in range(3):
        desk.clock.forward(minutes=1)
        publisher(desk).settle_unknown()
    assert desk.post(post_id).state == "cancelled"
    account.there = hidden
    night(desk)
    Remover(desk.school, desk.open_channel).remove_due()
    assert account.there == {}
    assert incidents(desk) == ["removed-back-up"]


def sent_again(desk, account):
    """A post whose first try is not seen until it was sent again; the copy that shows late."""
    (post_id,) = desk.approved(channels=("twitter",))
    account.faults = {"publish": ["lost after"]}
    publisher(desk).publish_due()
    hidden, account.there = account.there, {}
    desk.clock.forward(minutes=1)
    publisher(desk).settle_unknown()
    desk.clock.forward(minutes=1)
    publisher(desk).publish_due()
    assert (desk.post(post_id).state, desk.post(post_id).sends) == ("live", 2)
    return post_id, hidden


def test_the_second_copy_of_what_was_sent_again_is_found_within_minutes(desk, account):
    post_id, late = sent_again(desk, account)
    account.there |= late
    assert night_look(desk).tick() == 0
    desk.clock.forward(minutes=20)
    assert night_look(desk).tick() == 1
    Remover(desk.school, desk.open_channel).remove_due()
    assert list(account.there) == [desk.post(post_id).remote_id]
    assert incidents(desk) == ["published-twice"]


def test_two_copies_of_a_lost_post_are_both_found_by_the_look_that_settles_it(desk, account):
    (post_id,) = desk.approved(channels=("twitter",))
    account.faults = {"publish": ["lost after", "lost after"]}
    publisher(desk).publish_due()
    hidden, account.there = account.there, {}
    desk.clock.forward(minutes=1)
    publisher(desk).settle_unknown()
    desk.clock.forward(minutes=1)
    publisher(desk).publish_due()
    account.there |= hidden
    desk.clock.forward(minutes=1)
    publisher(desk).settle_unknown()
    assert desk.post(post_id).state == "live"
    Remover(desk.school, desk.open_channel).remove_due()
    assert list(account.there) == [desk.post(post_id).remote_id]
    assert incidents(desk) == ["published-twice"]


def test_what_was_sent_again_comes_down_with_the_copy_that_nobody_has_seen(desk, account):
    post_id, late = sent_again(desk, account)
    account.there |= late
    removed(desk, post_id)
    assert account.there == {}


def test_a_post_to_which_the_rules_about_people_object_is_told(desk, account, a_face):
    """The family still permits the website; the caption names a child who has come meanwhile."""
    for pupil in ("p1", "p2"):
        desk.consent(pupil, Decision.YES, use=Use.TWITTER)
    post_id = published(desk, faces=(a_face("p1"), a_face("p2", left=150)))
    desk.consent("p2", Decision.NO, use=Use.TWITTER)
    night(desk)
    assert desk.post(post_id).drift == "objected"


def test_the_looks_are_spread_and_each_post_is_looked_at_once_a_night(desk, account):
    look = NightLook(desk.school, desk.open_channel, publisher(desk), an_hour=2)
    for number in range(3):
        published(desk, caption=f"Pupils at work, {number}.")
    assert look.tick() == 0  # not by day
    desk.clock.now = desk.clock.now.replace(hour=22, minute=5)
    assert [look.tick() for _ in range(2)] == [2, 0]
    desk.clock.forward(hours=1, minutes=1)
    assert [look.tick() for _ in range(2)] == [1, 0]
    desk.clock.forward(hours=2)
    assert look.tick() == 0


def test_an_account_that_is_to_be_left_alone_is(desk, account):
    first, second = published(desk, caption="Pupils, one."), published(desk, caption="Pupils, two.")
    calls = []

    def look(receipt):
        calls.append(receipt)
        raise RetryLater("too many", desk.clock() + timedelta(minutes=15))

    account.look = look
    assert night(desk) == 0
    assert len(calls) == 1
    assert desk.post(first).looked_at is desk.post(second).looked_at is None


def test_one_post_that_cannot_be_looked_up_keeps_no_other_waiting(desk, account):
    first, second = published(desk, caption="Pupils, one."), published(desk, caption="Pupils, two.")
    account.faults = {"look": ["refuse"]}
    assert night(desk) == 2
    problems = [desk.post(post_id).last_error for post_id in (first, second)]
    assert sorted(problems) == ["", "no"]


def test_an_account_that_cannot_be_looked_at_is_told_once_a_night_until_it_can(desk, account):
    for number in range(2):
        published(desk, caption=f"Pupils, {number}.")

    def failed_looks():
        with desk.school.database.read() as session:
            query = select(Notice.seen_at).where(
                Notice.kind == "look-failed", Notice.user_id == desk.people["coordinator"]
            )
            return session.exec(query).all()

    account.faults = {"look": ["retry", "refuse"]}
    night(desk)
    assert len(failed_looks()) == 1
    with desk.school.database.write() as session:
        for row in session.exec(select(Notice)):
            row.sent_at = desk.clock()
    account.faults = {"look": ["retry"]}
    night(desk)
    assert len(failed_looks()) == 2
    night(desk)
    assert [seen is None for seen in failed_looks()] == [False]  # the second was not mailed


def test_why_a_post_failed_is_still_known_after_the_look(desk, account):
    (post_id,) = desk.approved(channels=("twitter",))
    account.faults = {"publish": ["refuse"]}
    publisher(desk).publish_due()
    assert night(desk) == 1
    assert (desk.post(post_id).state, desk.post(post_id).last_error) == ("failed", "no")


def test_what_failed_and_is_there_after_all_is_live(desk, account):
    (post_id,) = desk.approved(channels=("twitter",))
    account.faults = {"publish": ["lost after"]}
    publisher(desk).publish_due()
    with desk.school.database.write() as session:
        session.get_one(Post, post_id).state = "failed"
    night(desk)
    assert desk.post(post_id).state == "live"


def test_the_own_pages_are_compared_too(desk):
    (post_id,) = desk.approved()
    publisher(desk).publish_due()
    night(desk)
    assert desk.post(post_id).drift == ""
    with desk.school.database.write() as session:
        session.get_one(NewsItem, post_id).text = "Something else."
    night(desk)
    assert desk.post(post_id).drift == "changed"
    with desk.school.database.write() as session:
        session.delete(session.get_one(NewsItem, post_id))
    night(desk)
    assert desk.post(post_id).drift == "gone"
