"""What was stopped once is known again in another submission, and not in its own."""

from __future__ import annotations

import pytest

from gatekeeper_detectors.findings import Action, Finding, Outcome, Verdict
from gatekeeper_detectors.values import Box
from gatekeeper_queue.models import Submission
from gatekeeper_queue.removal import take_down
from gatekeeper_queue.review import approve, send_back
from gatekeeper_queue.stopped import (
    EVERYWHERE,
    REJECTED,
    SENT_BACK,
    note_stopped,
    rejected_photos,
    stopped_elsewhere,
)
from gatekeeper_queue.submissions import photos_of, send_to_checks
from gatekeeper_queue.verdicts import newest_verdict


def finding(rule, action=Action.REJECT, photo=0, field=None, box=Box(1, 2, 3, 4)):
    return Finding(rule, action, "", "", ("P01",), photo, box, field)


@pytest.mark.parametrize(
    ("found", "photos"),
    [
        (finding("unconsented-face"), [0]),
        (finding("unconsented-face", photo=2), [2]),
        pytest.param(finding("unconsented-face", Action.FLAG), [], id="a doubt"),
        pytest.param(finding("name-in-picture"), [], id="words, which are read again"),
        pytest.param(finding("lone-pupil"), [], id="judged the same way each time"),
        pytest.param(finding("unknown-face", Action.FLAG), [], id="a question"),
        pytest.param(finding("missing-alt-text", field="alt", box=None), [], id="a text"),
        pytest.param(finding("child-named", photo=None, field="caption"), [], id="the caption"),
        pytest.param(finding("unreadable-picture", box=None), [], id="a file"),
        pytest.param(finding("rule-did-not-run", photo=None), [], id="a check"),
    ],
)
def test_only_what_can_be_seen_counts(found, photos):
    assert rejected_photos(Verdict(Outcome.REJECTED, (found,), "r")) == photos


def known_to(desk, submission_id, channel="website"):
    with desk.school.database.read() as session:
        submission = session.get_one(Submission, submission_id)
        return [one.why for one in stopped_elsewhere(session, submission, channel)]


def note(desk, submission_id, why=REJECTED, channel=EVERYWHERE):
    with desk.school.database.write() as session:
        photos = photos_of(session, submission_id)
        note_stopped(desk.school, session, submission_id, photos, why, channel)


def test_others_know_it_and_its_own_submission_does_not(desk):
    one, two = desk.submit(), desk.submit()
    desk.judge(one)
    note(desk, one)
    assert (known_to(desk, one), known_to(desk, two)) == ([], [REJECTED])


def test_the_newest_reason_counts_and_is_noted_once(desk):
    one, two = desk.submit(), desk.submit()
    desk.judge(one)
    note(desk, one)
    note(desk, one, SENT_BACK)
    assert known_to(desk, two) == [SENT_BACK]


def test_sent_back_is_stopped_and_approved_after_all_is_not(desk):
    one, two = desk.submit(), desk.submit()
    desk.judge(one)
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, one)
        send_back(
            desk.school,
            session,
            desk.user(session, "coordinator"),
            submission,
            "Crop it.",
            for_the_pictures=True,
        )
    assert known_to(desk, two) == [SENT_BACK]
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, one)
        send_to_checks(desk.school, session, submission, actor="test", reason="mended")
    desk.judge(one)
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, one)
        seen = newest_verdict(session, submission)
        approve(desk.school, session, desk.user(session, "coordinator"), submission, seen)
    assert known_to(desk, two) == []


def test_sent_back_for_its_words_is_not_stopped(desk):
    one, two = desk.submit(), desk.submit()
    desk.judge(one)
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, one)
        send_back(desk.school, session, desk.user(session, "coordinator"), submission, "A typo.")
    assert known_to(desk, two) == []


def test_a_rejection_counts_on_its_channel(desk):
    one, two = desk.submit(), desk.submit()
    desk.judge(one)
    note(desk, one, channel="twitter")
    assert (known_to(desk, two), known_to(desk, two, "twitter")) == ([], [REJECTED])


def test_a_picture_without_a_hash_gets_one_when_it_is_stopped(desk):
    one, two = desk.submit(), desk.submit()
    desk.judge(one)
    with desk.school.database.write() as session:
        (row,) = photos_of(session, one)
        row.gradient_hash = ""
        session.add(row)
    note(desk, one)
    assert known_to(desk, two) == [REJECTED]


def test_what_was_taken_down_since_its_check_is_not_approved(desk):
    (post_id,) = desk.approved()
    again = desk.submit()
    desk.judge(again)
    assert desk.state_of(again) == "clear"
    with desk.school.database.write() as session:
        post = session.merge(desk.post(post_id))
        post.state = "live"
        session.add(post)
        session.flush()
        take_down(desk.school, session, desk.user(session, "coordinator"), post, "A parent asked.")
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, again)
        seen = newest_verdict(session, submission)
        approve(desk.school, session, desk.user(session, "coordinator"), submission, seen)
    assert desk.state_of(again) == "waiting"


def test_what_is_taken_down_is_stopped(desk):
    (post_id,) = desk.approved()
    two = desk.submit()
    with desk.school.database.write() as session:
        post = session.merge(desk.post(post_id))
        post.state = "live"
        session.add(post)
        session.flush()
        take_down(desk.school, session, desk.user(session, "coordinator"), post, "A parent asked.")
    assert known_to(desk, two) == ["was taken down"]
