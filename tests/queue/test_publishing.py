"""Publishing and taking down, against a channel that can fail like a real one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlmodel import select

from gatekeeper_consent.register import Decision, Scope
from gatekeeper_detectors.values import CHECKLIST
from gatekeeper_queue.approvals import current_fingerprint, grant, schedule_missing, void_approvals
from gatekeeper_queue.channel import (
    RetryLater,
)
from gatekeeper_queue.models import Approval, AuditEvent, Post, Submission
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.recheck import Rechecker, register_changed
from gatekeeper_queue.record_models import Incident, TrainingRecord
from gatekeeper_queue.records import faces_to_json
from gatekeeper_queue.removal import Remover, take_down
from gatekeeper_queue.submissions import Content, edit, photos_of


class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def channel(desk, model_channel):
    desk.channels["website"] = model_channel()
    return desk.channels["website"]


def publisher(desk, step=lambda name: None):
    return Publisher(desk.school, desk.open_channel, "worker", timedelta(seconds=30), step)


def remover(desk):
    return Remover(desk.school, desk.open_channel)


def work(desk, rounds=40):
    """What the worker's ticks do, until everything had time to settle."""
    for _ in range(rounds):
        desk.clock.forward(minutes=7)
        publisher(desk).release_abandoned()
        publisher(desk).publish_due()
        publisher(desk).settle_unknown()
        remover(desk).remove_due()


def test_exactly_what_was_approved_goes_out(desk, channel):
    (post_id,) = desk.approved(caption="Pupils at sports day.", alt="Pupils on a field.")
    assert publisher(desk).publish_due() == 1
    ((item, references),) = channel.up.values()
    with desk.school.database.read() as session:
        (row,) = photos_of(session, desk.post(post_id).submission_id)
    assert (item.text, item.pictures[0].alt) == ("Pupils at sports day.", "Pupils on a field.")
    assert item.pictures[0].jpeg == desk.school.store.clean(row.clean_sha256)
    post = desk.post(post_id)
    assert (post.state, post.references) == ("live", list(references))
    assert desk.audit_is_whole()


def test_nothing_goes_out_before_its_time(desk, channel):
    desk.approved(publish_at=desk.clock() + timedelta(hours=1))
    desk.clock.forward(minutes=59)
    assert publisher(desk).publish_due() == 0
    desk.clock.forward(minutes=1)
    assert publisher(desk).publish_due() == 1


def test_two_posts_on_one_account_keep_their_distance(desk, channel):
    first, second = desk.approved()[0], desk.approved()[0]
    assert desk.post(second).due_at - desk.post(first).due_at == timedelta(minutes=15)


def test_nothing_is_planned_in_the_night(desk, channel):
    (post_id,) = desk.approved(publish_at=desk.clock().replace(hour=23))
    assert desk.post(post_id).due_at.astimezone(desk.school.zone).hour == 7


@pytest.mark.parametrize(
    "change",
    ["caption", "alt", "picture", "consent", "training"],
)
def test_an_approval_is_for_exactly_what_was_seen(desk, channel, a_face, change):
    """Any change after the approval keeps the post in, whoever made it and however."""
    desk.consent("p1", Decision.YES)
    desk.consent("p2", Decision.YES)
    (post_id,) = desk.approved((a_face("p1"), a_face("p2", left=150)))
    if change == "consent":
        desk.consent("p2", Decision.NO)
    else:
        with desk.school.database.write() as session:
            submission = session.get_one(Submission, desk.post(post_id).submission_id)
            (row,) = photos_of(session, submission.id)
            if change == "caption":
                submission.caption = "Something else."
            elif change == "alt":
                row.alt = "Something else."
            elif change == "picture":
                row.clean_sha256 = "0" * 64
            else:
                submission.channels = ["twitter"]
                for record in session.exec(select(TrainingRecord)):
                    session.delete(record)
    if change == "training":  # a website post does not ask for it
        assert publisher(desk).publish_due() == 1
        return
    assert publisher(desk).publish_due() == 0
    assert channel.up == {}
    assert desk.state_of(desk.post(post_id).submission_id) == "waiting"


def test_a_picture_that_changed_on_disk_does_not_leave(desk, channel):
    (post_id,) = desk.approved()
    with desk.school.database.read() as session:
        (row,) = photos_of(session, desk.post(post_id).submission_id)
    path = next(desk.school.store._clean.glob(f"{row.clean_sha256}*"))
    path.write_bytes(path.read_bytes() + b"more")
    assert publisher(desk).publish_due() == 0
    assert (channel.up, desk.post(post_id).last_error) == ({}, "fault: ValueError")


@pytest.mark.parametrize(
    ("faults", "states"),
    [
        ([], ["live"]),
        (["retry"], ["scheduled", "live"]),
        (["", "retry"], ["scheduled", "live"]),
        (["", "refuse"], ["failed", "failed"]),
        (["", "lost before"], ["unknown", "live"]),
        (["", "lost after"], ["unknown", "live"]),
    ],
)
def test_each_failure_ends_in_one_copy_or_none(desk, channel, faults, states):
    channel.faults = list(faults)
    (post_id,) = desk.approved()
    publisher(desk).publish_due()
    assert desk.post(post_id).state == states[0]
    channel.faults = []
    work(desk, rounds=6)
    assert desk.post(post_id).state == states[-1]
    assert len(channel.up) == (states[-1] == "live")


def test_a_lost_post_is_not_sent_again_before_it_had_time_to_show(desk, channel):
    channel.faults = ["", "lost before"]
    (post_id,) = desk.approved()
    publisher(desk).publish_due()
    desk.clock.forward(seconds=29)
    publisher(desk).settle_unknown()
    assert desk.post(post_id).state == "unknown"


def test_a_post_that_never_arrives_is_left_to_a_person(desk, channel):
    (post_id,) = desk.approved()
    for _ in range(12):
        channel.faults = ["", "lost before"]
        publisher(desk).publish_due()
        channel.faults = []
        desk.clock.forward(minutes=7)
        publisher(desk).settle_unknown()
    assert (desk.post(post_id).state, channel.up) == ("failed", {})


@pytest.mark.parametrize("step", ["claimed", "prepared", "ready", "published", "live"])
def test_a_worker_that_dies_at_any_step_leaves_one_copy(desk, channel, step):
    (post_id,) = desk.approved()

    def die(name):
        if name == step:
            raise Killed

    with pytest.raises(Killed):
        publisher(desk, die).publish_due()
    work(desk, rounds=8)
    assert (desk.post(post_id).state, len(channel.up)) == ("live", 1)


def once(name, act):
    """A step function that does something at its first `name`."""
    left = [act]

    def step(reached):
        if reached == name and left:
            left.pop()()

    return step


def test_a_consent_withdrawn_during_the_upload_keeps_the_post_in(desk, channel, a_face):
    desk.consent("p1", Decision.YES)
    desk.consent("p2", Decision.YES)
    (post_id,) = desk.approved((a_face("p1"), a_face("p2", left=150)))
    withdrawn = once("prepared", lambda: desk.consent("p2", Decision.NO))
    assert publisher(desk, withdrawn).publish_due() == 0
    assert (channel.up, desk.post(post_id).references) == ({}, [])
    assert desk.state_of(desk.post(post_id).submission_id) == "waiting"


def test_what_was_uploaded_is_not_called_out_under_a_newer_approval(desk, channel):
    """Another version was approved while the old one was being uploaded: only that one goes."""
    (post_id,) = desk.approved(caption="The first words.")

    def approve_other_words():
        with desk.school.database.write() as session:
            post = session.get_one(Post, post_id)
            submission = session.get_one(Submission, post.submission_id)
            submission.caption = "Other words."
            rows = photos_of(session, submission.id)
            session.get_one(Approval, post.approval_id).fingerprint = current_fingerprint(
                desk.school, session, submission, rows, (), post.channel
            )

    publisher(desk, once("prepared", approve_other_words)).publish_due()
    assert [item.text for item, _ in channel.up.values()] == ["Other words."]
    assert (desk.post(post_id).state, desk.post(post_id).sends) == ("live", 1)


@pytest.mark.parametrize("reached", ["claimed", "live"])
def test_a_worker_that_stalls_in_the_upload_leaves_the_post_to_another(desk, channel, reached):
    """The other one has claimed it anew, or has already published it."""
    (post_id,) = desk.approved()

    def die(name):
        if name == reached:
            raise Killed

    def stall():
        desk.clock.forward(minutes=30)
        other = Publisher(desk.school, desk.open_channel, "other", timedelta(seconds=30), die)
        other.release_abandoned()
        with pytest.raises(Killed):
            other.publish_due()

    publisher(desk, once("prepared", stall)).publish_due()
    claimed_only = reached == "claimed"
    assert len(channel.up) == (0 if claimed_only else 1)
    assert desk.post(post_id).state == ("sending" if claimed_only else "live")
    work(desk, rounds=8)
    assert (desk.post(post_id).state, len(channel.up)) == ("live", 1)


def test_withdrawal_takes_down_what_is_live_and_checks_what_waits(desk, channel, a_face):
    desk.consent("p1", Decision.YES)
    desk.consent("p2", Decision.YES)
    faces = (a_face("p1"), a_face(said="p2", left=150))
    (live,) = desk.approved(faces)
    publisher(desk).publish_due()
    (other,) = desk.approved((), caption="Nobody in it.")
    work(desk, rounds=3)
    (waiting,) = desk.approved(faces, publish_at=desk.clock() + timedelta(hours=2))
    desk.consent("p2", Decision.NO)  # known only by a person's word
    with desk.school.database.write() as session:
        removed = register_changed(desk.school, session, ["p2"], actor="office")
    assert removed == [live]
    assert desk.post(live).state == "removing"
    assert desk.state_of(desk.post(waiting).submission_id) == "waiting"
    work(desk, rounds=2)
    assert desk.post(live).state == "removed"
    assert desk.post(other).state == "live"
    assert [item.post_id for item, _ in channel.up.values()] == [other]
    assert desk.audit_is_whole()


def test_a_consent_that_runs_out_takes_down_and_checks_again(desk, channel, a_face):
    """Nobody touches the register; the day comes."""
    for pupil in ("p1", "p2"):
        desk.consent(pupil, Decision.YES)
    desk.consent("p2", Decision.YES, expires_on=date(2026, 11, 26))
    faces = (a_face("p1"), a_face("p2", left=150))
    (live,) = desk.approved(faces)
    publisher(desk).publish_due()
    (waiting,) = desk.approved(faces, publish_at=desk.clock() + timedelta(days=7))
    assert Rechecker(desk.school).recheck() == 0
    desk.clock.forward(days=2)
    assert Rechecker(desk.school).recheck() == 2
    assert desk.post(live).state == "removing"
    assert desk.state_of(desk.post(waiting).submission_id) == "waiting"
    assert Rechecker(desk.school).recheck() == 0
    assert desk.audit_is_whole()


def test_an_individual_consent_withdrawn_takes_down_the_portrait(desk, channel, a_face):
    """The child may still be shown with others."""
    desk.consent("p1", Decision.YES)
    desk.consent("p1", Decision.YES, scope=Scope.INDIVIDUAL)
    (portrait,) = desk.approved((a_face("p1"),))
    desk.consent("p2", Decision.YES)
    (group,) = desk.approved((a_face("p1"), a_face("p2", left=150)))
    work(desk, rounds=4)
    desk.consent("p1", Decision.NO, scope=Scope.INDIVIDUAL)
    with desk.school.database.write() as session:
        assert register_changed(desk.school, session, ["p1"], actor="office") == [portrait]
    assert desk.post(group).state == "live"


def test_what_came_down_for_want_of_consent_goes_out_again_by_a_persons_decision_alone(
    desk, channel, a_face
):
    desk.consent("p1", Decision.YES)
    desk.consent("p2", Decision.YES)
    (post_id,) = desk.approved((a_face("p1"), a_face("p2", left=150)))
    publisher(desk).publish_due()
    desk.consent("p1", Decision.NO)
    with desk.school.database.write() as session:
        assert register_changed(desk.school, session, ["p1"], actor="office") == [post_id]
        assert session.get_one(Submission, desk.post(post_id).submission_id).needs_person


def test_a_post_that_failed_but_may_be_up_is_looked_for_before_it_is_forgotten(desk, channel):
    (post_id,) = desk.approved()
    channel.faults = ["", "lost after"]
    publisher(desk).publish_due()
    with desk.school.database.write() as session:
        session.get_one(Post, post_id).state = "failed"  # the channel's list lagged behind
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        take_down(desk.school, session, desk.user(session, "head"), post, "asked")
    assert desk.post(post_id).state == "unknown"
    work(desk, rounds=4)
    assert (desk.post(post_id).state, channel.up) == ("removed", {})


def test_a_face_that_is_not_recognised_any_more_is_still_somebodys(desk, channel, a_face):
    """Checked anew after the templates had gone; then the family says no."""
    for pupil in ("p1", "p2"):
        desk.consent(pupil, Decision.YES)
    (post_id,) = desk.approved((a_face("p1"), a_face("p2", left=150)))
    publisher(desk).publish_due()
    with desk.school.database.write() as session:
        (row,) = photos_of(session, desk.post(post_id).submission_id)
        row.faces = faces_to_json((a_face(), a_face(left=150)))
    desk.consent("p1", Decision.NO)
    with desk.school.database.write() as session:
        assert register_changed(desk.school, session, ["p1"], actor="office") == [post_id]


def test_an_answer_that_comes_after_its_claim_ran_out_leaves_one_copy(desk, channel):
    """The first worker stalls in the call; another one settles the post and sends it anew."""
    (post_id,) = desk.approved()

    def stall(name):
        if name == "published":
            hidden = dict(channel.up)
            channel.up.clear()  # not shown yet
            work(desk, rounds=4)
            channel.up.update(hidden)

    publisher(desk, stall).publish_due()
    remover(desk).remove_due()
    assert (desk.post(post_id).state, len(channel.up)) == ("live", 1)
    assert desk.post(post_id).remote_id in channel.up
    with desk.school.database.read() as session:
        assert [row.kind for row in session.exec(select(Incident))] == ["published-twice"]


def test_what_one_worker_settled_another_does_not_write_over(desk, channel):
    channel.faults = ["", "lost before"]
    (post_id,) = desk.approved()
    publisher(desk).publish_due()
    desk.clock.forward(minutes=1)
    slow = publisher(desk)
    lost = desk.post(post_id)
    channel.faults = []
    publisher(desk).settle_unknown()
    publisher(desk).publish_due()
    slow.look_for(lost)
    assert (desk.post(post_id).state, len(channel.up)) == ("live", 1)


def test_a_lost_post_is_found_without_its_pictures(desk, channel):
    channel.faults = ["", "lost after"]
    (post_id,) = desk.approved()
    publisher(desk).publish_due()
    for path in desk.school.store._clean.iterdir():
        path.unlink()
    publisher(desk).settle_unknown()
    assert desk.post(post_id).state == "live"


def test_a_post_asked_down_while_its_worker_died_is_cancelled(desk, channel):
    (post_id,) = desk.approved()

    def die(name):
        if name == "claimed":
            raise Killed

    with pytest.raises(Killed):
        publisher(desk, die).publish_due()
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        take_down(desk.school, session, desk.user(session, "head"), post, "asked")
    desk.clock.forward(minutes=6)
    publisher(desk).release_abandoned()
    assert (desk.post(post_id).state, channel.up) == ("cancelled", {})


def test_an_edit_after_a_try_that_was_put_off_goes_out(desk, channel):
    """The old post has to be looked for first; then the new version gets its slot."""
    channel.faults = ["", "retry"]
    (old,) = desk.approved()
    publisher(desk).publish_due()
    submission_id = desk.post(old).submission_id
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, submission_id)
        content = Content("A new caption.", ("website",), "3K", confirmed=CHECKLIST)
        edit(desk.school, session, desk.user(session, "teacher"), submission, content, {})
    desk.judge(submission_id)
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, submission_id)
        void_approvals(desk.school, session, submission, actor="test", reason="checked anew")
        rows = photos_of(session, submission_id)
        grant(desk.school, session, submission, rows, [], by="head")
    work(desk, rounds=3)
    assert desk.post(old).state == "cancelled"
    assert schedule_missing(desk.school) == 1
    assert schedule_missing(desk.school) == 0
    work(desk, rounds=4)
    assert [item.text for item, _ in channel.up.values()] == ["A new caption."]


def test_looking_for_a_lost_post_becomes_rarer_and_minds_the_channel(desk, channel):
    channel.faults = ["", "lost before"]
    (post_id,) = desk.approved()
    publisher(desk).publish_due()
    later = desk.clock() + timedelta(minutes=20)
    channel.find = lambda item, references: _raise(RetryLater("busy", later))
    publisher(desk).settle_unknown()
    assert desk.post(post_id).not_before == later
    desk.clock.forward(hours=30)
    channel.find = lambda item, references: _raise(RetryLater("busy"))
    publisher(desk).settle_unknown()
    assert desk.post(post_id).not_before == desk.clock() + timedelta(hours=1)


def _raise(error):
    raise error


def test_one_removal_that_cannot_be_done_keeps_no_other_up(desk, channel):
    first, second = desk.approved()[0], desk.approved()[0]
    work(desk, rounds=5)
    with desk.school.database.write() as session:
        for post_id in (first, second):
            post = session.get_one(Post, post_id)
            take_down(desk.school, session, desk.user(session, "head"), post, "asked")
        session.get_one(Post, first).attempts = 500
    broken = {first}

    def open_channel(post):
        if post.id in broken:
            raise ValueError("the account's keys cannot be read")
        return channel

    Remover(desk.school, open_channel).remove_due()
    assert (desk.post(first).state, desk.post(second).state) == ("removing", "removed")
    assert desk.post(first).last_error == "fault: ValueError"
    broken.clear()
    desk.clock.forward(hours=2)
    Remover(desk.school, open_channel).remove_due()
    assert desk.post(first).state == "removed"


def test_what_is_overdue_waits_for_the_morning(desk, channel):
    desk.approved()
    desk.clock.forward(hours=13)  # eleven at night: the worker was off all day
    assert publisher(desk).publish_due() == 0
    desk.clock.forward(hours=9)
    assert publisher(desk).publish_due() == 1


def test_why_somebody_asked_stays_out_of_the_log(desk, channel):
    """Free text may name a child; the log cannot forget (promise 9)."""
    (post_id,) = desk.approved()
    publisher(desk).publish_due()
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        take_down(desk.school, session, desk.user(session, "head"), post, "Xanthery family rang")
    work(desk, rounds=2)
    with desk.school.database.read() as session:
        events = session.exec(select(AuditEvent.data)).all()
    assert events
    assert not [data for data in events if "Xanthery" in data]
    assert desk.post(post_id).removal_reason == "Xanthery family rang"


def test_a_removal_that_does_not_hold_is_tried_until_it_does(desk, channel):
    (post_id,) = desk.approved()
    publisher(desk).publish_due()
    channel.faults = ["stays", "retry", "stays"]
    with desk.school.database.write() as session:
        post = session.merge(desk.post(post_id))
        take_down(desk.school, session, desk.user(session, "head"), post, "asked")
    states = []
    for _ in range(4):
        remover(desk).remove_due()
        states.append(desk.post(post_id).state)
        desk.clock.forward(hours=1)
    assert states == ["removing"] * 3 + ["removed"]
    assert channel.up == {}


def test_a_post_asked_down_while_its_answer_is_lost_comes_down(desk, channel):
    channel.faults = ["", "lost after"]
    (post_id,) = desk.approved()
    publisher(desk).publish_due()
    with desk.school.database.write() as session:
        post = session.merge(desk.post(post_id))
        take_down(desk.school, session, desk.user(session, "teacher"), post, "mistake")
    work(desk, rounds=4)
    assert (desk.post(post_id).state, channel.up) == ("removed", {})
