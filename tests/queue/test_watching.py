"""Serious breaches open an incident by themselves, once each (P17)."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import text
from sqlmodel import select

from gatekeeper_consent.register import Decision
from gatekeeper_detectors.findings import Action, Finding, Outcome, Verdict
from gatekeeper_queue.breaches import enter_breach
from gatekeeper_queue.channel import Receipt
from gatekeeper_queue.models import NewsItem, Post, SubmissionPhoto
from gatekeeper_queue.publishing import Publisher
from gatekeeper_queue.record_models import Incident, Notice
from gatekeeper_queue.removal import Remover, take_down
from gatekeeper_queue.strays import TWICE, note_stray
from gatekeeper_queue.watching import Watcher


def incidents(desk):
    with desk.school.database.read() as session:
        return sorted((row.kind, row.subject) for row in session.exec(select(Incident)))


def live(desk, **more):
    (post_id,) = desk.approved(**more)
    desk.clock.forward(hours=1)
    assert Publisher(desk.school, desk.open_channel, "w").publish_due() == 1
    return post_id


def remove(desk, post_id):
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        take_down(desk.school, session, desk.user(session, "head"), post, "asked")


@pytest.mark.parametrize(
    ("holds", "minutes", "opened"), [(True, 61, False), (False, 59, False), (False, 61, True)]
)
def test_a_removal_that_does_not_hold_for_an_hour(desk, model_channel, holds, minutes, opened):
    desk.channels["website"] = channel = model_channel()
    post_id = live(desk)
    channel.faults = [] if holds else ["stays"] * 9
    remove(desk, post_id)
    for _ in range(4):
        Remover(desk.school, desk.open_channel).remove_due()
        desk.clock.forward(minutes=minutes / 4)
    for _ in range(2):
        Watcher(desk.school).watch()
    assert incidents(desk) == ([("removal-overdue", post_id)] if opened else [])


@pytest.mark.parametrize(("minutes", "opened"), [(59, False), (60, True)])
def test_a_copy_that_is_still_there_after_an_hour(desk, minutes, opened):
    post_id = live(desk)
    with desk.school.database.write() as session:
        copy = Receipt("copy", "https://x.example/copy")
        note_stray(desk.school, session, session.get_one(Post, post_id), copy, TWICE)
    desk.clock.forward(minutes=minutes)
    for _ in range(2):
        Watcher(desk.school).watch()
    overdue = [("removal-overdue", post_id)] if opened else []
    assert incidents(desk) == [("published-twice", post_id), *overdue]


def test_a_post_that_stays_lost_is_told_once(desk, model_channel):
    desk.channels["website"] = channel = model_channel()
    channel.faults = ["", "lost before", "retry", "retry"]
    (post_id,) = desk.approved()
    desk.clock.forward(hours=1)
    Publisher(desk.school, desk.open_channel, "w").publish_due()
    desk.clock.forward(minutes=59)
    assert Watcher(desk.school).watch() == 0
    desk.clock.forward(minutes=2)
    assert [Watcher(desk.school).watch() for _ in range(2)] == [1, 0]
    with desk.school.database.read() as session:
        subjects = session.exec(select(Notice.subject).where(Notice.kind == "post-lost")).all()
    assert set(subjects) == {desk.post(post_id).submission_id}
    assert incidents(desk) == []


def test_a_broken_audit_log(desk):
    live(desk)
    watcher = Watcher(desk.school)
    assert watcher.verify_log()
    with desk.school.database.write() as session:
        session.execute(text("update audit_event set data = '{}' where seq = 3"))
    assert [watcher.verify_log() for _ in range(2)] == [False, False]
    assert incidents(desk) == [("audit-broken", "event 3")]
    with desk.school.database.write() as session:
        for seq in (5, 6):
            session.execute(text(f"update audit_event set data = '{{}}' where seq = {seq}"))
    for _ in range(2):
        watcher.verify_log()
    assert incidents(desk) == [("audit-broken", "event 3"), ("audit-broken", "event 5")]


def test_it_is_verified_once_a_night(desk):
    watcher = Watcher(desk.school)
    local = desk.clock.now.astimezone(desk.school.zone)
    desk.clock.now = local.replace(hour=2, minute=59)
    desk.submit()
    assert not watcher.nightly()
    desk.clock.forward(minutes=2)
    assert [watcher.nightly(), watcher.nightly()] == [True, False]
    desk.clock.forward(days=1)
    assert watcher.nightly()


def path_of(desk):
    with desk.school.database.read() as session:
        sha256 = session.exec(select(SubmissionPhoto.clean_sha256)).one()
    return desk.school.store._clean / f"{sha256}.jpg"


@pytest.mark.parametrize("damage", ["none", "changed", "missing", "another is shown"])
def test_a_picture_that_is_not_what_was_checked(desk, damage):
    post_id = live(desk)
    path = path_of(desk)
    if damage == "missing":
        path.unlink()
    elif damage == "changed":
        path.write_bytes(path.read_bytes() + b"GPS 51.5")
    elif damage == "another is shown":
        with desk.school.database.write() as session:
            item = session.get_one(NewsItem, post_id)
            item.pictures = [{**item.pictures[0], "sha256": "0" * 64}]
    for _ in range(2):
        Watcher(desk.school).verify_pictures()
    assert incidents(desk) == ([] if damage == "none" else [("picture-changed", post_id)])


# --- found by a new check of what is live ---------------------------------------------------------


def rejected(rule):
    return Verdict(Outcome.REJECTED, (Finding(rule, Action.REJECT, "m", "m", ()),), "r")


@pytest.mark.parametrize(
    ("rule", "decision", "expires", "opened"),
    [
        ("unconsented-face", None, None, "child-without-consent"),
        ("unconsented-face", Decision.NO, None, "child-without-consent"),
        ("unconsented-face", Decision.YES, None, ""),
        # It has run out since: that is what the calendar is for, and no breach.
        ("unconsented-face", Decision.YES, date(2026, 11, 30), ""),
        ("child-named", Decision.YES, None, "child-without-consent"),
        ("name-in-picture", Decision.YES, None, "child-without-consent"),
        ("hidden-metadata", Decision.YES, None, "picture-unclean"),
        ("lone-pupil", None, None, ""),
        ("flagged-wording", None, None, ""),
    ],
)
def test_what_a_new_check_finds_in_a_live_post(desk, rule, decision, expires, opened):
    post_id = live(desk)
    if decision:
        desk.consent("p1", decision, expires_on=expires)
    desk.clock.now = datetime(2026, 12, 10, 10, tzinfo=desk.school.zone)
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        for _ in range(2):
            enter_breach(desk.school, session, post, rejected(rule), ["p1", "s1"])
    assert incidents(desk) == ([(opened, post_id)] if opened else [])


def test_a_member_of_staff_is_no_child(desk):
    post_id = live(desk)
    with desk.school.database.write() as session:
        post = session.get_one(Post, post_id)
        enter_breach(desk.school, session, post, rejected("unconsented-face"), ["s1"])
    assert incidents(desk) == []
