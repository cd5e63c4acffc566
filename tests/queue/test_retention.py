"""The nightly sweep: what has had its time goes, what is needed stays, whatever crashes when."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from gatekeeper_consent.answers import Decision
from gatekeeper_consent.models import ImportDraft, ReferenceFace
from gatekeeper_queue.forgetting import EMPTIED
from gatekeeper_queue.models import (
    AuditEvent,
    FaceWord,
    Judgement,
    Meta,
    Post,
    PostPerson,
    StoppedPicture,
    Submission,
    SubmissionPhoto,
)
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.record_models import Freeze, Incident, Notice, Objection
from gatekeeper_queue.removal import Remover, take_down
from gatekeeper_queue.retention import KINDS, Sweep
from gatekeeper_queue.states import PostState, SubmissionState
from gatekeeper_queue.submissions import discard, photos_of


def sweep(desk):
    return Sweep(desk.school)


def photo_of(desk, submission_id):
    with desk.school.database.read() as session:
        rows = photos_of(session, submission_id)
    return rows[0] if rows else None


def files(desk):
    store = desk.school.store
    return set(store.originals()), set(store.clean_pictures())


def age_files(desk):
    """The files are as old as the clock says; they were made in this very second."""
    moment = (desk.clock() - timedelta(days=400)).timestamp()
    for folder in (desk.school.store._originals, desk.school.store._clean):
        for path in folder.iterdir():
            os.utime(path, (moment, moment))


def live(desk, **more):
    (post_id,) = desk.approved(**more)
    Publisher(desk.school, desk.open_channel, "worker").publish_due()
    assert desk.post(post_id).state == PostState.LIVE
    return post_id


def set_state(desk, kind, key, **columns):
    with desk.school.database.write() as session:
        row = session.get_one(kind, key)
        for name, value in columns.items():
            setattr(row, name, value)
        session.add(row)


SUBMISSIONS = [
    ("rejected", 91, True),
    ("rejected", 89, False),
    ("returned", 91, True),
    ("discarded", 91, True),
    ("waiting", 4000, False),
    ("checking", 4000, False),
    ("flagged", 4000, False),
    ("clear", 4000, False),
    ("approved", 4000, False),
]


@pytest.mark.parametrize(("state", "days", "goes"), SUBMISSIONS)
def test_a_submission_that_is_not_open_is_emptied_after_its_time(desk, state, days, goes):
    submission_id = desk.submit(caption="Well done.")
    desk.judge(submission_id)
    set_state(desk, Submission, submission_id, state=state)
    photo = photo_of(desk, submission_id)
    desk.clock.forward(days=days)
    sweep(desk).run()
    with desk.school.database.read() as session:
        row = session.get_one(Submission, submission_id)
    if goes:
        assert (row.state, row.caption) == ("discarded", EMPTIED)
        assert photo_of(desk, submission_id) is None
        assert files(desk) == (set(), set())
    else:
        assert (row.state, row.caption) == (state, "Well done.")
        assert files(desk) == ({photo.id}, {photo.clean_sha256})
    assert desk.audit_is_whole()


@pytest.mark.parametrize("state", list(PostState))
def test_no_picture_goes_while_a_post_needs_it(desk, state):
    (post_id,) = desk.approved()
    set_state(desk, Post, post_id, state=str(state), live_at=desk.clock())
    submission_id = desk.post(post_id).submission_id
    # A post may be up although its submission was sent back to the checks and rejected there.
    for submission_state in ("approved", "rejected"):
        set_state(desk, Submission, submission_id, state=submission_state)
        desk.clock.forward(days=4000)
        sweep(desk).run()
        kept = photo_of(desk, submission_id) is not None
        over = {PostState.REMOVED, PostState.CANCELLED, PostState.FAILED}
        assert kept == (state not in over), submission_state
        originals, clean = files(desk)
        assert bool(clean) == kept
        assert bool(originals) == (kept and state != PostState.LIVE)


def test_a_published_photo_loses_its_original_and_keeps_its_picture(desk):
    post_id = live(desk)
    photo = photo_of(desk, desk.post(post_id).submission_id)
    desk.clock.forward(days=29)
    assert sweep(desk).run()["originals"] == 0
    desk.clock.forward(days=2)
    assert sweep(desk).preview()["originals"] == 1
    assert sweep(desk).run()["originals"] == 1
    assert files(desk) == (set(), {photo.clean_sha256})
    assert sweep(desk).run()["originals"] == 0, "it is not counted twice"


def test_a_post_that_was_taken_down_is_emptied_after_its_time(desk, a_face):
    for pupil in ("p1", "p2"):
        desk.consent(pupil, Decision.YES)
    post_id = live(desk, faces=(a_face("p1"), a_face("p2", left=200)))
    submission_id = desk.post(post_id).submission_id
    with desk.school.database.write() as session:
        user = desk.user(session, "coordinator")
        take_down(desk.school, session, user, session.get_one(Post, post_id), "no")
    Remover(desk.school, desk.open_channel).remove_due()
    desk.clock.forward(days=179)
    sweep(desk).run()
    assert photo_of(desk, submission_id) is not None
    desk.clock.forward(days=2)
    assert sweep(desk).run()["removed"] == 1
    assert files(desk) == (set(), set())
    with desk.school.database.read() as session:
        assert not session.exec(select(PostPerson)).all()
        assert session.get_one(Post, post_id).state == "removed"
        assert session.get_one(Submission, submission_id).state == "discarded"
        assert session.exec(select(StoppedPicture)).all(), "known when it comes back"


def test_a_shared_picture_stays_while_one_of_the_two_needs_it(desk):
    post_id = live(desk)
    rejected = desk.submit()
    desk.judge(rejected)
    set_state(desk, Submission, rejected, state="rejected")
    desk.clock.forward(days=100)
    assert sweep(desk).run()["stopped"] == 1
    photo = photo_of(desk, desk.post(post_id).submission_id)
    assert photo.clean_sha256 in files(desk)[1]


def test_findings_lose_their_words_and_keep_their_rules(desk):
    submission_id = desk.submit(caption="Well done Quillon1 Xanthery!")
    desk.judge(submission_id)
    desk.clock.forward(days=91)
    sweep(desk).run()
    with desk.school.database.read() as session:
        (judged,) = session.exec(select(Judgement)).all()
    assert "child-named" in {finding["rule"] for finding in judged.findings}
    assert "Xanthery" not in json.dumps(judged.findings)


def test_files_that_nothing_refers_to_go_after_a_week(desk):
    submission_id = desk.submit()
    desk.judge(submission_id)
    kept = files(desk)
    desk.school.store.save_original("stray", b"x")
    desk.school.store.save_clean(b"y", sha256(b"y").hexdigest())
    assert sweep(desk).run()["unreferred"] == 0, "it may be about to be referred to"
    age_files(desk)
    assert sweep(desk).run()["unreferred"] == 2
    assert files(desk) == kept


@pytest.mark.parametrize(
    "make",
    [
        lambda desk, session, post: Objection(
            submission_id=post.submission_id, post_id=post.id, by=desk.people["head"],
            at=desk.clock(),
        ),
        lambda desk, session, post: Incident(
            kind="by hand", subject=post.id, opened_by="head", opened_at=desk.clock(), evidence=[]
        ),
        lambda desk, session, post: Incident(
            kind="by hand", subject=post.submission_id, opened_by="head", opened_at=desk.clock(),
            evidence=[],
        ),
    ],
)  # fmt: skip
def test_what_a_complaint_or_incident_is_about_stays_until_it_is_closed(desk, make):
    (post_id,) = desk.approved()
    set_state(desk, Post, post_id, state="removed", removed_at=desk.clock())
    with desk.school.database.write() as session:
        row = make(desk, session, session.get_one(Post, post_id))
        session.add(row)
    desk.clock.forward(days=1000)
    assert sweep(desk).run()["removed"] == 0
    closed = "decided_at" if isinstance(row, Objection) else "closed_at"
    set_state(desk, type(row), row.id, **{closed: desk.clock()})
    assert sweep(desk).run()["removed"] == 1


def test_nothing_goes_in_incident_mode(desk):
    submission_id = desk.submit()
    desk.judge(submission_id)
    set_state(desk, Submission, submission_id, state="rejected")
    incident = Incident(kind="by hand", opened_by="head", opened_at=desk.clock(), evidence=[])
    with desk.school.database.write() as session:
        session.add(incident)
        session.flush()
        session.add(Freeze(incident_id=incident.id, begun_by="head", begun_at=desk.clock()))
    desk.clock.forward(days=400)
    assert sweep(desk).paused()
    assert not sweep(desk).run()
    assert photo_of(desk, submission_id) is not None


def test_rows_go_after_their_days_and_not_before(desk):
    now = desk.clock()
    with desk.school.database.write() as session:
        session.add(Notice(user_id=desk.people["head"], kind="x", subject="s", at=now))
        session.add(
            ImportDraft(
                id="d", name="roll.csv", content=b"-", columns={}, added_at=now, added_by="o"
            )
        )
        session.add(ReferenceFace(person_id="p1", picture=b"-", digest="0", added_at=now))
    assert sweep(desk).run()["faces"] == 1, "nobody gave leave"
    desk.clock.forward(days=8)
    counts = sweep(desk).run()
    assert (counts["drafts"], counts["notices"]) == (1, 0)
    desk.clock.forward(days=173)
    assert sweep(desk).run()["notices"] == 1


def test_one_event_a_sweep_and_none_for_nothing(desk):
    def swept():
        with desk.school.database.read() as session:
            return [
                json.loads(event.data)
                for event in session.exec(
                    select(AuditEvent).where(AuditEvent.kind == "retention.swept")
                )
            ]

    sweep(desk).run()
    assert swept() == []
    submission_id = desk.submit()
    with desk.school.database.write() as session:
        row = session.get_one(Submission, submission_id)
        discard(desk.school, session, desk.user(session, "teacher"), row)
    desk.clock.forward(days=91)
    sweep(desk).run()
    assert [event["stopped"] for event in swept()] == [1]
    assert desk.audit_is_whole()


def test_it_runs_once_a_night_after_two(desk):
    night = sweep(desk)
    assert night.nightly()  # ten o'clock, and it has not been done today
    assert not night.nightly()
    desk.clock.forward(hours=15)  # one o'clock
    assert not night.nightly()
    desk.clock.forward(hours=1.5)
    assert night.nightly()
    with desk.school.database.read() as session:
        assert session.get_one(Meta, "swept_on").value == "2026-11-25"


def test_a_crash_between_the_rows_and_the_files_leaves_nothing_behind(desk, monkeypatch):
    submission_id = desk.submit()
    desk.judge(submission_id)
    set_state(desk, Submission, submission_id, state="rejected")
    desk.clock.forward(days=91)

    class Killed(BaseException):
        """The process dies here."""

    def die(school, gone):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("gatekeeper_queue.retention.delete_files", die)
        with pytest.raises(Killed):
            sweep(desk).run()
    assert photo_of(desk, submission_id) is None
    assert all(files(desk))
    age_files(desk)
    sweep(desk).run()
    assert files(desk) == (set(), set())


def test_a_photo_whose_original_is_gone_asks_for_it_again(desk):
    from gatekeeper_queue.looking import Looker

    submission_id = desk.submit()
    photo = photo_of(desk, submission_id)
    desk.school.store.forget_original(photo.id)
    Looker(desk.school, None).read(photo)
    stored = photo_of(desk, submission_id)
    assert (stored.problem, stored.mend) == (
        "The original of this photo is no longer kept.", "Add the photo again."
    )  # fmt: skip


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    story=st.lists(
        st.tuples(
            st.sampled_from(list(SubmissionState)),
            st.lists(st.sampled_from(list(PostState)), max_size=1),
            st.integers(0, 400),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_nothing_that_is_open_or_up_ever_loses_its_picture(desk, story):
    made = []
    for state, posts, days in story:
        ids = desk.approved()
        submission_id = desk.post(ids[0]).submission_id
        made.append((submission_id, state, posts))
        for post_id, post_state in zip(ids, [*posts, "cancelled"], strict=False):
            set_state(desk, Post, post_id, state=str(post_state), live_at=desk.clock())
        set_state(desk, Submission, submission_id, state=str(state), changed_at=desk.clock())
        desk.clock.forward(days=days)
    sweep(desk).run()
    quiet = {PostState.REMOVED, PostState.CANCELLED, PostState.FAILED}
    done = {SubmissionState.REJECTED, SubmissionState.RETURNED, SubmissionState.DISCARDED,
            SubmissionState.APPROVED}  # fmt: skip
    for submission_id, state, posts in made:
        if set(posts) - quiet or state not in done:
            photo = photo_of(desk, submission_id)
            assert photo is not None
            desk.school.store.clean(photo.clean_sha256)
    with desk.school.database.read() as session:
        for photo in session.exec(select(SubmissionPhoto)):
            assert photo.clean_sha256 in desk.school.store.clean_pictures()
        assert not [
            word for word in session.exec(select(FaceWord))
            if session.get(SubmissionPhoto, word.photo_id) is None
        ]  # fmt: skip


def test_every_kind_says_what_it_is(desk):
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names)
    assert all(kind.what and kind.since and kind.days(desk.school.periods) >= 0 for kind in KINDS)
