"""A pause: nothing is sent, everything else goes on, and one person ends it."""

from __future__ import annotations

import pytest
from sqlmodel import select

from gatekeeper_queue.models import AuditEvent, Post
from gatekeeper_queue.pausing import MAX_WHY, current_pause, pause, resume, why_paused
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.record_models import Pause
from gatekeeper_queue.removal import Remover, take_down


@pytest.fixture
def channel(desk, model_channel):
    desk.channels["website"] = model_channel()
    return desk.channels["website"]


def publish(desk):
    return Publisher(desk.school, desk.open_channel, "worker").publish_due()


def press(desk, what, who="coordinator", *more):
    with desk.school.database.write() as session:
        what(desk.school, session, desk.user(session, who), *more)


def test_nothing_is_sent_and_what_was_due_goes_out_afterwards(desk, channel):
    desk.approved()
    press(desk, pause, "coordinator", "Visitors.")
    assert publish(desk) == 0
    press(desk, resume, "technician")
    assert publish(desk) == 1


def test_what_is_up_stays_and_can_be_taken_down(desk, channel):
    (post_id,) = desk.approved()
    publish(desk)
    press(desk, pause, "coordinator", "")
    assert desk.post(post_id).state == "live"
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        take_down(desk.school, session, desk.user(session, "head"), post, "asked")
    Remover(desk.school, desk.open_channel).remove_due()
    assert (desk.post(post_id).state, channel.up) == ("removed", {})


def test_a_pause_during_the_upload_keeps_the_post_in(desk, channel):
    (post_id,) = desk.approved()

    def step(name):
        if name == "prepared":
            press(desk, pause, "coordinator", "")

    Publisher(desk.school, desk.open_channel, "worker", step=step).publish_due()
    assert (desk.post(post_id).state, channel.up) == ("scheduled", {})


@pytest.mark.parametrize("who", ["teacher", "office"])
def test_who_may_not_see_to_posts_can_neither_pause_nor_resume(desk, who):
    with pytest.raises(NotAllowed):
        press(desk, pause, who, "")
    press(desk, pause, "head", "")
    with pytest.raises(NotAllowed):
        press(desk, resume, who)
    with desk.school.database.read() as session:
        assert current_pause(session) is not None


def test_a_second_press_changes_nothing_and_the_reason_stays_out_of_the_log(desk):
    press(desk, pause, "head", "The Xanthery family" + "x" * 500)
    press(desk, pause, "coordinator", "Another reason")
    with desk.school.database.read() as session:
        (row,) = session.exec(select(Pause))
        assert (row.begun_by, len(row.why)) == (desk.people["head"], MAX_WHY)
        assert "Xanthery" in why_paused(session)
        events = session.exec(select(AuditEvent.data)).all()
    assert not [data for data in events if "Xanthery" in data]
    press(desk, resume, "head")
    press(desk, resume, "head")
    with desk.school.database.read() as session:
        assert why_paused(session) == ""
        kinds = session.exec(select(AuditEvent.kind)).all()
    assert kinds.count("publishing.resumed") == 1
    assert desk.audit_is_whole()
