"""The second look: who is drawn, who may look, and what the rate says."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.incidents import texts_of
from gatekeeper_queue.models import Approval, Post
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.record_models import Incident, Notice, SampleCheck
from gatekeeper_queue.review import CannotReview
from gatekeeper_queue.sampling import (
    Group,
    MissRate,
    Outcome,
    draw,
    judge_sample,
    may_check,
    miss_rates,
    to_check,
    wilson,
)
from gatekeeper_queue.terms import term_before, term_of


@pytest.fixture
def term(desk):
    return term_of(desk.school.today())


def published(desk, by="coordinator", **more):
    (post_id,) = desk.approved(**more)
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        post.state, post.live_at = "live", desk.clock()
        session.get_one(Approval, post.approval_id).approved_by = desk.people.get(by, by)
    return post_id


def drawn(desk, term, number=20, by="head"):
    with desk.school.database.write() as session:
        rows = draw(desk.school, session, desk.user(session, by), term, number)
        return [row.post_id for row in rows]


def look(desk, post_id, by="head", outcome=Outcome.RIGHT, note=""):
    with desk.school.database.write() as session:
        row = session.exec(select(SampleCheck).where(SampleCheck.post_id == post_id)).one()
        judge_sample(desk.school, session, desk.user(session, by), row, outcome, note)


def rates(desk, term):
    with desk.school.database.read() as session:
        return miss_rates(session, desk.school, term)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # By hand from the formula, and as in tables of the score interval.
    [(0, 20, 0.0, 0.1611), (1, 20, 0.0089, 0.2361), (10, 20, 0.2993, 0.7007), (20, 20, 0.8389, 1)],
)
def test_the_interval_is_wilsons(hits, of, low, high):
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_share_and_stays_a_share(case):
    low, high = wilson(*case)
    assert 0 <= low <= case[0] / case[1] <= high <= 1
    assert low < high


def test_each_group_is_filled_up_and_nothing_is_drawn_twice(desk, term):
    alone = {published(desk, by=SYSTEM) for _ in range(3)}
    approved = {published(desk) for _ in range(3)}
    first = drawn(desk, term, 2)
    assert (len(alone & {*first}), len(approved & {*first})) == (2, 2)
    assert drawn(desk, term, 2) == []
    assert {*first, *drawn(desk, term, 20)} == alone | approved
    assert {*rates(desk, term).values()} == {MissRate(3, 0, 0)}
    assert desk.audit_is_whole()


def test_only_what_went_live_in_the_term_and_can_be_looked_at_is_drawn(desk, term):
    published(desk)
    desk.approved()  # not live
    emptied = published(desk)
    with desk.school.database.write() as session:
        from gatekeeper_queue.forgetting import Files, forget_content
        from gatekeeper_queue.models import Submission

        post = session.get_one(Post, emptied)
        forget_content(session, session.get_one(Submission, post.submission_id), Files())
    assert drawn(desk, term_before(term)) == []
    assert len(drawn(desk, term)) == 1


def test_every_post_has_the_same_chance(desk, term):
    posts = [published(desk) for _ in range(3)]
    seen = Counter()
    for _ in range(60):
        (post_id,) = drawn(desk, term, 1)
        seen[post_id] += 1
        with desk.school.database.write() as session:
            session.delete(session.exec(select(SampleCheck)).one())
    assert set(seen) == set(posts)  # misses one of three in 60 draws once in 10^10 runs


@pytest.mark.parametrize(
    ("author", "approver", "who", "may"),
    [
        ("teacher", "coordinator", "head", True),
        ("teacher", "coordinator", "coordinator", False),
        ("head", "coordinator", "head", False),
        ("teacher", SYSTEM, "coordinator", True),
    ],
)
def test_neither_author_nor_approver_looks_again(desk, term, author, approver, who, may):
    post_id = published(desk, author=author, by=approver)
    drawn(desk, term, by="head")
    with desk.school.database.read() as session:
        (row,) = to_check(session)
        assert may_check(session, desk.user(session, who), row) == may
    if may:
        look(desk, post_id, who)
        assert rates(desk, term)[Group.MACHINE if approver == SYSTEM else Group.PERSON].checked == 1
    else:
        with pytest.raises(NotAllowed, match="Another person"):
            look(desk, post_id, who)


def test_a_miss_needs_a_word_is_told_and_counted(desk, term):
    post_id = published(desk)
    drawn(desk, term)
    with pytest.raises(CannotReview, match="what was missed"):
        look(desk, post_id, outcome=Outcome.MISSED, note=" ")
    look(desk, post_id, outcome=Outcome.MISSED, note="A badge can be read.")
    with pytest.raises(CannotReview, match="meanwhile"):
        look(desk, post_id)
    assert rates(desk, term)[Group.PERSON] == MissRate(1, 1, 1)
    with desk.school.database.read() as session:
        told = set(session.exec(select(Notice.user_id)).all())
        (incident,) = session.exec(select(Incident)).all()
    assert told == {desk.people["head"], desk.people["coordinator"], None}
    assert (incident.kind, incident.subject) == ("sample-missed", post_id)
    assert texts_of(desk.school, incident)["happened"].endswith("A badge can be read.")


@pytest.mark.parametrize("who", ["teacher", "office"])
def test_others_neither_draw_nor_look(desk, term, who):
    published(desk)
    with pytest.raises(NotAllowed):
        drawn(desk, term, by=who)
