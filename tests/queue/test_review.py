"""Review: two people, exact versions, no unknown face, words that the rules hear."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gatekeeper_consent.register import Decision
from gatekeeper_detectors.values import CHECKLIST, NOBODY
from gatekeeper_queue.face_words import CannotName, Word, say_who, with_words
from gatekeeper_queue.fingerprint import fingerprint
from gatekeeper_queue.models import Post, Submission
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.review import CannotReview, approve, send_back, take_back
from gatekeeper_queue.submissions import (
    BadSubmission,
    Content,
    NewPhoto,
    check_again,
    discard,
    edit,
    photos_of,
    posts_of,
    submit,
)
from gatekeeper_queue.verdicts import newest_verdict


def reviewing(desk, submission_id, name="coordinator"):
    class Open:
        def __enter__(self):
            self.manager = desk.school.database.write()
            self.session = self.manager.__enter__()
            return (
                self.session,
                desk.user(self.session, name),
                self.session.get_one(Submission, submission_id),
            )

        def __exit__(self, *error):
            return self.manager.__exit__(*error)

    return Open()


def test_a_flagged_submission_is_approved_and_gets_its_slot(desk, a_face):
    desk.consent("p1", Decision.YES)
    desk.consent("p2", Decision.YES)
    submission_id = desk.submit(caption="Year 3 pupils.")
    desk.judge(submission_id, (a_face("p1"), a_face("p2", left=150)))
    with reviewing(desk, submission_id) as (session, reviewer, submission):
        approve(desk.school, session, reviewer, submission, newest_verdict(session, submission))
        (post,) = posts_of(session, submission_id)
    assert desk.state_of(submission_id) == "approved"
    assert (post.state, post.due_at) == ("scheduled", desk.clock())


def test_an_approval_that_is_taken_back_needs_a_person_again(desk):
    submission_id = desk.submit(caption="Year 3 pupils.")
    desk.judge(submission_id)
    with reviewing(desk, submission_id) as (session, reviewer, submission):
        approve(desk.school, session, reviewer, submission, newest_verdict(session, submission))
    with reviewing(desk, submission_id, "head") as (session, reviewer, submission):
        take_back(desk.school, session, reviewer, submission)
        (post,) = posts_of(session, submission_id)
        assert post.state == "cancelled"
    desk.judge(submission_id)
    assert desk.state_of(submission_id) == "clear"  # and not approved by the rules


@pytest.mark.parametrize(
    ("name", "refused", "says"),
    [
        ("coordinator", CannotReview, "no approval to take back"),
        ("teacher", NotAllowed, "your own submission"),
    ],
)
def test_what_is_not_approved_cannot_be_taken_back(desk, name, refused, says):
    submission_id = desk.submit()
    with (
        pytest.raises(refused, match=says),
        reviewing(desk, submission_id, name) as (session, reviewer, submission),
    ):
        take_back(desk.school, session, reviewer, submission)


def test_the_author_never_approves_their_own(desk):
    submission_id = desk.submit(author="coordinator")
    desk.judge(submission_id)
    with (
        pytest.raises(NotAllowed, match="your own"),
        reviewing(desk, submission_id) as (session, reviewer, submission),
    ):
        approve(desk.school, session, reviewer, submission, newest_verdict(session, submission))
    assert desk.state_of(submission_id) == "clear"


@pytest.mark.parametrize("name", ["teacher", "other teacher", "office"])
def test_only_reviewers_approve(desk, name):
    submission_id = desk.submit()
    desk.judge(submission_id)
    with (
        pytest.raises(NotAllowed),
        reviewing(desk, submission_id, name) as (session, reviewer, submission),
    ):
        approve(desk.school, session, reviewer, submission, newest_verdict(session, submission))


def test_another_verdict_than_the_one_seen_is_not_approved(desk, a_face):
    """Somebody names a face while another reviewer has the page open."""
    submission_id = desk.submit()
    unknown = a_face(left=150)
    desk.judge(submission_id, (a_face(said="nobody"), unknown))
    with reviewing(desk, submission_id) as (session, reviewer, submission):
        seen = newest_verdict(session, submission)
        (row,) = photos_of(session, submission_id)
        say_who(desk.school, session, reviewer, submission, [Word(row.id, unknown.box, NOBODY)])
    desk.judge(submission_id, ())
    with (
        pytest.raises(CannotReview, match="checked again since"),
        reviewing(desk, submission_id, "head") as (session, reviewer, submission),
    ):
        approve(desk.school, session, reviewer, submission, seen)


@pytest.mark.parametrize("role", ["coordinator", "head"])
def test_nobody_pushes_a_rejected_submission_through(desk, a_face, role):
    desk.consent("p1", Decision.NO)
    submission_id = desk.submit()
    assert desk.judge(submission_id, (a_face("p1"), a_face("p2", left=150))) == "rejected"
    with (
        pytest.raises(CannotReview, match="rejected"),
        reviewing(desk, submission_id, role) as (session, reviewer, submission),
    ):
        approve(desk.school, session, reviewer, submission, newest_verdict(session, submission))


def test_an_unknown_face_must_be_settled_first(desk, a_face):
    """Unknown consent is no consent, for the coordinator too."""
    desk.consent("p1", Decision.YES)
    submission_id = desk.submit()
    assert desk.judge(submission_id, (a_face("p1"), a_face(left=150))) == "flagged"
    with (
        pytest.raises(CannotReview, match="who each"),
        reviewing(desk, submission_id) as (session, reviewer, submission),
    ):
        approve(desk.school, session, reviewer, submission, newest_verdict(session, submission))


@pytest.mark.parametrize(
    ("word", "consent", "outcome"),
    [
        ("p2", Decision.YES, "clear"),
        ("p2", Decision.NO, "rejected"),
        ("p2", None, "rejected"),
        (NOBODY, None, "rejected"),  # then p1 is alone in the picture
    ],
)
def test_the_rules_hear_a_persons_word(desk, a_face, word, consent, outcome):
    desk.consent("p1", Decision.YES)
    if consent:
        desk.consent("p2", consent)
    submission_id = desk.submit()
    unknown = a_face(left=150)
    desk.judge(submission_id, (a_face("p1"), unknown))
    with reviewing(desk, submission_id) as (session, reviewer, submission):
        (row,) = photos_of(session, submission_id)
        say_who(desk.school, session, reviewer, submission, [Word(row.id, unknown.box, word)])
    assert desk.state_of(submission_id) == "waiting"
    with desk.school.database.read() as session:
        (row,) = photos_of(session, submission_id)
        named = with_words(session, row, (a_face("p1"), unknown))
    assert [face.said for face in named] == ["", word]
    assert desk.judge(submission_id, named) == outcome


def test_a_word_on_somebody_who_is_not_on_the_register_is_refused(desk, a_face):
    submission_id = desk.submit()
    desk.judge(submission_id, (a_face(), a_face(left=150)))
    with (
        pytest.raises(CannotName, match="not on the register"),
        reviewing(desk, submission_id) as (session, reviewer, submission),
    ):
        (row,) = photos_of(session, submission_id)
        say_who(desk.school, session, reviewer, submission, [Word(row.id, a_face().box, "p99")])


def test_consent_that_changed_after_the_check_is_checked_again_before_approval(desk, a_face):
    desk.consent("p1", Decision.YES)
    desk.consent("p2", Decision.YES)
    submission_id = desk.submit()
    desk.judge(submission_id, (a_face("p1"), a_face("p2", left=150)))
    desk.consent("p2", Decision.NO)
    with reviewing(desk, submission_id) as (session, reviewer, submission):
        approve(desk.school, session, reviewer, submission, newest_verdict(session, submission))
        assert posts_of(session, submission_id) == []
    assert desk.state_of(submission_id) == "waiting"


def test_sending_back_needs_a_reason_and_cancels_what_waits(desk):
    (post_id,) = desk.approved()
    submission_id = desk.post(post_id).submission_id
    with (
        pytest.raises(CannotReview, match="Write what"),
        reviewing(desk, submission_id) as (session, reviewer, submission),
    ):
        send_back(desk.school, session, reviewer, submission, "  ")
    with reviewing(desk, submission_id) as (session, reviewer, submission):
        send_back(desk.school, session, reviewer, submission, "Too dark.")
    assert desk.state_of(submission_id) == "returned"
    assert desk.post(post_id).state == "cancelled"
    with (
        pytest.raises(BadSubmission, match="Change first"),
        reviewing(desk, submission_id, "teacher") as (session, author, submission),
    ):
        check_again(desk.school, session, author, submission)


def test_what_is_published_is_taken_down_rather_than_sent_back(desk):
    (post_id,) = desk.approved()
    with desk.school.database.write() as session:
        session.get_one(Post, post_id).state = "live"
    with (
        pytest.raises(CannotReview, match="Take it down"),
        reviewing(desk, desk.post(post_id).submission_id) as (session, reviewer, submission),
    ):
        send_back(desk.school, session, reviewer, submission, "Too dark.")


def test_control_characters_never_reach_a_page_or_a_feed(desk):
    submission_id = desk.submit(caption="One\x00 two\x01\r\nthree \u00e9", alt="A\x07 field")
    with desk.school.database.read() as session:
        assert session.get_one(Submission, submission_id).caption == "One two\nthree \u00e9"
        assert photos_of(session, submission_id)[0].alt == "A field"


def test_a_day_far_ahead_is_refused(desk):
    with pytest.raises(BadSubmission, match="within a year"):
        desk.submit(publish_at=datetime(9999, 12, 31, tzinfo=UTC))


def test_an_edit_is_a_new_version_and_runs_the_rules_again(desk):
    (post_id,) = desk.approved()
    submission_id = desk.post(post_id).submission_id
    with reviewing(desk, submission_id, "teacher") as (session, author, submission):
        content = Content("Another caption.", ("website",), "3K", confirmed=CHECKLIST)
        edit(desk.school, session, author, submission, content, {})
    with desk.school.database.read() as session:
        submission = session.get_one(Submission, submission_id)
    assert (submission.version, submission.state) == (2, "waiting")


def test_only_the_author_changes_or_discards(desk):
    submission_id = desk.submit()
    desk.judge(submission_id)
    for act in (check_again, discard):
        with (
            pytest.raises(NotAllowed),
            reviewing(desk, submission_id, "other teacher") as (session, other, submission),
        ):
            act(desk.school, session, other, submission)


@pytest.mark.parametrize(
    ("content", "photos", "field"),
    [
        (Content("", ("website",)), 1, "caption"),
        (Content("   \u200b\t ", ("website",)), 1, "caption"),
        (Content("x" * 10_001, ("website",)), 1, "caption"),
        (Content("Fine.", ()), 1, "channels"),
        (Content("Fine.", ("billboard",)), 1, "channels"),
        (Content("Fine.", ("twitter",), account_ids=()), 1, "account"),
        (Content("Fine.", ("twitter",), account_ids=("nobody's",)), 1, "account"),
        (Content("Fine.", ("website",)), 0, "photos"),
        (Content("Fine.", ("website",)), 5, "photos"),
    ],
)
def test_what_cannot_be_a_submission_is_refused_field_by_field(desk, content, photos, field):
    with desk.school.database.write() as session, pytest.raises(BadSubmission) as refusal:
        submit(
            desk.school,
            session,
            desk.user(session, "teacher"),
            content,
            [NewPhoto("a.jpg", b"x", "alt")] * photos,
        )
    assert set(refusal.value.problems) == {field}


def test_ten_thousand_characters_are_stored_and_left_to_the_rules(desk):
    assert desk.judge(desk.submit(caption="x" * 10_000)) == "rejected"


@pytest.mark.parametrize("missing", CHECKLIST)
def test_what_the_author_does_not_confirm_comes_back(desk, missing):
    said = tuple(point for point in CHECKLIST if point != missing)
    assert desk.judge(desk.submit(confirmed=said)) == "rejected"


def test_an_approval_covers_what_the_author_confirmed(desk):
    submission_id = desk.submit()
    with desk.school.database.write() as session:
        row = session.get_one(Submission, submission_id)
        before = fingerprint(row, [], "website", "rules", "consent")
        row.confirmed = row.confirmed[1:]
        assert fingerprint(row, [], "website", "rules", "consent") != before
