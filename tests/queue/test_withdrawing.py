"""Consent taken back: every post with the child is found, comes down, and is followed (P24)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import select

from gatekeeper_consent.models import Pupil
from gatekeeper_consent.register import Decision, Scope, Use, add_guardian, give_say, set_consent
from gatekeeper_queue.appearing import appearances
from gatekeeper_queue.channel import Receipt
from gatekeeper_queue.models import Post, PostPerson, Submission
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.record_models import Notice, Withdrawal
from gatekeeper_queue.removal import Remover, take_down
from gatekeeper_queue.strays import TWICE, note_stray
from gatekeeper_queue.submissions import photos_of
from gatekeeper_queue.withdrawing import (
    follow_answer,
    follow_withdrawals,
    posts_of_withdrawal,
    withdraw_consent,
    withdrawals_of,
)

CHILD = "p1"


@pytest.fixture
def town(desk):
    """Three children who may be shown with others."""
    for pupil in (CHILD, "p2", "p4"):
        for use in (Use.WEBSITE, Use.PARENTS):
            desk.consent(pupil, Decision.YES, use)
    desk.channels["parents"] = desk.channels["website"]
    return desk


def publish(desk, a_face, people=(), **more):
    faces = tuple(a_face(who, left=10 + 100 * n) for n, who in enumerate(people))
    posts = desk.approved(faces=faces, **more)
    desk.clock.forward(minutes=20)
    Publisher(desk.school, desk.open_channel, "w").publish_due()
    assert {desk.post(post).state for post in posts} == {"live"}
    return posts


def takes_back(desk, uses="all", pupil=CHILD, **more):
    with desk.school.database.write() as session:
        office = desk.user(session, "office")
        return withdraw_consent(
            desk.school, session, pupil, uses, given_by="mother", actor=office.id, **more
        )


def rename(desk, pupil_id, first, last):
    """The child is on the roll under this name only after the post went out."""
    with desk.school.database.write() as session:
        row = session.get_one(Pupil, pupil_id)
        row.first_name, row.last_name = first, last


def state(desk, post_id):
    return desk.post(post_id).state


# --- where the child appears -----------------------------------------------------------------


def by_match(desk, a_face):
    return publish(desk, a_face, (CHILD, "p2"))[0]


def by_a_persons_word(desk, a_face):
    faces = (a_face("", said=CHILD), a_face("p2", left=150))
    (post,) = desk.approved(faces=faces)
    Publisher(desk.school, desk.open_channel, "w").publish_due()
    return post


def by_an_authors_claim(desk, a_face):
    post = publish(desk, a_face, ("p2", "p4"))[0]
    with desk.school.database.write() as session:
        (photo,) = photos_of(session, desk.post(post).submission_id)
        photo.faces = [{**each, "claimed": CHILD} for each in photo.faces[:1]] + photo.faces[1:]
    return post


def by_a_later_check(desk, a_face):
    """A new check recognised somebody whom nobody knew when it was approved."""
    post = publish(desk, a_face, ("p2", "p4"))[0]
    with desk.school.database.write() as session:
        (photo,) = photos_of(session, desk.post(post).submission_id)
        photo.faces = [{**each, "matched": CHILD} for each in photo.faces[:1]] + photo.faces[1:]
    return post


def by_caption(desk, a_face):
    post = publish(desk, a_face, caption="Well done Zebedee at sports day.")[0]
    rename(desk, CHILD, "Zebedee", "Plumtree")
    return post


def by_description(desk, a_face):
    post = publish(desk, a_face, alt="Zebedee Plumtree on a field.")[0]
    rename(desk, CHILD, "Zebedee", "Plumtree")
    return post


def by_words_in_the_picture(desk, a_face):
    post = publish(desk, a_face)[0]
    with desk.school.database.write() as session:
        (photo,) = photos_of(session, desk.post(post).submission_id)
        photo.words = [{"box": [1, 1, 90, 20], "text": "Quillon1 Xanthery", "score": 0.9}]
    return post


def by_a_misread_capital(desk, a_face):
    """The reader takes a capital I for a small l."""
    post = publish(desk, a_face)[0]
    with desk.school.database.write() as session:
        (photo,) = photos_of(session, desk.post(post).submission_id)
        photo.words = [{"box": [1, 1, 90, 20], "text": "by lvan", "score": 0.9}]
    rename(desk, CHILD, "Ivan", "Plumtree")
    return post


EVERY_WAY = (
    by_match,
    by_a_persons_word,
    by_an_authors_claim,
    by_a_later_check,
    by_caption,
    by_description,
    by_words_in_the_picture,
    by_a_misread_capital,
)


@pytest.mark.parametrize("way", EVERY_WAY)
def test_every_way_in_which_a_child_appears_is_found_and_comes_down(town, a_face, way):
    if way in (by_caption, by_description):
        rename(town, CHILD, "Ottoline", "Nobody")
    post = way(town, a_face)
    other = publish(town, a_face, ("p2", "p4"), caption="Pupils in the hall.")[0]
    row = takes_back(town)
    assert row.posts == [post]
    assert (state(town, post), state(town, other)) == ("removing", "live")
    Remover(town.school, town.open_channel).remove_due()
    assert state(town, post) == "removed"
    assert town.audit_is_whole()


@pytest.mark.parametrize(
    "caption",
    [
        "Pupils at sports day.",
        "Hope springs eternal: we hope for sun.",
        "Thank you, Mr Xanthery.",
        "The Quillon cup stands in the hall.",
    ],
)
def test_other_words_bring_nothing_down(town, a_face, caption):
    post = publish(town, a_face, ("p2", "p4"), caption=caption)[0]
    takes_back(town)
    assert state(town, post) == "live"


def test_words_that_may_name_the_child_are_put_before_a_person(town, a_face):
    rename(town, CHILD, "Ottoline", "Nobody")
    post = publish(town, a_face, caption="Becky on the climbing wall.")[0]
    rename(town, CHILD, "Rebecca", "Nobody")
    row = takes_back(town)
    assert (row.posts, row.unclear) == ([], [post])
    assert state(town, post) == "live"
    assert told(town, "withdrawal-made") == {town.people["coordinator"]}


@pytest.mark.parametrize(
    "caption",
    [
        "Well done Zebede Plumtre!",
        "Zachery Plumtre on the climbing wall.",
        "Happy birthday Zebedde Plumtree-Quibble",
    ],
)
def test_a_name_with_slips_is_not_taken_for_a_stranger(town, a_face, caption):
    """What may be a stranger's name may be the child's, and then a person must look."""
    rename(town, CHILD, "Ottoline", "Nobody")
    post = publish(town, a_face, caption=caption)[0]
    rename(town, CHILD, "Zebedee", "Plumtree")
    row = takes_back(town)
    assert post in [*row.posts, *row.unclear]


def told(desk, kind):
    with desk.school.database.read() as session:
        return set(session.exec(select(Notice.user_id).where(Notice.kind == kind)))


def test_appearances_speak_of_the_children_asked_about_alone(town, a_face):
    post = publish(town, a_face, (CHILD, "p2"))[0]
    with town.school.database.read() as session:
        for asked in ({CHILD}, {"p2"}, {CHILD, "p2"}):
            (found,) = appearances(session, asked)
            assert (found.post.id, found.sure, found.maybe) == (post, asked, frozenset())
        assert not appearances(session, ["p3"])
        assert not appearances(session, [])


# --- one use, one scope, one of two guardians ------------------------------------------------


def test_only_the_channels_that_were_taken_back_lose_their_posts(town, a_face):
    website, parents = publish(town, a_face, (CHILD, "p2"), channels=("website", "parents"))
    row = takes_back(town, [Use.PARENTS])
    assert (row.uses, row.everything, row.posts) == (["parents"], False, [parents])
    assert (state(town, website), state(town, parents)) == ("live", "removing")


def guardian(desk, name):
    with desk.school.database.write() as session:
        more = {"recorded_by": "office", "now": desk.clock(), "record": lambda *_: None}
        added = add_guardian(session, name, **more)
        give_say(session, added.id, CHILD, **more)
        return added.id


def answers(desk, guardian_id, decision, scope=Scope.GROUP, use=Use.WEBSITE):
    with desk.school.database.write() as session:
        change = set_consent(
            session,
            CHILD,
            use,
            scope,
            decision,
            given_by="a parent",
            given_on=date(2026, 11, 1),
            guardian_id=guardian_id,
            recorded_by="x",
            now=desk.clock(),
            record=lambda *_: None,
        )
        office = desk.user(session, "office")
        return follow_answer(desk.school, session, change, actor=office.id, guardian_id=guardian_id)


def test_of_two_parents_who_disagree_the_stricter_counts(town, a_face):
    one, two = guardian(town, "One"), guardian(town, "Two")
    answers(town, one, Decision.YES)
    post = publish(town, a_face, (CHILD, "p2"))[0]
    row = answers(town, two, Decision.NO)
    assert (row.posts, row.guardian_id, row.scope) == ([post], two, "group")
    assert state(town, post) == "removing"
    assert answers(town, one, Decision.YES) is None
    assert town.judge(town.submit(), (a_face(CHILD), a_face("p2", left=150))) == "rejected"


def test_a_yes_after_a_no_takes_nothing_down(town, a_face):
    post = publish(town, a_face, ("p2", "p4"))[0]
    one = guardian(town, "One")
    answers(town, one, Decision.NO)
    assert answers(town, one, Decision.YES) is None
    assert state(town, post) == "live"


def test_a_no_to_being_shown_alone_takes_down_what_shows_the_child_alone(town, a_face):
    town.consent(CHILD, Decision.YES, scope=Scope.INDIVIDUAL)
    together = publish(town, a_face, (CHILD, "p2"))[0]
    alone = publish(town, a_face, (CHILD,))[0]
    row = answers(town, guardian(town, "One"), Decision.NO, Scope.INDIVIDUAL)
    assert (row.posts, row.scope) == ([alone], "individual")
    assert (state(town, together), state(town, alone)) == ("live", "removing")


def test_what_waits_is_judged_again(town, a_face):
    submission = town.submit()
    town.judge(submission, (a_face(CHILD), a_face("p2", left=150)))
    (planned,) = town.approved(faces=(a_face(CHILD), a_face("p2", left=150)))
    takes_back(town)
    assert town.state_of(submission) == "waiting"
    assert Publisher(town.school, town.open_channel, "w").publish_due() == 0
    waiting = town.post(planned).submission_id
    assert town.judge(waiting, (a_face(CHILD), a_face("p2", left=150))) == "rejected"


# --- until it holds ----------------------------------------------------------------------------


def test_it_is_finished_only_when_the_last_post_is_seen_to_be_gone(town, a_face, model_channel):
    stubborn = town.channels["website"] = model_channel()
    stubborn.faults = [""] * 2
    publish(town, a_face, (CHILD, "p2"))
    row = takes_back(town)
    stubborn.faults = ["stays", "stays"]
    remover = Remover(town.school, town.open_channel)
    for _ in range(2):
        assert remover.remove_due() == 0
        assert follow_withdrawals(town.school) == 0
        town.clock.forward(minutes=3)
    assert remover.remove_due() == 1
    assert follow_withdrawals(town.school) == 1
    assert follow_withdrawals(town.school) == 0
    with town.school.database.read() as session:
        stored = session.get_one(Withdrawal, row.id)
        assert stored.finished_at == town.clock()
        (post,) = posts_of_withdrawal(session, stored)
        assert post.removed_at is not None
    assert told(town, "withdrawal-done") == {town.people["office"]}


def test_a_removal_that_does_not_hold_is_told_once_after_the_time_set(town, a_face, model_channel):
    stubborn = town.channels["website"] = model_channel()
    publish(town, a_face, (CHILD, "p2"))
    takes_back(town)
    stubborn.faults = ["retry"] * 9
    Remover(town.school, town.open_channel).remove_due()
    town.clock.forward(minutes=9, seconds=59)
    assert follow_withdrawals(town.school, timedelta(minutes=10)) == 0
    assert told(town, "removal-not-held") == set()
    town.clock.forward(seconds=1)
    assert follow_withdrawals(town.school, timedelta(minutes=10)) == 1
    assert follow_withdrawals(town.school, timedelta(minutes=10)) == 0
    assert told(town, "removal-not-held") == {town.people["coordinator"], town.people["head"]}


def test_a_copy_of_the_post_is_waited_for_and_told_of_like_the_post(town, a_face, model_channel):
    stubborn = town.channels["website"] = model_channel()
    post_id = publish(town, a_face, (CHILD, "p2"))[0]
    takes_back(town)
    remover = Remover(town.school, town.open_channel)
    assert remover.remove_due() == 1
    with town.school.database.write() as session:
        copy = Receipt("copy", "https://x.example/copy")
        note_stray(town.school, session, session.get_one(Post, post_id), copy, TWICE)
    stubborn.up["copy"] = next(iter(stubborn.up.values()), (None, ()))
    stubborn.faults = ["stays"]
    assert remover.remove_due() == 0
    assert follow_withdrawals(town.school) == 0
    town.clock.forward(minutes=10)
    assert [follow_withdrawals(town.school) for _ in range(2)] == [1, 0]
    assert told(town, "removal-not-held") == {town.people["coordinator"], town.people["head"]}
    assert told(town, "withdrawal-done") == set()
    assert remover.remove_due() == 1
    assert follow_withdrawals(town.school) == 1
    assert told(town, "withdrawal-done") == {town.people["office"]}


def test_where_nothing_was_up_it_is_finished_at_once(town):
    row = takes_back(town, [Use.WEBSITE])
    assert (row.posts, row.finished_at) == ([], town.clock())
    assert told(town, "withdrawal-made") == set()


def test_of_displays_the_coordinator_is_told_because_only_people_see_a_wall(town):
    takes_back(town, [Use.DISPLAY])
    assert told(town, "withdrawal-made") == {town.people["coordinator"]}


@pytest.mark.parametrize("earlier", ["the other parent", "a colleague"])
def test_what_comes_down_already_is_followed_by_a_later_withdrawal_too(
    town, a_face, model_channel, earlier
):
    """Until it is seen to be gone, it is a post with that child."""
    stubborn = town.channels["website"] = model_channel()
    post = publish(town, a_face, (CHILD, "p2"))[0]
    if earlier == "the other parent":
        answers(town, guardian(town, "One"), Decision.NO)
    else:
        with town.school.database.write() as session:
            who = town.user(session, "coordinator")
            take_down(town.school, session, who, session.get_one(Post, post), "")
    stubborn.faults = ["stays"]
    remover = Remover(town.school, town.open_channel)
    assert remover.remove_due() == 0
    row = takes_back(town)
    assert (row.posts, row.finished_at) == ([post], None)
    assert follow_withdrawals(town.school) == 0
    town.clock.forward(minutes=3)
    assert remover.remove_due() == 1
    assert follow_withdrawals(town.school) > 0
    assert takes_back(town).posts == []


def test_what_comes_down_already_but_is_permitted_is_no_part_of_a_withdrawal(town, a_face):
    post = publish(town, a_face, (CHILD, "p2"))[0]
    with town.school.database.write() as session:
        who = town.user(session, "coordinator")
        take_down(town.school, session, who, session.get_one(Post, post), "")
    row = answers(town, guardian(town, "One"), Decision.NO, Scope.INDIVIDUAL)
    assert row is None or row.posts == []
    assert takes_back(town, [Use.PARENTS]).posts == []
    assert takes_back(town, [Use.WEBSITE], pupil="p4").posts == []


def test_a_childs_withdrawals_are_listed_the_newest_first(town):
    first = takes_back(town, [Use.WEBSITE])
    town.clock.forward(minutes=1)
    second = takes_back(town)
    takes_back(town, pupil="p2")
    with town.school.database.read() as session:
        assert [row.id for row in withdrawals_of(session, CHILD)] == [second.id, first.id]


def test_a_post_that_is_just_being_sent_comes_down_when_it_is_known(town, a_face, model_channel):
    channel = town.channels["website"] = model_channel()
    (post,) = town.approved(faces=(a_face(CHILD), a_face("p2", left=150)))
    channel.faults = ["", "lost after"]
    publisher = Publisher(town.school, town.open_channel, "w")
    publisher.publish_due()
    assert state(town, post) == "unknown"
    row = takes_back(town)
    assert row.posts == [post]
    assert follow_withdrawals(town.school) == 0
    town.clock.forward(minutes=2)
    publisher.settle_unknown()
    Remover(town.school, town.open_channel).remove_due()
    assert state(town, post) == "removed"
    assert channel.up == {}
    assert follow_withdrawals(town.school) == 1


def test_nothing_of_it_happens_when_the_transaction_fails(town, a_face):
    post = publish(town, a_face, (CHILD, "p2"))[0]

    class Broken(Exception):
        pass

    with pytest.raises(Broken), town.school.database.write() as session:
        office = town.user(session, "office")
        withdraw_consent(town.school, session, CHILD, "all", given_by="mother", actor=office.id)
        raise Broken
    with town.school.database.read() as session:
        assert session.get_one(Post, post).state == "live"
        assert not session.exec(select(Withdrawal)).all()
        assert session.exec(select(PostPerson)).all()
        assert session.get_one(Submission, town.post(post).submission_id)
