"""Who people say a face is: an author claims, a reviewer settles."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from gatekeeper_consent.register import Decision
from gatekeeper_detectors.values import NOBODY
from gatekeeper_queue.approvals import people_in
from gatekeeper_queue.face_words import CannotName, Word, claim_who, say_who, with_words
from gatekeeper_queue.models import AuditEvent, Submission
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.recheck import register_changed
from gatekeeper_queue.records import photo_from_row
from gatekeeper_queue.review import CannotReview, approve
from gatekeeper_queue.submissions import photos_of, posts_of
from gatekeeper_queue.verdicts import newest_verdict


def say(desk, submission_id, who, *pairs):
    """`who` says of each (face, person id); the author claims, anybody else reviews."""
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, submission_id)
        (row,) = photos_of(session, submission_id)
        words = [Word(row.id, face.box, person) for face, person in pairs]
        act = claim_who if desk.people[who] == submission.author_id else say_who
        act(desk.school, session, desk.user(session, who), submission, words)


def check_again(desk, submission_id, *faces):
    """As the worker does after words were said; returns the outcome."""
    with desk.school.database.read() as session:
        (row,) = photos_of(session, submission_id)
        named = with_words(session, row, faces)
    return desk.judge(submission_id, named)


def people(desk, submission_id):
    with desk.school.database.read() as session:
        return people_in([photo_from_row(row) for row in photos_of(session, submission_id)])


def allow(desk, *pupils):
    for pupil in pupils:
        desk.consent(pupil, Decision.YES)


def do_approve(desk, submission_id):
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, submission_id)
        user, seen = desk.user(session, "coordinator"), newest_verdict(session, submission)
        approve(desk.school, session, user, submission, seen)


def test_what_the_author_says_waits_for_a_second_person(desk, a_face):
    allow(desk, "p1", "p2")
    first, second = a_face(), a_face(left=150)
    submission_id = desk.submit()
    assert desk.judge(submission_id, (first, second)) == "flagged"
    say(desk, submission_id, "teacher", (first, "p1"), (second, "p2"))
    assert check_again(desk, submission_id, first, second) == "flagged"
    with pytest.raises(CannotReview, match="Say first who"):
        do_approve(desk, submission_id)
    assert people(desk, submission_id) == ["p1", "p2"]
    say(desk, submission_id, "coordinator", (first, "p1"), (second, "p2"))
    assert check_again(desk, submission_id, first, second) == "clear"
    do_approve(desk, submission_id)
    assert desk.state_of(submission_id) == "approved"


@pytest.mark.parametrize("consent", [Decision.NO, None])
def test_a_child_who_may_not_be_shown_stops_it_at_once(desk, a_face, consent):
    allow(desk, "p1")
    if consent:
        desk.consent("p2", consent)
    faces = a_face("p1"), a_face(left=150)
    submission_id = desk.submit()
    desk.judge(submission_id, faces)
    say(desk, submission_id, "teacher", (faces[1], "p2"))
    assert check_again(desk, submission_id, *faces) == "rejected"
    # A slip of the thumb can be mended, which makes it a question again and no more.
    say(desk, submission_id, "teacher", (faces[1], ""))
    assert check_again(desk, submission_id, *faces) == "flagged"


def test_a_withdrawal_finds_a_child_whom_only_the_author_named(desk, a_face):
    """The author knows the child from behind; the reviewer says that nobody else would."""
    allow(desk, "p1", "p2", "p3")
    faces = a_face("p1"), a_face("p2", left=120), a_face(left=230)
    submission_id = desk.submit()
    desk.judge(submission_id, faces)
    say(desk, submission_id, "teacher", (faces[2], "p3"))
    check_again(desk, submission_id, *faces)
    say(desk, submission_id, "coordinator", (faces[2], NOBODY))
    check_again(desk, submission_id, *faces)
    do_approve(desk, submission_id)
    assert people(desk, submission_id) == ["p1", "p2", "p3"]
    with desk.school.database.write() as session:
        (post,) = posts_of(session, submission_id)
        post.state = "live"
    desk.consent("p3", Decision.NO)
    with desk.school.database.write() as session:
        assert register_changed(desk.school, session, ["p3"], actor="office") == [post.id]
    assert desk.post(post.id).state == "removing"


def test_somebody_whom_a_reviewer_corrected_is_not_among_the_people(desk, a_face):
    allow(desk, "p1", "p2")
    faces = a_face("p1"), a_face(left=150)
    submission_id = desk.submit()
    desk.judge(submission_id, faces)
    say(desk, submission_id, "teacher", (faces[1], "p4"))
    assert check_again(desk, submission_id, *faces) == "rejected"
    say(desk, submission_id, "coordinator", (faces[1], "p2"))
    assert check_again(desk, submission_id, *faces) == "flagged"  # with a warning
    assert people(desk, submission_id) == ["p1", "p2"]


@pytest.mark.parametrize(
    ("who", "person", "error"),
    [
        ("other teacher", "p1", NotAllowed),
        ("office", "p1", NotAllowed),
        ("coordinator", "", CannotName),
        ("teacher", "p99", CannotName),
    ],
)
def test_who_may_not_say_it(desk, a_face, who, person, error):
    submission_id = desk.submit()
    desk.judge(submission_id, (a_face(),))
    with pytest.raises(error):
        say(desk, submission_id, who, (a_face(), person))


def test_a_coordinator_who_is_the_author_only_claims(desk, a_face):
    allow(desk, "p1", "p2")
    faces = a_face("p1"), a_face(left=150)
    submission_id = desk.submit(author="coordinator")
    desk.judge(submission_id, faces)
    say(desk, submission_id, "coordinator", (faces[1], "p2"))
    assert check_again(desk, submission_id, *faces) == "flagged"
    with desk.school.database.read() as session:
        kinds = [event.kind for event in session.exec(select(AuditEvent))]
    assert "face.claimed" in kinds
    assert "face.named" not in kinds


@pytest.mark.parametrize("state", ["waiting", "approved"])
def test_only_what_was_checked_and_is_open_can_be_named(desk, a_face, state):
    submission_id = desk.submit() if state == "waiting" else ""
    if state == "approved":
        allow(desk, "p1", "p2")
        (post_id,) = desk.approved((a_face("p1"), a_face("p2", left=150)))
        submission_id = desk.post(post_id).submission_id
    with pytest.raises(CannotName):
        say(desk, submission_id, "teacher", (a_face(), "p1"))


ANYBODY = ("", NOBODY, "p1", "p2", "p3", "p4")


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 2), st.sampled_from(ANYBODY)), min_size=1, max_size=3),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.sampled_from(("", "p1", "p2", "p3")), min_size=3, max_size=3),
)
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_sequence_of_an_authors_words_clears_anything(desk, a_face, rounds, matched):
    """p1 and p2 may be shown, p3 may not, p4 never answered."""
    allow(desk, "p1", "p2")
    desk.consent("p3", Decision.NO)
    faces = tuple(a_face(who, left=10 + 100 * n) for n, who in enumerate(matched))
    submission_id = desk.submit()
    before = desk.judge(submission_id, faces)
    for words in rounds:
        say(desk, submission_id, "teacher", *((faces[n], who) for n, who in words))
        after = check_again(desk, submission_id, *faces)
        assert not (before != "clear" and after == "clear")
        assert not (before == "rejected" and after == "flagged")
        assert desk.state_of(submission_id) == after  # and is never approved by itself
