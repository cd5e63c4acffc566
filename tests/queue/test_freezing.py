"""Incident mode: nothing leaves, nothing is seen, the evidence is kept, two people lift it."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from gatekeeper_queue import freezing
from gatekeeper_queue.approvals import schedule_missing
from gatekeeper_queue.freezing import ask_lift, confirm_lift, digest_of, freeze, not_yet
from gatekeeper_queue.frozen import current_freeze, is_frozen
from gatekeeper_queue.incidents import CannotHandle, close_incident, edition, save_incident
from gatekeeper_queue.models import AuditEvent, Post, Submission
from gatekeeper_queue.own_pages import OWN_PAGES, shown_items
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.record_models import Freeze, Incident, Notice
from gatekeeper_queue.removal import Remover

HANDLERS = ("coordinator", "head")


def act(desk, function, who):
    with desk.school.database.write() as session:
        return function(desk.school, session, desk.user(session, who))


def frozen(desk):
    with desk.school.database.read() as session:
        return is_frozen(session)


def shown(desk):
    with desk.school.database.read() as session:
        return [item.post_id for item in session.exec(shown_items(*OWN_PAGES))]


def publisher(desk, step=lambda name: None):
    return Publisher(desk.school, desk.open_channel, "w", timedelta(seconds=30), step=step)


def everything_live(desk, model_channel):
    """One post on the website and the same on X, both up."""
    desk.channels["twitter"] = model_channel()
    posts = desk.approved(channels=("website", "twitter"))
    desk.clock.forward(hours=1)
    assert publisher(desk).publish_due() == 2
    return {desk.post(post_id).channel: post_id for post_id in posts}


def test_one_press_hides_what_is_ours_takes_down_what_is_elsewhere_and_keeps_evidence(
    desk, model_channel
):
    live = everything_live(desk, model_channel)
    (planned,) = desk.approved(caption="Pupils at the museum.")
    url = desk.post(live["twitter"]).url
    row = act(desk, freeze, "head")
    assert shown(desk) == []
    assert desk.post(live["website"]).state == "live"
    assert desk.post(live["twitter"]).state == "removing"
    assert desk.post(planned).state == "scheduled"
    assert Remover(desk.school, desk.open_channel).remove_due() == 1
    assert desk.channels["twitter"].up == {}
    with desk.school.database.read() as session:
        evidence = session.get_one(Incident, row.incident_id).evidence
        events = session.exec(select(AuditEvent).where(AuditEvent.kind == "freeze.begun")).all()
        esafety = session.exec(select(Notice.kind).where(Notice.user_id == None)).all()  # noqa: E711
    assert {one["post"]: one["state"] for one in evidence} == dict.fromkeys(live.values(), "live")
    assert [one["url"] for one in evidence if one["channel"] == "twitter"] == [url]
    assert all(len(one["caption_sha256"]) == len(one["pictures"][0]) == 64 for one in evidence)
    assert digest_of(evidence) in events[0].data
    assert "sports day" not in str(evidence)
    assert esafety == ["freeze-begun"]
    assert desk.audit_is_whole()


def many_on_x(desk, model_channel):
    live = everything_live(desk, model_channel)
    for number in range(3):
        (post_id,) = desk.approved(caption=f"Pupils on day {number}.", channels=("twitter",))
        desk.clock.now = desk.post(post_id).due_at
        assert publisher(desk).publish_due() == 1
    return live


def states_on_x(desk):
    with desk.school.database.read() as session:
        found = session.exec(select(Post.state).where(Post.channel == "twitter"))
        return sorted(found)


def test_of_very_many_the_worker_asks_for_the_rest(desk, model_channel, monkeypatch):
    live = many_on_x(desk, model_channel)
    monkeypatch.setattr(freezing, "_AT_ONCE", 2)
    assert freezing.take_down_elsewhere(desk.school) == 0  # in ordinary times
    row = act(desk, freeze, "head")
    assert states_on_x(desk) == ["live", "live", "removing", "removing"]
    assert shown(desk) == []
    with desk.school.database.read() as session:
        assert len(session.get_one(Incident, row.incident_id).evidence) == 5
    assert [freezing.take_down_elsewhere(desk.school) for _ in range(2)] == [2, 0]
    assert states_on_x(desk) == ["removing"] * 4
    assert desk.post(live["website"]).state == "live"
    assert desk.audit_is_whole()


def test_nothing_elsewhere_stays_up_because_it_was_lifted_early(desk, model_channel, monkeypatch):
    many_on_x(desk, model_channel)
    monkeypatch.setattr(freezing, "_AT_ONCE", 1)
    act(desk, freeze, "head")
    act(desk, ask_lift, "head")
    act(desk, confirm_lift, "coordinator")
    assert states_on_x(desk) == ["removing"] * 4


def test_a_second_press_is_the_same_freeze(desk):
    first, second = act(desk, freeze, "head"), act(desk, freeze, "coordinator")
    assert first.id == second.id
    assert second.begun_by == desk.people["head"]


@pytest.mark.parametrize("who", ["teacher", "office"])
@pytest.mark.parametrize("function", [freeze, ask_lift, confirm_lift, not_yet])
def test_others_neither_freeze_nor_lift(desk, who, function):
    if function is not freeze:
        act(desk, freeze, "head")
    with pytest.raises(NotAllowed):
        act(desk, function, who)
    assert frozen(desk) is (function is not freeze)


@pytest.mark.parametrize(("asks", "confirms"), [*itertools.product(HANDLERS, HANDLERS)])
def test_two_people_lift_it_and_one_never_does(desk, asks, confirms):
    act(desk, freeze, "head")
    act(desk, ask_lift, asks)
    assert frozen(desk)
    if asks == confirms:
        with pytest.raises(CannotHandle, match="Another person"):
            act(desk, confirm_lift, confirms)
    else:
        act(desk, confirm_lift, confirms)
    assert frozen(desk) is (asks == confirms)


def test_nobody_confirms_what_nobody_asks_for(desk):
    with pytest.raises(CannotHandle, match="not on"):
        act(desk, ask_lift, "head")
    act(desk, freeze, "head")
    with pytest.raises(CannotHandle, match="Ask for it"):
        act(desk, confirm_lift, "coordinator")
    act(desk, ask_lift, "head")
    act(desk, not_yet, "coordinator")
    with pytest.raises(CannotHandle, match="Ask for it"):
        act(desk, confirm_lift, "coordinator")
    assert frozen(desk)


def test_after_it_the_pages_are_back_and_the_rest_needs_a_person_again(desk, model_channel):
    live = everything_live(desk, model_channel)
    (planned,) = desk.approved(caption="Pupils at the museum.")
    waiting = desk.submit(caption="Pupils paint.")
    desk.judge(waiting)
    act(desk, freeze, "head")
    Remover(desk.school, desk.open_channel).remove_due()
    act(desk, ask_lift, "head")
    act(desk, confirm_lift, "coordinator")
    assert shown(desk) == [live["website"]]
    assert desk.channels["twitter"].up == {}
    post = desk.post(planned)
    assert post.state == "cancelled"
    assert desk.state_of(post.submission_id) == desk.state_of(waiting) == "waiting"
    with desk.school.database.read() as session:
        rows = [session.get_one(Submission, one) for one in (post.submission_id, waiting)]
    assert all(row.needs_person for row in rows)
    desk.clock.forward(hours=3)
    schedule_missing(desk.school)
    assert publisher(desk).publish_due() == 0
    assert desk.channels["twitter"].up == {}


def test_its_incident_stays_open_until_it_is_lifted(desk):
    row = act(desk, freeze, "head")

    def close():
        with desk.school.database.write() as session:
            incident = session.get_one(Incident, row.incident_id)
            user = desk.user(session, "head")
            texts = dict.fromkeys(("involved", "found", "done", "conclusion"), "x")
            save_incident(desk.school, session, user, incident, texts, edition(incident))
            close_incident(desk.school, session, user, incident)

    with pytest.raises(CannotHandle, match="Incident mode is on"):
        close()
    act(desk, ask_lift, "head")
    act(desk, confirm_lift, "coordinator")
    close()


STEPS_OF_SENDING = ("claimed", "prepared")


@pytest.mark.parametrize("at", STEPS_OF_SENDING)
def test_a_post_that_is_being_sent_is_called_off(desk, model_channel, at):
    desk.channels["website"] = channel = model_channel()
    (post_id,) = desk.approved()
    desk.clock.forward(hours=1)

    def press(step):
        if step == at and not frozen(desk):
            act(desk, freeze, "head")

    assert publisher(desk, press).publish_due() == 0
    assert channel.up == {}
    assert desk.post(post_id).state == "scheduled"


@pytest.mark.parametrize("at", ["ready", "published"])
def test_one_that_is_on_its_way_elsewhere_comes_down_as_soon_as_it_is_known(
    desk, model_channel, at
):
    desk.channels["twitter"] = channel = model_channel()
    (post_id,) = desk.approved(channels=("twitter",))
    desk.clock.forward(hours=1)

    def press(step):
        if step == at and not frozen(desk):
            act(desk, freeze, "head")

    publisher(desk, press).publish_due()
    Remover(desk.school, desk.open_channel).remove_due()
    assert channel.up == {}
    assert desk.post(post_id).state == "removed"


def test_a_fault_in_the_middle_leaves_nothing_half_done(desk, model_channel):
    live = everything_live(desk, model_channel)
    with pytest.raises(RuntimeError), desk.school.database.write() as session:
        freeze(desk.school, session, desk.user(session, "head"))
        raise RuntimeError
    assert not frozen(desk)
    assert desk.post(live["twitter"]).state == "live"
    with desk.school.database.read() as session:
        assert session.exec(select(Incident)).all() == []


COMMANDS = st.sampled_from(
    ["submit", "approve", "tick", "tick", "freeze", "ask", "confirm", "not yet", "remove"]
)
WHO = st.sampled_from(["coordinator", "head"])


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(COMMANDS, WHO), max_size=16))
def test_while_it_is_on_nothing_leaves_and_nothing_of_ours_is_seen(
    tmp_path_factory, make_desk, model_channel, commands
):
    desk = make_desk(tmp_path_factory.mktemp("freeze"))
    desk.channels["website"] = desk.channels["twitter"] = channel = model_channel()
    lifts = {"ask": ask_lift, "confirm": confirm_lift, "not yet": not_yet}
    desk.submit()
    asked_by = None
    for number, (command, who) in enumerate(commands):
        before, sent = frozen(desk), len(channel.ever)
        if command == "submit":
            desk.judge(desk.submit(caption=f"Pupils read book {number}."))
        elif command == "approve":
            desk.approved(
                caption=f"Pupils read book {number}.", channels=("website", "twitter"),
                data=None,
            )  # fmt: skip
        elif command == "tick":
            desk.clock.forward(minutes=20)
            publisher(desk).publish_due()
        elif command == "remove":
            Remover(desk.school, desk.open_channel).remove_due()
        elif command == "freeze":
            act(desk, freeze, who)
        else:
            try:
                act(desk, lifts[command], who)
            except CannotHandle:
                continue
            if command == "confirm":
                assert asked_by not in (None, who)
            asked_by = who if command == "ask" else None
        after = frozen(desk)
        assert not (before and not after) or command == "confirm"
        if before:
            assert len(channel.ever) == sent
        if after:
            assert shown(desk) == []
    with desk.school.database.read() as session:
        for row in session.exec(select(Freeze).where(Freeze.lifted_by != "")):
            assert row.lifted_by != row.lift_asked_by
        frozen_now = current_freeze(session)
        on_x = session.exec(select(Post).where(Post.channel == "twitter", Post.state == "live"))
        assert frozen_now is None or on_x.all() == []
    assert desk.audit_is_whole()
    desk.school.database.close()


@pytest.mark.parametrize("change", [{"active": False}, {"role": "teacher"}])
def test_the_first_of_the_two_must_still_be_one_who_may(desk, change):
    act(desk, freeze, "head")
    act(desk, ask_lift, "coordinator")
    with desk.school.database.write() as session:
        for name, value in change.items():
            setattr(desk.user(session, "coordinator"), name, value)
    with pytest.raises(CannotHandle, match="any more"):
        act(desk, confirm_lift, "head")
    assert frozen(desk)
    act(desk, not_yet, "head")
    act(desk, ask_lift, "head")
