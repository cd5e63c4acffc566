"""A changed policy file: nothing is sent before another person has confirmed it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import select

from gatekeeper_detectors.policy import make_policy
from gatekeeper_queue.changes import BadChange, confirm, decline, open_changes
from gatekeeper_queue.gate import held
from gatekeeper_queue.models import AuditEvent, Meta
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.policy_changes import note_policy
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.record_models import ChangeRequest, Notice

STANDARD = make_policy()
WEAKER = make_policy({"rules": {"lone-pupil": {"action": "note"}}})


def start(desk, policy=STANDARD):
    """What every process does at its start."""
    desk.school = replace(desk.school, policy=policy)
    with desk.school.database.write() as session:
        note_policy(desk.school, session)


def why(desk):
    with desk.school.database.read() as session:
        return held(desk.school, session)


def waiting(desk):
    with desk.school.database.read() as session:
        return [change.id for change in open_changes(session)]


def answer(desk, decide, who="head"):
    (change_id,) = waiting(desk)
    with desk.school.database.write() as session:
        decide(desk.school, session, desk.user(session, who), change_id)


def test_the_first_policy_of_a_school_needs_nobody(desk):
    start(desk, WEAKER)
    start(desk, WEAKER)
    assert (why(desk), waiting(desk)) == ("", [])


def test_a_change_stops_sending_until_the_head_confirms_it(desk, model_channel):
    channel = desk.channels["website"] = model_channel()
    start(desk)
    start(desk, replace(STANDARD, decision="edited"))  # the same rules: the approval still fits
    desk.approved()
    publisher = Publisher(desk.school, desk.open_channel, "worker")
    assert publisher.publish_due() == 0
    assert channel.up == {}
    assert "wait for the head" in why(desk)
    answer(desk, confirm)
    assert why(desk) == ""
    assert publisher.publish_due() == 1
    assert desk.audit_is_whole()


def test_a_change_between_the_claim_and_the_sending_stops_it_too(desk, model_channel):
    channel = desk.channels["website"] = model_channel()
    start(desk)
    (post_id,) = desk.approved()

    def step(name):
        if name == "prepared":
            with desk.school.database.write() as session:
                session.get_one(Meta, "policy_seen").value = "other"

    assert Publisher(desk.school, desk.open_channel, "worker", step=step).publish_due() == 0
    assert (channel.up, desk.post(post_id).state) == ({}, "scheduled")


def test_a_process_that_still_has_the_old_policy_sends_nothing_either(desk):
    start(desk)
    old = desk.school
    start(desk, WEAKER)
    for decide in (None, confirm):
        if decide:
            answer(desk, decide)
        with old.database.read() as session:
            assert held(old, session)
    assert why(desk) == ""  # it has been started again and has the confirmed one


def test_a_declined_change_stops_sending_until_the_file_is_put_back(desk):
    start(desk)
    start(desk, WEAKER)
    answer(desk, decline)
    assert "declined" in why(desk)
    start(desk, WEAKER)
    assert waiting(desk) == []  # asked once is enough
    assert "declined" in why(desk)
    start(desk)
    assert why(desk) == ""
    start(desk, WEAKER)
    assert len(waiting(desk)) == 1  # tried again, asked again


def test_a_file_that_is_put_back_takes_its_request_along(desk):
    start(desk)
    start(desk, WEAKER)
    start(desk)
    assert (why(desk), waiting(desk)) == ("", [])


def test_only_the_newest_of_several_changes_can_be_confirmed(desk):
    start(desk)
    start(desk, WEAKER)
    (old,) = waiting(desk)
    start(desk, make_policy({"rules": {"lone-pupil": {"action": "off"}}}))
    (new,) = waiting(desk)
    assert new != old
    with desk.school.database.write() as session, pytest.raises(BadChange, match="decided"):
        confirm(desk.school, session, desk.user(session, "head"), old)


@pytest.mark.parametrize("who", ["teacher", "coordinator", "office", "technician"])
def test_nobody_but_the_head_confirms(desk, who):
    start(desk)
    start(desk, WEAKER)
    with pytest.raises(NotAllowed):
        answer(desk, confirm, who)
    assert why(desk)


def test_a_new_version_of_the_software_stops_nothing(desk):
    start(desk)
    start(desk, replace(STANDARD, rule_set="standard-99999999"))
    assert (why(desk), waiting(desk)) == ("", [])
    with desk.school.database.read() as session:
        kinds = session.exec(select(AuditEvent.kind)).all()
    assert kinds.count("policy.changed") == 2


def test_who_must_know_is_told_and_what_changed_is_kept(desk):
    start(desk)
    start(desk, WEAKER)
    with desk.school.database.read() as session:
        change = session.exec(select(ChangeRequest)).one()
        told = set(session.exec(select(Notice.user_id)))
    assert change.before["written"] == {}
    assert change.after["written"] == {"rules.lone-pupil.action": "note"}
    assert told == {desk.people[name] for name in ("head", "coordinator", "technician")}
