"""Objections of parents: hidden first, decided afterwards, with a clock (G05)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from gatekeeper_queue.models import AuditEvent, Post, StoppedPicture, Submission, User
from gatekeeper_queue.objections import (
    CLOCK,
    CannotDecide,
    acknowledge,
    acknowledge_by,
    answer_of,
    by_urgency,
    decline,
    late_objections,
    object_to,
    still_seen,
    uphold,
    why_blocked,
    words_of,
)
from gatekeeper_queue.people import NotAllowed, Role
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.record_models import Incident, Notice, Objection
from gatekeeper_queue.removal import Remover
from gatekeeper_queue.review import CannotReview, approve
from gatekeeper_queue.verdicts import newest_verdict


@pytest.fixture
def parent(desk):
    with desk.school.database.write() as session:
        user = User(
            id="parent", email="p@home.test", display_name="P", role=Role.PARENT, password_hash="-"
        )
        session.add(user)
    return "parent"


@pytest.fixture
def live(desk, parent):
    """A post that is up, and the same submission's post on another own page, still planned."""
    first, second = desk.approved(channels=("website", "parents"))
    desk.channels["parents"] = desk.channels["website"]
    with desk.school.database.write() as session:
        session.get_one(Post, second).due_at += timedelta(hours=3)
    assert Publisher(desk.school, desk.open_channel, "w").publish_due() == 1
    return first, second


def objects(desk, post_id, words="", who="parent"):
    with desk.school.database.write() as session:
        post, user = session.get_one(Post, post_id), session.get_one(User, who)
        return object_to(desk.school, session, user, post, words).id


def act(desk, name, objection_id, do, *more):
    with desk.school.database.write() as session:
        row = session.get_one(Objection, objection_id)
        do(desk.school, session, desk.user(session, name), row, *more)


def notices(desk, kind):
    with desk.school.database.read() as session:
        query = select(Notice.user_id).where(Notice.kind == kind)
        return set(session.exec(query))


def test_an_objection_takes_everything_of_it_down_at_once(desk, live):
    objects(desk, live[0])
    assert [desk.post(post).state for post in live] == ["removing", "cancelled"]
    Remover(desk.school, desk.open_channel).remove_due()
    assert desk.post(live[0]).state == "removed"
    Publisher(desk.school, desk.open_channel, "w").publish_due()
    assert [desk.post(post).state for post in live] == ["removed", "cancelled"]


@pytest.mark.parametrize("on_account", [False, True])
def test_what_is_on_another_site_may_be_seen_until_it_is_gone(desk, live, on_account):
    """Also a website post: only what is on the school's own pages is hidden at once."""
    if on_account:
        with desk.school.database.write() as session:
            session.get_one(Post, live[0]).account_id = desk.account_id
    objection_id = objects(desk, live[0])
    with desk.school.database.read() as session:
        seen = still_seen(session, session.get_one(Objection, objection_id))
    assert [post.id for post in seen] == ([live[0]] if on_account else [])


def test_the_same_picture_in_another_post_is_hidden_too(desk, live):
    (other,) = desk.approved(caption="Pupils once more.")
    (different,) = desk.approved(caption="Other pupils.", data=_other_picture())
    for _ in range(2):  # they keep their distance
        desk.clock.forward(minutes=40)
        assert Publisher(desk.school, desk.open_channel, "w").publish_due() == 1
    objects(desk, live[0])
    assert desk.post(other).state == "removing"
    assert desk.post(different).state == "live"


def _other_picture():
    from tests.queue.conftest import jpeg

    return jpeg("gold")


def test_the_coordinator_and_the_head_are_told_and_nobody_else(desk, live):
    objects(desk, live[0])
    assert notices(desk, "objection-made") == {desk.people["coordinator"], desk.people["head"]}


def test_the_words_are_encrypted_and_the_log_holds_none(desk, live):
    objection_id = objects(desk, live[0], "My son Quillon1 \u200bis\x00 in it")
    with desk.school.database.read() as session:
        row = session.get_one(Objection, objection_id)
        assert b"Quillon" not in row.words
        assert words_of(desk.school, row) == "My son Quillon1 \u200bis in it"
        log = " ".join(event.data for event in session.exec(select(AuditEvent)))
    assert "Quillon" not in log
    assert desk.audit_is_whole()


def test_a_second_tap_opens_no_second_case(desk, live):
    assert objects(desk, live[0]) == objects(desk, live[0], "again")
    with desk.school.database.read() as session:
        assert len(session.exec(select(Objection)).all()) == 1


def test_staff_do_not_object(desk, live):
    with pytest.raises(NotAllowed):
        objects(desk, live[0], who=desk.people["coordinator"])
    assert desk.post(live[0]).state == "live"


def test_what_was_objected_to_is_known_when_it_comes_back_elsewhere(desk, live):
    objection_id = objects(desk, live[0])
    assert [row.why for row in stopped(desk)] == ["a parent objected to"]
    act(desk, "head", objection_id, decline, "It shows nobody.")
    assert stopped(desk) == []


def stopped(desk):
    with desk.school.database.read() as session:
        return session.exec(select(StoppedPicture)).all()


def again_to_the_reviewer(desk, submission_id):
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, submission_id)
        if submission.state != "waiting":
            from gatekeeper_queue.submissions import check_again

            check_again(desk.school, session, desk.user(session, "teacher"), submission)
    desk.judge(submission_id)


def approves(desk, submission_id):
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, submission_id)
        seen = newest_verdict(session, submission)
        approve(desk.school, session, desk.user(session, "coordinator"), submission, seen)


@pytest.mark.parametrize("decided", ["", "upheld"])
def test_nobody_approves_while_an_objection_stands(desk, live, decided):
    objection_id = objects(desk, live[0])
    if decided:
        act(desk, "head", objection_id, uphold)
    submission_id = desk.post(live[0]).submission_id
    again_to_the_reviewer(desk, submission_id)
    with pytest.raises(CannotReview, match=r"objection|objects"):
        approves(desk, submission_id)
    assert desk.state_of(submission_id) == "clear"


def test_a_declined_objection_lets_a_reviewer_publish_it_again(desk, live):
    objection_id = objects(desk, live[0])
    Remover(desk.school, desk.open_channel).remove_due()
    act(desk, "head", objection_id, decline, "Only the hall can be seen.")
    submission_id = desk.post(live[0]).submission_id
    assert desk.state_of(submission_id) == "waiting"
    again_to_the_reviewer(desk, submission_id)
    approves(desk, submission_id)
    desk.clock.forward(hours=1)
    assert Publisher(desk.school, desk.open_channel, "w").publish_due() == 2


def test_one_declined_objection_does_not_lift_another(desk, live):
    first = objects(desk, live[0])
    with desk.school.database.write() as session:
        session.add(
            User(id="other", email="o@home.test", display_name="O", role="parent", password_hash="")
        )
    objects(desk, live[0], who="other")
    act(desk, "head", first, decline, "No child can be known.")
    submission_id = desk.post(live[0]).submission_id
    with desk.school.database.read() as session:
        assert "objects" in why_blocked(session, submission_id)
    assert desk.state_of(submission_id) == "approved"
    assert [row.why for row in stopped(desk)] == ["a parent objected to"]


def test_the_parent_is_told_and_reads_the_answer(desk, live):
    objection_id = objects(desk, live[0])
    act(desk, "coordinator", objection_id, acknowledge)
    act(desk, "coordinator", objection_id, uphold, "We are sorry. It stays down.")
    assert notices(desk, "objection-acknowledged") == {"parent"}
    assert notices(desk, "objection-decided") == {"parent"}
    with desk.school.database.read() as session:
        row = session.get_one(Objection, objection_id)
        assert answer_of(desk.school, row) == "We are sorry. It stays down."
        assert (row.acknowledged_by, row.outcome) == (desk.people["coordinator"], "upheld")


def test_a_decision_acknowledges_too_and_is_made_once(desk, live):
    objection_id = objects(desk, live[0])
    act(desk, "head", objection_id, uphold)
    with desk.school.database.read() as session:
        assert session.get_one(Objection, objection_id).acknowledged_at == desk.clock()
    with pytest.raises(CannotDecide, match="already"):
        act(desk, "coordinator", objection_id, decline, "No.")


def test_a_decided_objection_waits_for_nobody(desk, live):
    objection_id = objects(desk, live[0])
    about_it = select(Notice).where(
        Notice.subject == objection_id, Notice.kind == "objection-made", Notice.seen_at.is_(None)
    )
    with desk.school.database.read() as session:
        assert len(session.exec(about_it).all()) == 2
    act(desk, "head", objection_id, uphold)
    with desk.school.database.read() as session:
        assert session.exec(about_it).all() == []


@pytest.mark.parametrize("answer", ["", "  \n"])
def test_no_objection_is_declined_without_an_answer(desk, live, answer):
    with pytest.raises(CannotDecide, match="Write the parent"):
        act(desk, "head", objects(desk, live[0]), decline, answer)


@pytest.mark.parametrize("name", ["teacher", "office"])
@pytest.mark.parametrize("do", [acknowledge, uphold, decline])
def test_only_coordinator_and_head_decide(desk, live, name, do):
    objection_id = objects(desk, live[0])
    more = () if do is acknowledge else ("Because.",)
    with pytest.raises(NotAllowed):
        act(desk, name, objection_id, do, *more)


def test_who_submitted_the_picture_does_not_turn_an_objection_down(desk, parent):
    (post,) = desk.approved(author="head")
    Publisher(desk.school, desk.open_channel, "w").publish_due()
    objection_id = objects(desk, post)
    with pytest.raises(NotAllowed, match="Another person"):
        act(desk, "head", objection_id, decline, "It is a nice picture.")
    act(desk, "head", objection_id, uphold)


def test_the_clock_runs_until_it_is_acknowledged(desk, live):
    objection_id = objects(desk, live[0])
    with desk.school.database.read() as session:
        row = session.get_one(Objection, objection_id)
        assert acknowledge_by(row) - row.at == CLOCK == timedelta(days=30)
        assert not late_objections(session, row.at + CLOCK)
        assert late_objections(session, row.at + CLOCK + timedelta(seconds=1)) == [row]
    act(desk, "coordinator", objection_id, acknowledge)
    with desk.school.database.read() as session:
        assert not late_objections(session, row.at + timedelta(days=99))


def test_what_is_most_urgent_stands_first(desk, parent):
    def one(caption: str, colour: str) -> str:
        from tests.queue.conftest import jpeg

        desk.clock.forward(hours=1)
        (post,) = desk.approved(caption=caption, data=jpeg(colour))
        Publisher(desk.school, desk.open_channel, "w").publish_due()
        return objects(desk, post)

    seen, old, new, done = (
        one(f"Pupils {number}.", colour)
        for number, colour in enumerate(("red", "green", "blue", "gold"))
    )
    act(desk, "head", seen, acknowledge)
    act(desk, "head", done, uphold)
    with desk.school.database.read() as session:
        assert [row.id for row in by_urgency(session)] == [old, new, seen, done]


def test_nothing_stays_half_done(desk, live):
    """The case is opened in the transaction that hides the picture, or neither happens."""

    class Broken(Exception):
        pass

    with pytest.raises(Broken), desk.school.database.write() as session:
        post = session.get_one(Post, live[0])
        object_to(desk.school, session, session.get_one(User, "parent"), post)
        raise Broken
    assert desk.post(live[0]).state == "live"
    with Session(desk.school.database.engine) as session:
        assert not session.exec(select(Objection)).all()


@pytest.mark.parametrize(("do", "more", "entries"), [(uphold, (), 1), (decline, ("It is.",), 0)])
def test_one_that_was_right_is_in_the_incident_log(desk, live, do, more, entries):
    objection_id = objects(desk, live[0])
    act(desk, "head", objection_id, do, *more)
    with desk.school.database.read() as session:
        rows = session.exec(select(Incident)).all()
    assert [(row.kind, row.subject) for row in rows] == [
        ("objection-upheld", objection_id)
    ] * entries
