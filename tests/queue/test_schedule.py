"""The plan and what becomes of it: waiting, moving, closed days, and asking again."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from gatekeeper_queue.approvals import schedule_missing, try_failed_again
from gatekeeper_queue.models import Approval, AuditEvent, Post, Submission
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.review import CannotReview, approve
from gatekeeper_queue.schedule import (
    CannotMove,
    ask_again_in_time,
    follow_calendar,
    move,
)
from gatekeeper_queue.school import SlotRule, Slots
from gatekeeper_queue.school_days import SchoolDays
from gatekeeper_queue.slots import reasons_of
from gatekeeper_queue.states import PostState, change_state
from gatekeeper_queue.submissions import posts_of
from gatekeeper_queue.terms import Span
from gatekeeper_queue.timetable import Timetable
from gatekeeper_queue.verdicts import newest_verdict

WEEK = frozenset(range(5))
OUTING = "Year 5 will be at Elm Park tomorrow at 2pm."


@pytest.fixture
def channel(desk, model_channel):
    desk.channels |= dict.fromkeys(("website", "parents", "twitter"), model_channel())
    return desk.channels["website"]


def with_school(desk, **more):
    """The same school with other settings."""
    desk.school = replace(desk.school, **more)


def worker(desk):
    return Publisher(desk.school, desk.open_channel, "w", timedelta(seconds=30))


def publish(desk):
    return worker(desk).publish_due()


def go(desk, post_id, where, who="coordinator"):
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        move(desk.school, session, desk.user(session, who), post, where)


def minutes(desk, *post_ids):
    """When each is planned, in minutes from now."""
    return [(desk.post(one).due_at - desk.clock()) / timedelta(minutes=1) for one in post_ids]


def kinds(desk, post_id):
    return [reason.kind for reason in reasons_of(desk.post(post_id))]


def events(desk, kind):
    with desk.school.database.read() as session:
        rows = session.exec(select(AuditEvent).where(AuditEvent.kind == kind)).all()
    return [(row.actor, row.subject, json.loads(row.data)) for row in rows]


# --- where and when -------------------------------------------------------------------------


def test_each_account_has_its_own_slots(desk, channel):
    """START is a Tuesday, 10:00."""
    rules = (
        SlotRule("twitter", Timetable(times=(12 * 60, 15 * 60)), "School"),
        SlotRule("parents", Timetable(weekdays=frozenset({3}))),
    )
    with_school(desk, slots=Slots(rules=rules))
    first = desk.approved(channels=("website", "parents", "twitter"))
    second = desk.approved(channels=("twitter",))
    due = {desk.post(one).channel: f"{desk.post(one).due_at:%a %H:%M}" for one in first}
    assert due == {"website": "Tue 10:00", "parents": "Thu 07:00", "twitter": "Tue 12:00"}
    assert f"{desk.post(second[0]).due_at:%a %H:%M}" == "Tue 15:00"


def test_one_account_does_not_hold_up_another(desk, channel):
    website, twitter = desk.approved(channels=("website", "twitter"))
    assert minutes(desk, website, twitter) == [0, 0]


def test_a_post_waits_for_the_next_school_day_and_says_why(desk, channel):
    half_term = Span(date(2026, 11, 24), date(2026, 11, 27), "Reading week")
    with_school(desk, days=SchoolDays(WEEK, holidays=(half_term,)))
    (post_id,) = desk.approved()
    assert f"{desk.post(post_id).due_at:%a %d %H:%M}" == "Mon 30 07:00"
    (reason,) = reasons_of(desk.post(post_id))
    assert (reason.kind, reason.name, reason.until) == ("closed", "Reading week", "2026-11-30")


def test_what_is_overdue_waits_for_a_school_day_and_for_what_went_before(desk, channel):
    with_school(desk, days=SchoolDays(WEEK, inset_days=frozenset({date(2026, 11, 25)})))
    desk.approved(), desk.approved()
    desk.clock.forward(hours=21)  # the worker was off; it is Wednesday, an inset day
    assert publish(desk) == 0
    with_school(desk, days=SchoolDays(WEEK))
    assert publish(desk) == 1
    desk.clock.forward(minutes=14)
    assert publish(desk) == 0
    desk.clock.forward(minutes=1)
    assert publish(desk) == 1


def test_two_workers_keep_the_distance_too(desk, channel):
    (first,), (second,) = desk.approved(), desk.approved()
    desk.clock.forward(minutes=40)
    meanwhile = []

    def other_worker(step):
        if step == "prepared":
            meanwhile.append(publish(desk))

    one = Publisher(desk.school, desk.open_channel, "v", timedelta(seconds=30), other_worker)
    assert (one.publish_due(), meanwhile) == (1, [0])
    assert (desk.post(first).state, desk.post(second).state) == ("live", "scheduled")


# --- not before it is over ------------------------------------------------------------------


def waiting(desk, caption=OUTING, **more):
    submission_id = desk.submit(caption=caption, **more)
    assert str(desk.judge(submission_id)) == "flagged"
    return submission_id


def approve_it(desk, submission_id, **more):
    with desk.school.database.write() as session:
        row = session.get_one(Submission, submission_id)
        coordinator = desk.user(session, "coordinator")
        approve(desk.school, session, coordinator, row, newest_verdict(session, row), **more)
        return [post.id for post in posts_of(session, submission_id)]


def test_an_outing_is_over_before_it_is_told(desk, channel):
    (post_id,) = approve_it(desk, waiting(desk))
    assert f"{desk.post(post_id).due_at:%a %H:%M}" == "Thu 07:00"
    assert kinds(desk, post_id) == ["event", "hours"]
    assert [data for _, _, data in events(desk, "outing.judged")] == [
        {"until": "2026-11-26 00:00:00+00:00"}
    ]


def test_the_reviewer_knows_better_when_it_is_over(desk, channel):
    back = desk.clock() + timedelta(days=1, hours=5, minutes=30)
    (post_id,) = approve_it(desk, waiting(desk), over_at=back)
    assert desk.post(post_id).due_at == back


def test_the_later_of_its_authors_wish_and_the_end_counts(desk, channel):
    wish = desk.clock() + timedelta(days=4)
    (post_id,) = approve_it(desk, waiting(desk, publish_at=wish))
    assert (desk.post(post_id).due_at, kinds(desk, post_id)) == (wish, ["asked"])


def test_what_gives_nobody_away_goes_out_at_once(desk, channel):
    (post_id,) = approve_it(desk, waiting(desk), tells_nothing=True)
    assert minutes(desk, post_id) == [0]
    assert [data for _, _, data in events(desk, "outing.judged")] == [{"tells": "nothing"}]


def test_an_outing_without_an_end_is_not_approved_before_somebody_says_it(desk, channel):
    submission_id = waiting(desk, "Every Monday Year 4 swims at the pool.")
    with pytest.raises(CannotReview, match="Say when that is over"):
        approve_it(desk, submission_id)
    assert desk.state_of(submission_id) == "flagged"
    approve_it(desk, submission_id, over_at=desk.clock() + timedelta(days=90))


def test_an_invitation_goes_out_before_the_day(desk, channel):
    (post_id,) = desk.approved(caption="Join us at our summer fair on 12 July in the school hall.")
    assert minutes(desk, post_id) == [0]


def test_no_move_gets_past_an_outing(desk, channel):
    (first,) = desk.approved()
    (outing,) = approve_it(desk, waiting(desk))
    for where in ("now", "top", "earlier"):
        with pytest.raises(CannotMove, match="where children will be"):
            go(desk, outing, where)
    assert not desk.post(outing).hurried_by
    with desk.school.database.write() as session:  # whatever else might bring it forward
        session.get_one(Post, outing).due_at = desk.clock()
    assert publish(desk) == 1
    desk.clock.forward(minutes=20)
    assert publish(desk) == 0
    assert (desk.post(first).state, desk.post(outing).state) == ("live", "scheduled")


# --- moving ---------------------------------------------------------------------------------


@pytest.fixture
def three(desk, channel):
    """Planned at 0, 15 and 30 minutes."""
    ids = [desk.approved()[0] for _ in range(3)]
    assert minutes(desk, *ids) == [0, 15, 30]
    return ids


@pytest.mark.parametrize(
    ("which", "where", "expected"),
    [
        (2, "top", [15, 30, 0]),
        (1, "top", [15, 0, 30]),
        (2, "now", [15, 30, 0]),
        (1, "earlier", [15, 0, 30]),
        (2, "earlier", [0, 30, 15]),
        (0, "later", [15, 0, 30]),
        (1, "later", [0, 30, 15]),
    ],
)
def test_moving_changes_the_order_and_nothing_else(desk, three, which, where, expected):
    go(desk, three[which], where)
    assert minutes(desk, *three) == expected
    moved = {subject for _, subject, _ in events(desk, "post.moved")}
    before = [0, 15, 30]
    assert moved == {
        post for post, old, new in zip(three, before, expected, strict=True) if old != new
    }
    assert desk.audit_is_whole()


@pytest.mark.parametrize(
    ("which", "where", "why"),
    [
        (0, "earlier", "Nothing goes out before it"),
        (0, "top", "the first already"),
        (2, "later", "Nothing goes out after it"),
        (0, "now", "the next to go out already"),
    ],
)
def test_a_move_that_leads_nowhere_says_why_and_changes_nothing(desk, three, which, where, why):
    with pytest.raises(CannotMove, match=why):
        go(desk, three[which], where)
    assert minutes(desk, *three) == [0, 15, 30]
    assert events(desk, "post.moved") == []


def test_later_than_one_that_has_to_wait(desk, channel):
    """The other one may not take its place, so it just goes behind."""
    (early,) = desk.approved()
    (bound,) = desk.approved(publish_at=desk.clock() + timedelta(hours=2))
    go(desk, early, "later")
    assert minutes(desk, bound, early) == [120, 135]


@pytest.mark.parametrize("who", ["teacher", "office", "technician"])
def test_only_who_may_arrange_posts_moves_them(desk, three, who):
    with pytest.raises(NotAllowed):
        go(desk, three[2], "top", who)
    assert minutes(desk, *three) == [0, 15, 30]


def test_what_is_not_waiting_cannot_be_moved(desk, three):
    assert publish(desk) == 1
    with pytest.raises(CannotMove, match="not waiting"):
        go(desk, three[0], "later")


def test_now_opens_a_closed_day_but_not_the_night(desk, channel):
    with_school(desk, days=SchoolDays(frozenset({4})))  # Fridays only; it is Tuesday
    (first,), (second,) = desk.approved(), desk.approved()
    go(desk, second, "now")
    assert minutes(desk, second) == [0]
    assert kinds(desk, second) == ["now"]
    assert publish(desk) == 1
    assert desk.post(first).state == "scheduled"
    desk.clock.forward(hours=11)  # 21:00
    go(desk, first, "now")
    assert f"{desk.post(first).due_at:%a %H:%M}" == "Wed 07:00"
    assert follow_calendar(desk.school) == 0


def test_now_keeps_the_distance_from_what_just_went_out(desk, three):
    assert publish(desk) == 1
    desk.clock.forward(minutes=5)
    go(desk, three[2], "now")
    assert minutes(desk, three[2], three[1]) == [10, 25]


ORDERS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["now", "top", "earlier", "later"])), max_size=8
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(ORDERS, st.lists(st.integers(0, 2000), min_size=6, max_size=6))
def test_whatever_is_moved_the_rules_hold(
    tmp_path_factory, make_desk, model_channel, moves, delays
):
    """Never too near, never outside the hours or on a closed day, never before it may."""
    desk = make_desk(tmp_path_factory.mktemp("moves"))
    desk.channels["website"] = model_channel()
    with_school(desk, days=SchoolDays(WEEK, inset_days=frozenset({date(2026, 11, 25)})))
    start = desk.clock()
    wishes = [start + timedelta(minutes=delay) if delay % 3 else None for delay in delays]
    posts = [desk.approved(publish_at=wish)[0] for wish in wishes]
    for which, where in moves:
        try:
            go(desk, posts[which], where)
        except CannotMove:
            continue
    found = [desk.post(one) for one in posts]
    due = sorted(post.due_at for post in found)
    assert all(after - before >= timedelta(minutes=15) for before, after in pairwise(due))
    for post, wish in zip(found, wishes, strict=True):
        local = post.due_at.astimezone(desk.school.zone)
        assert 7 <= local.hour < 20
        assert post.hurried_by or not desk.school.days.why_closed(local.date())
        assert post.due_at >= (wish or start)
    desk.school.database.close()


STEPS = st.lists(
    st.tuples(
        st.sampled_from([1, 4, 16, 60, 7 * 60, 25 * 60, 4 * 24 * 60, 13 * 24 * 60]),
        st.sampled_from(["", "", "approve", "approve", "approve later", "now", "tick"]),
        st.sampled_from(
            [[], [], ["retry"], ["", "retry"], ["", "lost after"], ["", "lost before"]]
        ),
    ),
    min_size=3,
    max_size=14,
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_nothing_goes_out_too_near_out_of_hours_or_because_time_passed(
    tmp_path_factory, make_desk, model_channel, steps
):
    """The worker stands still for minutes or weeks, and answers are lost or put off."""
    desk = make_desk(tmp_path_factory.mktemp("still"))
    channel = desk.channels["website"] = model_channel()
    with_school(desk, days=SchoolDays(WEEK, inset_days=frozenset({date(2026, 11, 25)})))
    called, went_up, posts, publish_it = [], [], [], channel.publish

    def noted(item, references):
        called.append((desk.clock(), desk.post(item.post_id)))
        before = len(channel.ever)
        try:
            return publish_it(item, references)
        finally:
            if len(channel.ever) > before:
                went_up.append(desk.clock())

    channel.publish = noted
    for ahead, act, faults in steps:
        if act.startswith("approve"):
            wish = desk.clock() + timedelta(days=11) if act.endswith("later") else None
            posts += desk.approved(publish_at=wish)
        elif act == "now" and posts:
            with contextlib.suppress(CannotMove):
                go(desk, posts[-1], "now")
        elif act == "tick":
            ask_again_in_time(desk.school)
            follow_calendar(desk.school)
        channel.faults = list(faults)
        publish(desk)
        worker(desk).settle_unknown()
        channel.faults = []
        desk.clock.forward(minutes=ahead)
    for when, post in called:
        local = when.astimezone(desk.school.zone)
        assert 7 <= local.hour < 20
        assert post.hurried_by or not desk.school.days.why_closed(local.date())
        assert timedelta() <= when - post.due_at <= timedelta(hours=24)
        with desk.school.database.read() as session:
            approval = session.get_one(Approval, post.approval_id)
        assert when - approval.approved_at <= timedelta(days=30)
    assert all(after - before >= timedelta(minutes=15) for before, after in pairwise(went_up))
    desk.school.database.close()


# --- the calendar changes -------------------------------------------------------------------


def test_a_new_inset_day_moves_what_was_planned_for_it(desk, channel):
    (kept,) = desk.approved()
    wish = desk.clock() + timedelta(days=1)
    (moved,) = desk.approved(publish_at=wish)
    assert follow_calendar(desk.school) == 0
    with_school(desk, days=SchoolDays(inset_days=frozenset({wish.date()})))
    assert follow_calendar(desk.school) == 1
    assert f"{desk.post(moved).due_at:%a %H:%M}" == "Thu 07:00"
    assert minutes(desk, kept) == [0]
    ((actor, subject, _),) = events(desk, "post.moved")
    assert (actor, subject) == ("gatekeeper", moved)


# --- asking again ---------------------------------------------------------------------------


def is_asked_again(desk, post_id):
    post = desk.post(post_id)
    with desk.school.database.read() as session:
        row = session.get_one(Submission, post.submission_id)
        approval = session.get_one(Approval, post.approval_id)
        return (post.state, row.state, row.needs_person, approval.voided_at is not None) == (
            "cancelled", "waiting", True, True
        )  # fmt: skip


@pytest.mark.parametrize("by", ["publisher", "tick"])
@pytest.mark.parametrize(
    ("wait", "asked"),
    [(timedelta(hours=24), False), (timedelta(hours=24, minutes=1), True)],
)
def test_a_post_whose_time_is_long_past_asks_again(desk, channel, by, wait, asked):
    (post_id,) = desk.approved()
    desk.clock.now += wait
    ask_again_in_time(desk.school) if by == "tick" else publish(desk)
    assert is_asked_again(desk, post_id) is asked
    assert (channel.up == {}) or not asked


@pytest.mark.parametrize("by", ["publisher", "tick"])
@pytest.mark.parametrize(("days", "asked"), [(29, False), (31, True)])
def test_an_old_approval_asks_again(desk, channel, by, days, asked):
    (post_id,) = desk.approved(publish_at=desk.clock() + timedelta(days=days))
    desk.clock.forward(days=days, minutes=1)
    ask_again_in_time(desk.school) if by == "tick" else publish(desk)
    assert is_asked_again(desk, post_id) is asked
    assert (channel.up == {}) or not asked


def test_people_are_asked_while_there_is_still_time(desk, channel):
    (post_id,) = desk.approved(publish_at=desk.clock() + timedelta(days=60))
    desk.clock.forward(days=30)
    assert ask_again_in_time(desk.school) == 0
    desk.clock.forward(minutes=1)
    assert ask_again_in_time(desk.school) == 1
    assert is_asked_again(desk, post_id)


def test_what_is_asked_again_needs_a_person_and_then_goes_out(desk, channel):
    """The rules find nothing, and still it does not approve itself."""
    (post_id,) = desk.approved()
    submission_id = desk.post(post_id).submission_id
    desk.clock.forward(days=3)
    publish(desk)
    assert str(desk.judge(submission_id)) == "clear"
    assert schedule_missing(desk.school) == 0
    _, again = approve_it(desk, submission_id)
    assert publish(desk) == 1
    assert desk.post(again).state == "live"
    reasons = {data.get("reason") for _, _, data in events(desk, "approval.voided")}
    assert reasons == {"its time is long past"}


def test_a_post_on_another_channel_that_is_up_stays_up(desk, channel):
    website, twitter = desk.approved(channels=("website", "twitter"))
    channel.faults = ["", "", "retry"]  # the second one is put off
    publish(desk)
    states = {desk.post(one).channel: desk.post(one).state for one in (website, twitter)}
    assert sorted(states.values()) == ["live", "scheduled"]
    desk.clock.forward(days=2)
    publish(desk)
    assert [desk.post(one).state for one in (website, twitter)].count("live") == 1
    assert len(channel.up) == 1


def test_nothing_is_asked_again_while_nothing_can_be_sent(desk, channel):
    """After the pause it is, and not before: an answer given meanwhile would grow old too."""
    from gatekeeper_queue.policy_changes import note_policy

    with desk.school.database.write() as session:
        note_policy(desk.school, session)
    (post_id,) = desk.approved()
    confirmed = desk.school.policy
    with_school(desk, policy=replace(confirmed, decision="another"))
    desk.clock.forward(days=3)
    assert (publish(desk), ask_again_in_time(desk.school)) == (0, 0)
    assert desk.post(post_id).state == "scheduled"
    with_school(desk, policy=confirmed)
    assert ask_again_in_time(desk.school) == 1
    assert is_asked_again(desk, post_id)


def test_what_had_failed_gets_a_new_time_when_it_is_tried_again(desk, channel):
    (post_id,) = desk.approved()
    channel.faults = ["", "refuse"]
    publish(desk)
    desk.clock.forward(days=3)
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        post.references = []
        try_failed_again(desk.school, session, session.get_one(Submission, post.submission_id))
    assert minutes(desk, post_id) == [0]
    assert publish(desk) == 1


def test_a_lost_post_that_turns_out_absent_days_later_asks_again(desk, channel):
    (post_id,) = desk.approved()
    channel.faults = ["", "lost before"]
    publish(desk)
    desk.clock.forward(days=3)
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        change_state(session, post, PostState.SCHEDULED, desk.school.audit, actor="test")
    assert publish(desk) == 0
    assert desk.state_of(desk.post(post_id).submission_id) == "waiting"
    assert channel.up == {}
