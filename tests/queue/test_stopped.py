"""What was stopped once is known again in another submission, and not in its own."""

from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Action, Finding, Outcome, Verdict
from gatekeeper_detectors.values import Box
from gatekeeper_queue.models import Submission
from gatekeeper_queue.removal import take_down
from gatekeeper_queue.review import approve, send_back
from gatekeeper_queue.stopped import (
    REJECTED,
    SENT_BACK,
    note_stopped,
    rejected_photos,
    stopped_elsewhere,
)
from gatekeeper_queue.submissions import photos_of, send_to_checks
from gatekeeper_queue.verdicts import newest_verdict

DAY = date(2026, 11, 24)


def finding(rule, action=Action.REJECT, photo=0, field=None, box=Box(1, 2, 3, 4)):
    return Finding(rule, action, "", "", ("P01",), photo, box, field)


@pytest.mark.parametrize(
    ("found", "photos"),
    [
        (finding("unconsented-face"), [0]),
        (finding("name-in-picture", photo=2), [2]),
        (finding("lone-pupil"), [0]),
        pytest.param(finding("unknown-face", Action.FLAG), [], id="a question"),
        pytest.param(finding("missing-alt-text", field="alt", box=None), [], id="a text"),
        pytest.param(finding("child-named", photo=None, field="caption"), [], id="the caption"),
        pytest.param(finding("unreadable-picture", box=None), [], id="a file"),
        pytest.param(finding("rule-did-not-run", photo=None), [], id="a check"),
    ],
)
def test_only_what_can_be_seen_counts(found, photos):
    assert rejected_photos(Verdict(Outcome.REJECTED, (found,), "r")) == photos


def known_to(desk, submission_id):
    with desk.school.database.read() as session:
        submission = session.get_one(Submission, submission_id)
        return [one.why for one in stopped_elsewhere(session, submission)]


def note(desk, submission_id, why=REJECTED):
    with desk.school.database.write() as session:
        note_stopped(session, submission_id, photos_of(session, submission_id), why, DAY)


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
        send_back(desk.school, session, desk.user(session, "coordinator"), submission, "Crop it.")
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
