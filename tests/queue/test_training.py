"""Training and the signed policy: nothing to Twitter without both, for the present version."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import select

from gatekeeper_queue.acceptable_use import AcceptableUse
from gatekeeper_queue.models import AuditEvent
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.record_models import TrainingRecord
from gatekeeper_queue.training import (
    AUP,
    TRAINING,
    BadTraining,
    Standing,
    keep_record,
    may_tweet,
    record_training,
    sign_aup,
    standing,
    training_due,
)

TODAY = date(2026, 11, 24)
LAST_GOOD = TODAY - timedelta(days=365)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("# Our policy: version 2026-11\n", "2026-11"),
        ("# Our policy, Version 3.1\n\nversion 9", "3.1"),
        ("Policy of 2025-09-01\n", "2025-09-01"),
        ("\n\n## Twitter, agreed 2026-01\n", "2026-01"),
        ("# The new version of our rules\n", None),  # no number: the text itself counts
        ("# Rules\n\nversion 4\n", None),
        ("", ""),
        ("  \n", ""),
    ],
)
def test_the_version_is_what_the_heading_says(text, version):
    found = AcceptableUse(text).version
    if version is None:
        assert len(found) == 8
        assert found != AcceptableUse(f"{text} and more").version
    else:
        assert found == version


def test_the_text_is_cut_into_headings_lists_and_paragraphs():
    text = "# Title\n\nOne\nline.\n\n## Part\n- first\n  goes on\n* second\n\nLast."
    assert AcceptableUse(text).blocks() == [
        ("paragraph", ["One line."]),
        ("heading", ["Part"]),
        ("list", ["first goes on", "second"]),
        ("paragraph", ["Last."]),
    ]


@pytest.mark.parametrize(
    ("trained", "signed", "version", "may"),
    [
        (TODAY, TODAY, "2", True),
        (LAST_GOOD, LAST_GOOD, "2", True),
        (LAST_GOOD - timedelta(days=1), TODAY, "2", False),
        (TODAY, LAST_GOOD - timedelta(days=1), "2", False),
        (TODAY, TODAY, "1", False),
        (TODAY, TODAY, "", False),
        (None, TODAY, "2", False),
        (TODAY, None, "", False),
    ],
)
def test_both_must_be_current_and_for_this_version(desk, trained, signed, version, may):
    """The page and the rule say the same."""
    school = desk.school = replace(desk.school, aup=AcceptableUse("# AUP version 2"))
    with school.database.write() as session:
        for record in session.exec(select(TrainingRecord)):
            session.delete(record)
        user_id = desk.people["teacher"]
        if trained:
            keep_record(school, session, "office", user_id, TRAINING, trained, "")
        if signed:
            keep_record(school, session, "office", user_id, AUP, signed, version)
        held = standing(session, user_id)
    assert held == Standing(trained, signed, version)
    assert may_tweet(school, held) is may
    outcome = desk.judge(desk.submit(channels=("twitter",)))
    assert (outcome == "rejected") is not may


def test_a_new_version_stops_tweets_until_it_is_signed(desk):
    desk.school = replace(desk.school, aup=AcceptableUse("# AUP version 2"))
    waiting = desk.submit(channels=("twitter",))
    assert desk.judge(waiting) == "rejected"
    sign(desk)
    assert desk.state_of(waiting) == "waiting"  # judged again by itself
    assert desk.judge(waiting) == "clear"


def sign(desk, who="teacher", name=None, read=True):
    with desk.school.database.write() as session:
        user = desk.user(session, who)
        sign_aup(desk.school, session, user, user.display_name if name is None else name, read)


@pytest.mark.parametrize(
    ("name", "read", "fine"),
    [
        ("Other Teacher", True, True),
        ("  other   TEACHER ", True, True),
        ("Other Teacher", False, False),
        ("Other", True, False),
        ("Teacher", True, False),
        ("", True, False),
        ("yes", True, False),
    ],
)
def test_one_signs_with_ones_own_name(desk, name, read, fine):
    if fine:
        sign(desk, "other teacher", name, read)
    else:
        with pytest.raises(BadTraining):
            sign(desk, "other teacher", name, read)
    with desk.school.database.read() as session:
        held = standing(session, desk.people["other teacher"])
    assert held.aup_signed_on == (TODAY if fine else date(2026, 9, 1))


def test_who_does_not_post_signs_nothing(desk):
    with pytest.raises(NotAllowed):
        sign(desk, "office")


def record(desk, by="coordinator", people=("teacher",), kind=TRAINING, on=TODAY):
    with desk.school.database.write() as session:
        user = desk.user(session, by)
        ids = [desk.people.get(name, name) for name in people]
        record_training(desk.school, session, user, ids, kind, on)


def test_a_training_of_several_people_is_recorded_at_once(desk):
    record(desk, people=("teacher", "other teacher", "head"))
    with desk.school.database.read() as session:
        days = {standing(session, desk.people[n]).trained_on for n in ("teacher", "head")}
        events = session.exec(
            select(AuditEvent).where(AuditEvent.kind == "training.recorded")
        ).all()
    assert days == {TODAY}
    assert {event.actor for event in events} == {desk.people["coordinator"]}
    assert len(events) == 3


@pytest.mark.parametrize(
    ("change", "complaint", "error"),
    [
        ({"by": "teacher"}, "role", NotAllowed),
        ({"by": "office"}, "role", NotAllowed),
        ({"by": "technician"}, "role", NotAllowed),
        ({"people": ("teacher", "coordinator")}, "another person", NotAllowed),
        ({"people": ()}, "at least one", BadTraining),
        ({"on": TODAY + timedelta(days=1)}, "future", BadTraining),
        ({"kind": "party"}, "what it was", BadTraining),
        ({"people": ("teacher", "office")}, "does not post", BadTraining),
        ({"people": ("teacher", "nobody")}, "does not post", BadTraining),
    ],
)
def test_what_cannot_be_recorded_is_refused_whole(desk, change, complaint, error):
    with pytest.raises(error, match=complaint):
        record(desk, **change)
    with desk.school.database.read() as session:
        assert standing(session, desk.people["teacher"]).trained_on == date(2026, 9, 1)


def test_a_mistake_is_mended_by_recording_it_right(desk):
    record(desk, on=TODAY)
    record(desk, on=date(2020, 1, 1))
    with desk.school.database.read() as session:
        assert standing(session, desk.people["teacher"]).trained_on == date(2020, 1, 1)
        assert len(session.exec(select(TrainingRecord)).all()) > 2


def test_only_what_was_stopped_for_it_is_judged_again(desk):
    fine = desk.submit(channels=("twitter",))
    assert desk.judge(fine) == "clear"
    website = desk.submit(caption="Pupils on the field.", alt="")
    assert desk.judge(website) == "rejected"
    record(desk)
    assert (desk.state_of(fine), desk.state_of(website)) == ("clear", "rejected")


def test_what_lapses_soon_is_found(desk):
    with desk.school.database.write() as session:
        for name, days in (("teacher", 365), ("other teacher", 335), ("head", 334)):
            on = TODAY - timedelta(days=days)
            keep_record(desk.school, session, "office", desk.people[name], TRAINING, on, "")
        user = desk.user(session, "coordinator")
        for row in session.exec(select(TrainingRecord).where(TrainingRecord.user_id == user.id)):
            session.delete(row)
    with desk.school.database.read() as session:
        found = training_due(desk.school, session)
    names = {user_id: name for name, user_id in desk.people.items()}
    assert [(names[due.user_id], due.kind, due.until) for due in found] == [
        ("teacher", TRAINING, TODAY),
        ("other teacher", TRAINING, TODAY + timedelta(days=30)),
        ("coordinator", TRAINING, None),
        ("coordinator", AUP, None),
    ]
