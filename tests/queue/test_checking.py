"""The checks of a submission: progress that survives a dead worker, and no stale verdict."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from gatekeeper_detectors.faces.recognise import SeenFace
from gatekeeper_detectors.faces.search import SearchFailed, Study
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.values import CHECKLIST, Box, Writing
from gatekeeper_queue.approvals import schedule_missing
from gatekeeper_queue.checking import Checker
from gatekeeper_queue.models import Post, Submission
from gatekeeper_queue.recheck import register_changed
from gatekeeper_queue.records import findings_from_json
from gatekeeper_queue.register_view import EngineId, note_register_change
from gatekeeper_queue.removal import Remover, ask_removal, take_down
from gatekeeper_queue.review import send_back
from gatekeeper_queue.submissions import Content, check_again, edit, photos_of, posts_of
from gatekeeper_queue.verdicts import judgements_of


class Killed(BaseException):
    """The process dies here."""


class Search:
    """Finds what it is told to; the real search has tests of its own."""

    def __init__(self, *seen: SeenFace, fails: bool = False, lines: tuple[Writing, ...] = ()):
        self.seen, self.fails, self.calls, self.lines = seen, fails, 0, lines

    def search(self, jpeg):
        self.calls += 1
        if self.fails:
            raise SearchFailed("the search for faces took longer than 60 seconds")
        return self.seen

    def study(self, jpeg):
        return Study(self.lines)


def seen(left=10):
    vector = np.full(128, 0.123456, dtype=np.float32)
    return SeenFace(Box(left, 10, left + 80, 90), 0.9, ("centerface",), "", vector)


def checker(desk, search=None, step=lambda name: None, worker="w1"):
    return Checker(
        desk.school, search or Search(), EngineId("dlib", "1"), Thresholds(), worker, step=step
    )


def rules_of(desk, submission_id):
    with desk.school.database.read() as session:
        submission = session.get_one(Submission, submission_id)
        return {
            finding.rule
            for row in judgements_of(session, submission).values()
            for finding in findings_from_json(row.findings)
            if finding.action != "note"
        }


def test_a_picture_of_nobody_goes_through_to_the_schedule(desk):
    submission_id = desk.submit()
    assert checker(desk).check_next()
    assert desk.state_of(submission_id) == "approved"
    assert not checker(desk).check_next()
    assert desk.audit_is_whole()


def test_a_school_may_want_a_person_to_see_everything(desk):
    cautious = dataclasses.replace(desk.school.policy, approve_clear_items=True)
    desk.school = dataclasses.replace(desk.school, policy=cautious)
    submission_id = desk.submit()
    checker(desk).check_next()
    assert desk.state_of(submission_id) == "clear"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"just some text", "unreadable-picture"),
        (b"\xff\xd8\xff\xe0", "unreadable-picture"),
        (b"", "unreadable-picture"),
    ],
)
def test_what_is_no_picture_comes_back_with_a_reason(desk, data, rule):
    submission_id = desk.submit(data=data) if data else desk.submit(data=b" ")
    checker(desk).check_next()
    assert desk.state_of(submission_id) == "rejected"
    assert rule in rules_of(desk, submission_id)


def test_a_search_that_failed_blocks(desk):
    submission_id = desk.submit()
    checker(desk, Search(fails=True)).check_next()
    assert desk.state_of(submission_id) == "rejected"
    assert rules_of(desk, submission_id) == {"rule-did-not-run"}


def test_unknown_faces_are_flagged_and_no_embedding_is_kept(desk):
    submission_id = desk.submit()
    checker(desk, Search(seen(), seen(150))).check_next()
    assert desk.state_of(submission_id) == "flagged"
    with desk.school.database.read() as session:
        (row,) = photos_of(session, submission_id)
    assert len(row.faces) == 2
    assert "0.123456" not in str(row.model_dump())


@pytest.mark.parametrize("step", ["claimed", "read", "searched", "judged"])
def test_a_worker_that_dies_at_any_step_loses_nothing(desk, step):
    submission_id = desk.submit()

    def die(name):
        if name == step:
            raise Killed

    with pytest.raises(Killed):
        checker(desk, step=die).check_next()
    assert desk.state_of(submission_id) == "checking"
    assert not checker(desk, worker="w2").check_next()
    assert checker(desk, worker="w2").release_abandoned() == 0  # it may still be at work
    desk.clock.forward(minutes=6)
    assert checker(desk, worker="w2").release_abandoned() == 1
    assert checker(desk, worker="w2").check_next()
    assert desk.state_of(submission_id) == "approved"
    assert desk.audit_is_whole()


def test_a_picture_that_kills_worker_after_worker_is_judged_without_it(desk):
    submission_id = desk.submit()

    def die(name):
        if name == "read":
            raise Killed

    for _ in range(3):
        with pytest.raises(Killed):
            checker(desk, step=die).check_next()
        desk.clock.forward(minutes=6)
        checker(desk).release_abandoned()
    checker(desk, step=die).check_next()
    assert desk.state_of(submission_id) == "rejected"
    assert rules_of(desk, submission_id) == {"rule-did-not-run"}


def test_a_slow_worker_does_not_write_over_the_one_that_took_over(desk):
    submission_id = desk.submit()

    def stall(name):
        if name == "searched":
            desk.clock.forward(minutes=6)
            other = checker(desk, Search(seen()), worker="w2")
            other.release_abandoned()
            other.check_next()

    checker(desk, step=stall).check_next()
    assert desk.state_of(submission_id) == "flagged"


def test_a_verdict_reached_across_a_change_of_the_register_does_not_count(desk):
    submission_id = desk.submit()

    def change(name):
        if name == "searched":
            with desk.school.database.write() as session:
                note_register_change(session)

    checker(desk, step=change).check_next()
    assert desk.state_of(submission_id) == "waiting"
    checker(desk).check_next()
    assert desk.state_of(submission_id) == "approved"


def test_changes_of_the_register_do_not_count_as_broken_checks(desk):
    submission_id = desk.submit()

    def change(name):
        if name == "searched":
            with desk.school.database.write() as session:
                note_register_change(session)

    for _ in range(5):
        checker(desk, step=change).check_next()
    checker(desk).check_next()
    assert desk.state_of(submission_id) == "approved"


@pytest.mark.parametrize(("references", "state"), [([], "scheduled"), (["media-1"], "unknown")])
def test_check_again_gives_a_failed_post_another_chance(desk, references, state):
    (post_id,) = desk.approved()
    submission_id = desk.post(post_id).submission_id
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        post.state, post.references = "failed", references
        submission = session.get_one(Submission, submission_id)
        check_again(desk.school, session, desk.user(session, "teacher"), submission)
    checker(desk).check_next()
    assert (desk.state_of(submission_id), desk.post(post_id).state) == ("approved", state)


def test_a_second_check_that_finds_the_same_keeps_the_approval(desk):
    (post_id,) = desk.approved()
    submission_id = desk.post(post_id).submission_id
    with desk.school.database.write() as session:
        register_changed(desk.school, session, [], actor="office")
    assert desk.state_of(submission_id) == "waiting"
    checker(desk).check_next()
    assert desk.state_of(submission_id) == "approved"
    assert desk.post(post_id).state == "scheduled"


@pytest.mark.parametrize("how", ["sent back", "taken down", "named a face"])
def test_what_a_person_had_a_hand_in_goes_nowhere_without_one(desk, how):
    """The rules object to nothing, and yet a reviewer said no, or said who is in it."""
    (post_id,) = desk.approved()
    submission_id = desk.post(post_id).submission_id
    with desk.school.database.write() as session:
        submission = session.get_one(Submission, submission_id)
        author, reviewer = (desk.user(session, name) for name in ("teacher", "coordinator"))
        if how == "sent back":
            send_back(desk.school, session, reviewer, submission, "A child at the back.")
        elif how == "taken down":
            post = session.get_one(Post, post_id)
            take_down(desk.school, session, reviewer, post, "A child at the back.")
        else:
            submission.needs_person = True
        edit(
            desk.school,
            session,
            author,
            submission,
            Content("Pupils!", ("website",), confirmed=CHECKLIST),
            {},
        )
    checker(desk).check_next()
    assert desk.state_of(submission_id) == "clear"
    assert desk.post(post_id).state == "cancelled"


@pytest.mark.parametrize("reason", ["expired", "consent withdrawn", "consent ended"])
def test_what_was_taken_down_goes_out_again_only_by_a_person(desk, reason):
    """A post of it elsewhere had failed, so that the submission is checked again."""
    website, twitter = desk.approved(channels=("website", "twitter"))
    submission_id = desk.post(website).submission_id
    with desk.school.database.write() as session:
        post = session.get_one(Post, website)
        post.state = "live"
        session.get_one(Post, twitter).state = "failed"
        session.flush()
        ask_removal(desk.school, session, post, actor="test", reason=reason)
    Remover(desk.school, desk.open_channel).remove_due()
    with desk.school.database.write() as session:
        session.get_one(Submission, submission_id).caption = "Pupils once more."
        register_changed(desk.school, session, [], actor="office")
    checker(desk).check_next()
    assert schedule_missing(desk.school) == 0
    assert desk.state_of(submission_id) == "clear"
    with desk.school.database.read() as session:
        posts = posts_of(session, submission_id)
    assert {post.state for post in posts} == {"removed", "cancelled"}
    assert len(posts) == 2


def test_a_second_approval_makes_no_second_post(desk):
    """Live on one channel, waiting on the other, and the register changes."""
    website, twitter = desk.approved(channels=("website", "twitter"))
    with desk.school.database.write() as session:
        session.get_one(Post, website).state = "live"
        session.get_one(Submission, desk.post(website).submission_id).caption = "Changed."
        register_changed(desk.school, session, [], actor="office")
    checker(desk).check_next()
    assert desk.state_of(desk.post(website).submission_id) == "approved"
    with desk.school.database.read() as session:
        posts = posts_of(session, desk.post(website).submission_id)
    assert sorted((post.channel, post.state) for post in posts) == [
        ("twitter", "cancelled"),
        ("twitter", "scheduled"),
        ("website", "live"),
    ]
    assert desk.post(twitter).state == "cancelled"


@pytest.mark.parametrize(
    ("search", "state"),
    [(Search(fails=True), "live"), (Search(seen()), "live")],
)
def test_a_check_that_could_not_be_made_takes_nothing_down(desk, search, state):
    website, _ = desk.approved(channels=("website", "twitter"))
    with desk.school.database.write() as session:
        session.get_one(Post, website).state = "live"
        register_changed(desk.school, session, [], actor="office")
    checker(desk, search).check_next()
    assert desk.post(website).state == state


def test_what_a_new_check_rejects_comes_down(desk):
    website, _ = desk.approved(channels=("website", "twitter"))
    with desk.school.database.write() as session:
        session.get_one(Post, website).state = "live"
        photos_of(session, desk.post(website).submission_id)[0].alt = ""
        register_changed(desk.school, session, [], actor="office")
    checker(desk).check_next()
    assert desk.post(website).state == "removing"


def test_a_second_check_that_finds_more_voids_it(desk):
    """The approval was given without knowing of the two faces."""
    (post_id,) = desk.approved()
    submission_id = desk.post(post_id).submission_id
    with desk.school.database.write() as session:
        register_changed(desk.school, session, [], actor="office")
    checker(desk, Search(seen(), seen(150))).check_next()
    assert desk.state_of(submission_id) == "flagged"
    assert desk.post(post_id).state == "cancelled"
