"""Accounts on channels: the school's addresses alone, off at once, looks at the profile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from gatekeeper_queue.accounts import (
    NOT_SEEN,
    account_wanted,
    last_posts,
    note_look,
    problems_of,
    require_school_address,
    switch_off,
)
from gatekeeper_queue.change_kinds import BadChange
from gatekeeper_queue.models import Account, AuditEvent, Post
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.record_models import ChangeRequest, Notice

DOMAINS = ("school.example", "@pe.school.example")


@pytest.mark.parametrize(
    ("email", "fine"),
    [
        ("pe@school.example", True),
        (" PE@School.Example ", True),
        ("a.b+twitter@pe.school.example", True),
        ("pe@school.example.evil.example", False),
        ("pe@notschool.example", False),
        ("pe@sub.school.example", False),
        ("school.example", False),
        ("@school.example", False),
        ("pe@school.example@mail.example", False),
        ("two words@school.example", False),
        ("teacher@mail.example", False),
        ("", False),
    ],
)
def test_an_account_is_registered_to_a_school_address(email, fine):
    if fine:
        assert require_school_address(email, DOMAINS) == email.strip().lower()
    else:
        with pytest.raises(BadChange, match="Personal accounts"):
            require_school_address(email, DOMAINS)


def test_without_domains_no_address_is_the_schools():
    with pytest.raises(BadChange, match="school_domains"):
        require_school_address("pe@school.example", ())


def wanted(**more):
    values = {
        "channel": "twitter", "platform": "twitter", "handle": "pe", "owner_id": "t1",
        "email": "pe@school.example", "domains": DOMAINS, "form_covers_it": False,
    }  # fmt: skip
    return account_wanted(**{**values, **more})


@pytest.mark.parametrize(
    "more",
    [
        {"email": "pe@mail.example"},
        {"email": ""},
        {"platform": "mastodon"},
        {"platform": "mastodon", "email": "pe@mail.example", "form_covers_it": True},
    ],
)
def test_no_personal_account_and_no_network_that_families_were_not_asked_about(more):
    with pytest.raises(BadChange):
        wanted(**more)


def test_what_is_wanted_says_what_was_declared():
    assert "form_covers_it" not in wanted(form_covers_it=True)
    assert wanted(platform="mastodon", form_covers_it=True)["form_covers_it"] is True
    site = wanted(channel="website", platform="wordpress", email="", domains=())
    assert (site["channel"], site["email"]) == ("website", "")


@pytest.mark.parametrize(
    ("who", "fine"),
    [("technician", True), ("coordinator", True), ("head", True), ("teacher", False)],
)
def test_an_account_is_switched_off_at_once(desk, who, fine):
    with desk.school.database.write() as session:
        by = desk.user(session, who)
        if fine:
            switch_off(desk.school, session, by, desk.account_id)
        else:
            with pytest.raises(NotAllowed):
                switch_off(desk.school, session, by, desk.account_id)
        assert session.get_one(Account, desk.account_id).active is not fine
        assert len(session.exec(select(ChangeRequest)).all()) == fine


def look(desk, *found):
    with desk.school.database.write() as session:
        account = session.get_one(Account, desk.account_id)
        for notice in session.exec(select(Notice)):
            notice.seen_at = desk.clock()
        note_look(desk.school, session, account, found, actor="gatekeeper")


def test_people_are_told_once_of_what_is_wrong(desk):
    look(desk, "no-badge")
    look(desk, "no-badge")
    look(desk, "no-badge", "protected")
    look(desk)
    look(desk, "no-badge")
    with desk.school.database.read() as session:
        told = session.exec(select(Notice.user_id)).all()
        events = session.exec(select(AuditEvent).where(AuditEvent.kind == "account.looked-at"))
        assert len(events.all()) == 4
        assert problems_of(session.get_one(Account, desk.account_id)) == ["no-badge"]
    owner, coordinator = desk.people["head"], desk.people["coordinator"]
    assert sorted(told) == sorted([owner, coordinator] * 3)


def test_a_look_that_failed_alarms_nobody(desk):
    look(desk, NOT_SEEN)
    with desk.school.database.read() as session:
        assert session.exec(select(Notice)).all() == []


def test_the_newest_live_post_is_the_last(desk):
    first, second = desk.approved()[0], desk.approved()[0]
    with desk.school.database.write() as session:
        for post_id, hours in ((first, 1), (second, 5)):
            post = session.get_one(Post, post_id)
            post.account_id = desk.account_id
            post.live_at = desk.clock() + timedelta(hours=hours)
    with desk.school.database.read() as session:
        assert last_posts(session) == {desk.account_id: desk.clock() + timedelta(hours=5)}
