"""How old the roll is, and what that does to a submission."""

from __future__ import annotations

from datetime import timedelta

from gatekeeper_consent.models import RollImport
from gatekeeper_detectors.findings import Outcome
from gatekeeper_queue.models import Post
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.register_view import roll_age_days
from gatekeeper_queue.states import PostState


def age(desk) -> int | None:
    with desk.school.database.read() as session:
        return roll_age_days(desk.school, session)


def imported(desk) -> None:
    with desk.school.database.write() as session:
        session.add(RollImport(at=desk.clock(), by="office", pupils=3))


def note(desk, kind: str) -> None:
    with desk.school.database.write() as session:
        desk.school.audit.append(session, "test", kind, "school", {})


def test_the_newest_import_counts(desk):
    imported(desk)
    desk.clock.forward(days=40)
    imported(desk)
    desk.clock.forward(days=3)
    assert age(desk) == 3


def test_days_are_those_of_the_school(desk):
    desk.clock.now = desk.clock.now.replace(month=7, day=1, hour=22, minute=30)
    imported(desk)
    desk.clock.forward(hours=1)  # half past midnight in London, still the 1st in UTC
    assert age(desk) == 1


def test_without_a_counted_import_the_audit_log_tells(desk):
    note(desk, "school.made")
    desk.clock.forward(days=10)
    note(desk, "register.imported")
    desk.clock.forward(days=5)
    note(desk, "consent.set")  # one child's answer says nothing of the others
    assert age(desk) == 5


def test_a_roll_kept_by_hand_is_as_old_as_the_installation(desk):
    note(desk, "school.made")
    desk.clock.forward(days=101)
    assert age(desk) == 101


def test_clear_becomes_flagged_when_the_roll_is_stale(desk):
    imported(desk)
    assert desk.judge(desk.submit()) is Outcome.CLEAR
    desk.clock.forward(days=101)
    assert desk.judge(desk.submit()) is Outcome.FLAGGED
    imported(desk)
    assert desk.judge(desk.submit()) is Outcome.CLEAR


def test_what_was_approved_by_a_fresh_roll_is_not_sent_by_a_stale_one(desk):
    imported(desk)
    (post_id,) = desk.approved()
    desk.clock.forward(days=101)
    Publisher(desk.school, desk.open_channel, "w", settle=timedelta(seconds=1)).publish_due()
    with desk.school.database.read() as session:
        assert session.get_one(Post, post_id).state not in (PostState.LIVE, PostState.SENDING)
