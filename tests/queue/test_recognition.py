"""The lock on recognition: what opens it, and that nothing biometric happens behind it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sqlmodel import select

from gatekeeper_detectors.faces.recognise import SeenFace
from gatekeeper_detectors.faces.search import Study
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.policy import make_policy
from gatekeeper_detectors.values import Box
from gatekeeper_queue.change_kinds import BadChange
from gatekeeper_queue.changes import confirm, propose
from gatekeeper_queue.checking import Checker
from gatekeeper_queue.models import AuditEvent, Meta
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.recognition import (
    RECOGNITION,
    BadSafeguards,
    lock_again,
    read_safeguards,
    recognises,
    recognition_unlocked,
    record_safeguards,
    safeguards,
    why_not,
)
from gatekeeper_queue.register_view import EngineId
from gatekeeper_queue.submissions import photos_of

GOOD = {"assessed_on": "2026-09-01", "officer": " Morgan  Vale ", "consulted_on": "2026-09-15"}


class Engine:
    """Notes whether faces were measured."""

    def __init__(self):
        self.measured, self.found = 0, 0

    def search(self, jpeg):
        self.measured += 1
        return (_seen(np.zeros(128, dtype=np.float32)),)

    def find(self, jpeg):
        self.found += 1
        return (_seen(None),)

    def study(self, jpeg):
        return Study()


def _seen(vector):
    return SeenFace(Box(10, 10, 90, 90), 0.9, ("centerface",), "", vector)


def checker(desk, engine):
    return Checker(desk.school, engine, EngineId("dlib", "1"), Thresholds(), "w1")


def lock(desk):
    with desk.school.database.write() as session:
        assert lock_again(desk.school, session, by="head")


def without_recognition(desk):
    policy = make_policy({"faces": {"recognise": False}})
    desk.school = dataclasses.replace(desk.school, policy=policy)


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, set()),
        ({"assessed_on": ""}, {"assessed_on"}),
        ({"assessed_on": "1 September"}, {"assessed_on"}),
        ({"assessed_on": "2026-11-24"}, set()),
        ({"assessed_on": "2026-11-25"}, {"assessed_on"}),
        ({"consulted_on": "2027-01-01"}, {"consulted_on"}),
        ({"officer": "  "}, {"officer"}),
        ({"officer": "x" * 201}, {"officer"}),
        ({"officer": "", "consulted_on": "-"}, {"officer", "consulted_on"}),
    ],
)
def test_all_three_facts_are_needed(desk, change, wrong):
    try:
        found = read_safeguards({**GOOD, **change}, desk.school.today())
    except BadSafeguards as problem:
        assert set(problem.problems) == wrong
    else:
        assert not wrong
        assert found.officer == "Morgan Vale"


def test_recording_unlocks_and_locking_locks_and_both_are_on_record(desk):
    lock(desk)
    with desk.school.database.write() as session:
        assert not recognition_unlocked(session)
        assert "locked" in why_not(desk.school, session)
        facts = read_safeguards(GOOD, desk.school.today())
        record_safeguards(desk.school, session, facts, by="head")
    with desk.school.database.read() as session:
        assert recognises(desk.school, session)
        assert why_not(desk.school, session) == ""
        assert safeguards(session) == facts
        events = session.exec(select(AuditEvent)).all()
    kinds = [event.kind for event in events if event.kind.startswith("recognition")]
    assert kinds == ["recognition.locked", "recognition.unlocked"]
    assert not any("Morgan" in event.data for event in events)


@pytest.mark.parametrize("value", ["", "{}", "[]", "null", '{"officer": "x"}', "not json"])
def test_a_record_that_cannot_be_read_leaves_it_locked(desk, value):
    with desk.school.database.write() as session:
        session.get_one(Meta, "recognition").value = value
    with desk.school.database.read() as session:
        assert not recognition_unlocked(session)


@pytest.mark.parametrize("how", [lock, without_recognition])
def test_faces_are_found_and_none_is_measured(desk, how):
    how(desk)
    engine, submission_id = Engine(), desk.submit()
    assert checker(desk, engine).check_next()
    assert (engine.measured, engine.found) == (0, 1)
    assert desk.state_of(submission_id) == "flagged"
    with desk.school.database.read() as session:
        (row,) = photos_of(session, submission_id)
    assert [face["matched"] for face in row.faces] == [""]


def test_what_waits_is_checked_again_once_it_is_unlocked(desk):
    lock(desk)
    engine, submission_id = Engine(), desk.submit()
    checker(desk, engine).check_next()
    with desk.school.database.write() as session:
        facts = read_safeguards(GOOD, desk.school.today())
        record_safeguards(desk.school, session, facts, by="head")
    assert desk.state_of(submission_id) == "waiting"
    checker(desk, engine).check_next()
    assert engine.measured == 1


def test_whether_faces_are_recognised_is_part_of_the_rules(desk):
    assert make_policy({"faces": {"recognise": False}}).rule_set != make_policy().rule_set


def test_on_the_pages_one_person_proposes_and_another_confirms(desk):
    lock(desk)
    with desk.school.database.write() as session:
        proposer, head = desk.user(session, "coordinator"), desk.user(session, "head")
        change = propose(desk.school, session, proposer, RECOGNITION, "", GOOD, "All is in place.")
        assert not recognition_unlocked(session)
        with pytest.raises(NotAllowed):
            confirm(desk.school, session, proposer, change.id)
        confirm(desk.school, session, head, change.id)
        assert safeguards(session) == read_safeguards(GOOD, desk.school.today())
        with pytest.raises(BadChange, match="already"):
            propose(desk.school, session, proposer, RECOGNITION, "", GOOD, "Again.")


def test_a_fact_that_is_missing_cannot_be_proposed(desk):
    lock(desk)
    with desk.school.database.write() as session, pytest.raises(BadChange, match="officer"):
        wanted = {**GOOD, "officer": ""}
        user = desk.user(session, "coordinator")
        propose(desk.school, session, user, RECOGNITION, "", wanted, "Soon.")
