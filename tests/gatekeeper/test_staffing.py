"""Closing and unlocking sign-ins, links that set a password once, one's own password."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from cryptography.fernet import Fernet
from sqlmodel import select
from tests.empty_school import put_empty_database

from gatekeeper import hashing, signin
from gatekeeper.hashing import Refused
from gatekeeper.signin import change_password, sign_in, who
from gatekeeper.staffing import (
    LINK_LASTS,
    BadLink,
    close_sign_in,
    make_password_link,
    unlock,
    use_link,
    whose_link,
)
from gatekeeper_detectors.policy import make_policy
from gatekeeper_queue.audit import AuditLog
from gatekeeper_queue.change_kinds import BadChange
from gatekeeper_queue.changes import confirm, propose
from gatekeeper_queue.database import Database
from gatekeeper_queue.models import User
from gatekeeper_queue.people import NotAllowed, Role
from gatekeeper_queue.record_models import ChangeRequest, Notice, PasswordLink
from gatekeeper_queue.school import School
from gatekeeper_queue.store import PictureStore

OLD, NEW = "correct horse battery", "three words instead"
PEOPLE = ("teacher", "coordinator", "office", "head", "governor", "technician", "parent")


@dataclass
class Clock:
    now: datetime = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def school(tmp_path, monkeypatch):
    monkeypatch.setattr(
        hashing, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    cipher, clock = Fernet(Fernet.generate_key()), Clock()
    put_empty_database(tmp_path / "school.db")
    database = Database(f"sqlite:///{tmp_path / 'school.db'}")
    made = School(
        database, PictureStore(tmp_path, cipher), cipher, AuditLog(b"k" * 32, clock),
        make_policy(), clock, None,
    )  # fmt: skip
    hashed = hashing._HASHER.hash(OLD)
    with database.write() as session:
        for role in PEOPLE:
            session.add(
                User(
                    id=role,
                    email=f"{role}@school.example",
                    display_name=role,
                    role=role,
                    password_hash=hashed,
                )
            )
    yield made
    database.close()


def do(school, act, *args, **more):
    """Run one function of the domain, with people named by their role."""
    with school.database.write() as session:
        people = [session.get(User, arg) or arg if isinstance(arg, str) else arg for arg in args]
        return act(school, session, *people, **more)


def link(school, by, user):
    return do(school, make_password_link, by, user)


MAY_LINK = {
    "technician": {"teacher", "coordinator", "office", "governor"},
    "head": {"teacher", "office", "governor"},
}


@pytest.mark.parametrize("by", PEOPLE)
def test_who_may_make_a_link_for_whom(school, by):
    """Never for oneself, nor so that one person could both propose and confirm."""
    made = set()
    for user in PEOPLE:
        try:
            link(school, by, user)
            made.add(user)
        except NotAllowed:
            pass
    assert made == MAY_LINK.get(by, set())


def test_a_second_head_makes_one_for_a_head(school):
    with school.database.write() as session:
        session.get_one(User, "office").role = Role.HEAD
    assert link(school, "office", "head")


def test_a_link_sets_a_password_once(school):
    token = sign_in(school, "teacher@school.example", OLD, "-")
    made = link(school, "technician", "teacher")
    with pytest.raises(ValueError, match="at least"):
        do(school, use_link, made, password="short")
    do(school, use_link, made, password=NEW)
    with pytest.raises(BadLink, match="has been used"):
        do(school, use_link, made, password="another one instead")
    with school.database.read() as session:
        assert who(school, session, token) is None  # every session has ended
        assert made not in str([row.model_dump() for row in session.exec(select(PasswordLink))])
    assert sign_in(school, "teacher@school.example", NEW, "-")
    with pytest.raises(Refused):
        sign_in(school, "teacher@school.example", OLD, "-")


def test_links_that_cannot_be_used_say_why(school):
    first = link(school, "technician", "teacher")
    second = link(school, "technician", "teacher")
    with pytest.raises(BadLink, match="newer one was made"):
        do(school, whose_link, first)
    with pytest.raises(BadLink, match="not known"):
        do(school, whose_link, "made up")
    school.clock.now += LINK_LASTS - timedelta(seconds=1)
    assert do(school, whose_link, second).id == "teacher"
    school.clock.now += timedelta(seconds=1)
    with pytest.raises(BadLink, match="run out"):
        do(school, whose_link, second)


def test_the_person_and_the_head_are_told_of_a_link(school):
    link(school, "technician", "teacher")
    with school.database.read() as session:
        told = set(session.exec(select(Notice.user_id)))
    assert told == {"teacher", "head"}


def test_a_closed_sign_in_lets_nobody_in_by_any_way(school):
    token = sign_in(school, "teacher@school.example", OLD, "-")
    made = link(school, "technician", "teacher")
    do(school, close_sign_in, "teacher", actor="technician")
    with school.database.read() as session:
        assert who(school, session, token) is None
        change = session.exec(select(ChangeRequest)).one()
    assert (change.kind, change.outcome, change.proposed_by) == (
        "close-sign-in", "at once", "technician"
    )  # fmt: skip
    with pytest.raises(BadLink):
        do(school, use_link, made, password=NEW)
    with pytest.raises(Refused):
        sign_in(school, "teacher@school.example", OLD, "-")
    with pytest.raises(BadChange, match="closed already"):
        do(school, close_sign_in, "teacher", actor="technician")


def test_somebody_stays_who_can_confirm(school):
    with pytest.raises(BadChange, match="only person"):
        do(school, close_sign_in, "head", actor="technician")
    with school.database.write() as session:
        session.get_one(User, "office").role = Role.HEAD
    do(school, close_sign_in, "head", actor="technician")


def test_a_locked_sign_in_is_opened_by_the_technician(school):
    for _ in range(signin.MAX_FAILURES):
        with pytest.raises(Refused):
            sign_in(school, "teacher@school.example", "wrong", "-")
    with pytest.raises(Refused, match="lets nobody in for 15 minutes"):
        sign_in(school, "teacher@school.example", OLD, "-")
    with pytest.raises(NotAllowed):
        do(school, unlock, "coordinator", "teacher")
    do(school, unlock, "technician", "teacher")
    assert sign_in(school, "teacher@school.example", OLD, "-")


def test_ones_own_password_needs_the_present_one(school):
    with school.database.read() as session:
        user = session.get_one(User, "teacher")
    other = sign_in(school, user.email, OLD, "-")
    with pytest.raises(ValueError, match="at least"):
        change_password(school, user, OLD, "short", "-")
    with pytest.raises(Refused, match="present password is wrong"):
        change_password(school, user, "wrong", NEW, "-")
    token = change_password(school, user, OLD, NEW, "-")
    with school.database.read() as session:
        assert who(school, session, other) is None
        assert who(school, session, token) is not None
    with pytest.raises(Refused):  # the page was opened before
        change_password(school, user, OLD, "yet another one", "-")


def test_guessing_the_present_password_locks_too(school):
    with school.database.read() as session:
        user = session.get_one(User, "teacher")
    for _ in range(signin.MAX_FAILURES):
        with pytest.raises(Refused):
            change_password(school, user, "wrong", NEW, "-")
    with pytest.raises(Refused, match="Too many"):
        change_password(school, user, OLD, NEW, "-")


def test_an_account_without_a_password_lets_nobody_in(school):
    with school.database.write() as session:
        session.get_one(User, "teacher").password_hash = ""
    for guess in ("", OLD):
        with pytest.raises(Refused):
            sign_in(replace(school), "teacher@school.example", guess, "-")


def promote(school, user, role):
    """Proposed by the technician, confirmed by the head."""
    after = {"role": role}
    change = do(school, propose, "technician", kind="role", subject=user, after=after, why="Is it.")
    do(school, confirm, "head", change_id=change.id)


@pytest.mark.parametrize("role", ["head", "coordinator", "technician"])
def test_who_made_a_link_for_somebody_is_not_both_of_the_two_people_later(school, role):
    """A link lets its maker know the password, so it does not go on into a deciding role."""
    do(school, use_link, link(school, "technician", "teacher"), password=NEW)
    known = sign_in(school, "teacher@school.example", NEW, "-")
    unused = link(school, "head", "teacher")
    promote(school, "teacher", role)
    with pytest.raises(BadLink):
        do(school, use_link, unused, password="yet another one")
    with pytest.raises(Refused):
        sign_in(school, "teacher@school.example", NEW, "-")
    with school.database.read() as session:
        assert who(school, session, known) is None
    maker = "head" if role == "head" else "technician"
    do(school, use_link, link(school, maker, "teacher"), password="yet another one")
    assert sign_in(school, "teacher@school.example", "yet another one", "-")


def test_another_role_that_decides_nothing_leaves_the_password_alone(school):
    promote(school, "teacher", "office")
    assert sign_in(school, "teacher@school.example", OLD, "-")


def test_who_cannot_sign_in_yet_is_nobody_who_can_confirm(school):
    promote(school, "teacher", "head")
    with pytest.raises(BadChange, match="only person"):
        do(school, close_sign_in, "head", actor="technician")
    do(school, use_link, link(school, "head", "teacher"), password=NEW)
    do(school, close_sign_in, "head", actor="technician")


def test_a_stranger_does_not_learn_who_has_an_account(school):
    """Unknown, wrong, closed and locked are told alike."""
    do(school, close_sign_in, "office", actor="head")
    told = set()
    for address in ("teacher", "office", "nobody"):
        for _ in range(signin.MAX_FAILURES + 1):
            with pytest.raises(Refused) as refused:
                sign_in(school, f"{address}@school.example", "a guess at it", "-")
            told.add(str(refused.value))
    assert len(told) == 1
