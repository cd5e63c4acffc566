"""What is due by the calendar is told, and not too often."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import select
from tests.queue.conftest import make_desk

from gatekeeper.outbox import Outbox
from gatekeeper.postman import Postman
from gatekeeper.reminders import REMINDERS, Due, Reminder, remind
from gatekeeper.report.figures import POLICY_REVIEW
from gatekeeper_consent.models import RollImport
from gatekeeper_consent.register import Decision
from gatekeeper_queue.access_review import digest_of, listed, sign_off
from gatekeeper_queue.changes import decline, propose
from gatekeeper_queue.incidents import open_incident
from gatekeeper_queue.models import Meta
from gatekeeper_queue.notices import KINDS
from gatekeeper_queue.people import Role
from gatekeeper_queue.record_models import Incident, Notice, Objection
from gatekeeper_queue.school_days import SchoolDays
from gatekeeper_queue.terms import Span
from gatekeeper_queue.training import keep_record


@pytest.fixture
def desk(tmp_path):
    made = make_desk(tmp_path)
    yield made
    made.school.database.close()


def told(desk, kind):
    """Whom, and when, of this kind."""
    with desk.school.database.read() as session:
        names = {user_id: name for name, user_id in desk.people.items()}
        rows = session.exec(select(Notice).where(Notice.kind == kind).order_by(Notice.id)).all()
        return [(names[row.user_id], (row.at - rows[0].at).days) for row in rows]


def days(desk, number):
    """So many days with their outbox; there is no mail, so the notices stay on the page."""
    nowhere = Outbox(desk.school, Postman("", ""), "School", "https://school.example")
    for _ in range(number):
        remind(desk.school)
        desk.clock.forward(days=1)
        nowhere.send_due()


def test_every_reminder_is_a_kind_of_notice():
    assert {one.kind for one in REMINDERS} <= set(KINDS)
    assert len({one.kind for one in REMINDERS}) == len(REMINDERS)


def test_the_last_term_that_is_known_is_nearly_over(desk):
    term = Span(date(2026, 9, 2), desk.school.today() + timedelta(days=40), "Autumn term")
    desk.school = replace(desk.school, days=SchoolDays(terms=(term,)))
    days(desk, 10)
    assert told(desk, "terms-end") == []
    days(desk, 15)
    whom = ("coordinator", "technician")
    assert sorted(told(desk, "terms-end")) == [(who, day) for who in whom for day in (0, 14)]


def test_an_incident_that_is_left_open(desk):
    with desk.school.database.write() as session:
        incident = open_incident(desk.school, session, "audit-broken", "event 1")
    days(desk, 14)
    assert told(desk, "incident-open") == []
    days(desk, 8)
    assert sorted(told(desk, "incident-open")) == [
        ("coordinator", 0), ("coordinator", 7), ("head", 0), ("head", 7),
    ]  # fmt: skip
    with desk.school.database.read() as session:
        unseen = select(Notice).where(Notice.kind == "incident-open", Notice.seen_at.is_(None))
        assert len(session.exec(unseen).all()) == 2  # the newest stands for those before
    with desk.school.database.write() as session:
        session.get_one(Incident, incident.id).closed_at = desk.clock()
    days(desk, 20)
    assert len(told(desk, "incident-open")) == 4


@pytest.mark.parametrize(
    ("in_days", "decision", "reminded"),
    [(29, Decision.YES, True), (31, Decision.YES, False), (-1, Decision.YES, False)],
)
def test_permissions_that_run_out(desk, in_days, decision, reminded):
    ends = desk.school.today() + timedelta(days=in_days)
    desk.consent("p1", decision, expires_on=ends)
    remind(desk.school)
    assert told(desk, "consents-ending") == ([("office", 0)] if reminded else [])


def test_a_permission_that_was_renewed_runs_out_no_more(desk):
    desk.consent("p1", Decision.YES, expires_on=desk.school.today() + timedelta(days=5))
    desk.clock.forward(minutes=1)
    desk.consent("p1", Decision.YES, expires_on=date(2028, 1, 1))
    remind(desk.school)
    assert told(desk, "consents-ending") == []


@pytest.mark.parametrize(("age", "reminded"), [(100, False), (101, True)])
def test_a_stale_roll(desk, age, reminded):
    with desk.school.database.write() as session:
        session.add(RollImport(at=desk.clock() - timedelta(days=age), by="office", pupils=4))
    remind(desk.school)
    assert told(desk, "roll-stale") == ([("office", 0)] if reminded else [])


def test_an_objection_that_nobody_acknowledges(desk):
    (post_id,) = desk.approved()
    with desk.school.database.write() as session:
        session.add(
            Objection(
                submission_id=desk.post(post_id).submission_id,
                post_id=post_id,
                by=desk.people["teacher"],
                at=desk.clock(),
            )
        )
    days(desk, 20)
    assert told(desk, "objection-clock") == []
    days(desk, 10)
    assert len(told(desk, "objection-clock")) == 8  # two people, every third day


def unseen(desk):
    with desk.school.database.read() as session:
        return {row.kind for row in session.exec(select(Notice).where(Notice.seen_at.is_(None)))}


def test_what_is_not_due_any_more_waits_for_nobody(desk):
    with desk.school.database.write() as session:
        old = RollImport(at=desk.clock() - timedelta(days=200), by="office", pupils=4)
        session.add(old)
        technician = desk.user(session, "technician")
        wanted = (desk.people["teacher"], {"role": "office"}, "Moves.")
        propose(desk.school, session, technician, "role", *wanted)
    remind(desk.school)
    assert unseen(desk) == {
        "roll-stale", "policy-review-due", "access-review-due", "change-waits"
    }  # fmt: skip
    with desk.school.database.write() as session:
        session.add(RollImport(at=desk.clock(), by="office", pupils=4))
        session.add(Meta(name=POLICY_REVIEW, value=desk.school.today().isoformat()))
        head, seen = desk.user(session, "head"), digest_of(listed(session, {}))
        sign_off(desk.school, session, head, {}, seen, "")
    remind(desk.school)
    assert unseen(desk) == {"change-waits"}  # too new to be asked after, and waiting


def test_one_that_fails_keeps_no_other_from_being_told(desk):
    def fails(school, session):
        raise RuntimeError

    good = Reminder("roll-stale", timedelta(days=7), lambda *_: [Due("x", roles=(Role.HEAD,))])
    bad = Reminder("incident-open", timedelta(days=7), fails)
    assert remind(desk.school, [bad, good]) == 1
    assert told(desk, "roll-stale") == [("head", 0)]


@pytest.mark.parametrize(
    ("days_ago", "reminded"),
    [(334, False), (335, True), (365, True), (366, False)],
)
def test_a_training_that_runs_out_is_told_to_its_owner(desk, days_ago, reminded):
    """What has run out already is told by the rule, when somebody wants to tweet."""
    on = desk.school.today() - timedelta(days=days_ago)
    with desk.school.database.write() as session:
        user_id = desk.people["teacher"]
        keep_record(desk.school, session, "office", user_id, "training", on, "")
    days(desk, 1)
    assert told(desk, "training-lapses") == ([("teacher", 0)] if reminded else [])


def test_the_access_review_is_chased_until_it_is_signed(desk):
    desk.clock.forward(days=1)
    days(desk, 20)
    assert told(desk, "access-review-due") == [("head", 0), ("head", 14)]
    with desk.school.database.write() as session:
        seen = digest_of(listed(session, {}))
        sign_off(desk.school, session, desk.user(session, "head"), {}, seen, "")
    days(desk, 30)
    assert len(told(desk, "access-review-due")) == 2


def test_a_change_that_nobody_answers_is_asked_after(desk):
    with desk.school.database.write() as session:
        change = propose(
            desk.school, session, desk.user(session, "technician"), "role",
            desk.people["teacher"], {"role": "office"}, "Moves.",
        )  # fmt: skip
    days(desk, 16)
    assert [day for _, day in told(desk, "change-waits")] == [0, 7, 14]
    with desk.school.database.write() as session:
        decline(desk.school, session, desk.user(session, "head"), change.id)
    days(desk, 10)
    assert len(told(desk, "change-waits")) == 3


@pytest.mark.parametrize(("minutes", "reminded"), [(50, 0), (70, 1)])
def test_mail_that_no_server_takes_is_told_to_the_technician(desk, minutes, reminded):
    with desk.school.database.write() as session:
        open_incident(desk.school, session, "audit-broken", "event 1")
        for row in session.exec(select(Notice)):
            row.last_error = "The mail server did not take it: no"
    desk.clock.forward(minutes=minutes)
    remind(desk.school)
    assert [who for who, _ in told(desk, "mail-stuck")] == ["technician"] * reminded


def test_the_policy_is_reviewed_each_year(desk):
    days(desk, 1)
    assert told(desk, "policy-review-due") == [("head", 0)]
    with desk.school.database.write() as session:
        session.add(Meta(name=POLICY_REVIEW, value=desk.school.today().isoformat()))
    desk.clock.forward(days=365)
    remind(desk.school)
    assert len(told(desk, "policy-review-due")) == 1
    desk.clock.forward(days=1)
    remind(desk.school)
    assert len(told(desk, "policy-review-due")) == 2
