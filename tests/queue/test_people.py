"""Who may do what: the table of DESIGN.md, each role and each act."""

from __future__ import annotations

import pytest

from gatekeeper_queue.models import User
from gatekeeper_queue.people import Act, NotAllowed, Role, allowed, require

TEACHER, COORDINATOR, OFFICE, HEAD = Role.TEACHER, Role.COORDINATOR, Role.OFFICE, Role.HEAD
GOVERNOR, TECHNICIAN, PARENT = Role.GOVERNOR, Role.TECHNICIAN, Role.PARENT
MAY = {
    Act.SUBMIT: {TEACHER, COORDINATOR, HEAD},
    Act.REVIEW: {COORDINATOR, HEAD},
    Act.LOOK_UP_CONSENT: {TEACHER, COORDINATOR, OFFICE, HEAD},
    Act.EDIT_REGISTER: {OFFICE},
    Act.TAKE_DOWN: {COORDINATOR, HEAD},
    Act.ARRANGE: {COORDINATOR, HEAD},
    Act.ASK_FOR_REMOVAL: {TEACHER},
    Act.PROPOSE_SETTINGS: {COORDINATOR, TECHNICIAN},
    Act.CONFIRM_SETTINGS: {HEAD},
    Act.SEE_REPORTS: {COORDINATOR, HEAD, GOVERNOR},
    Act.SEE_AUDIT: {COORDINATOR, HEAD, TECHNICIAN},
    Act.SEE_OWN_AUDIT: {TEACHER, COORDINATOR, OFFICE, HEAD, TECHNICIAN, PARENT},
    Act.LIFT_PROTECTION: {HEAD},
    Act.DECIDE_OBJECTIONS: {COORDINATOR, HEAD},
    Act.HANDLE_INCIDENTS: {COORDINATOR, HEAD},
    Act.MANAGE_ACCOUNTS: {TECHNICIAN},
    Act.RECORD_TRAINING: {COORDINATOR, HEAD},
    Act.SEE_TO_POSTS: {COORDINATOR, HEAD, TECHNICIAN},
    Act.OWN_CHILDREN: {PARENT},
}


def user(role: Role, **more) -> User:
    return User(
        id="u1", email="a@school.example", display_name="A", role=role, password_hash="", **more
    )


def test_the_table_here_covers_every_act():
    assert MAY.keys() == set(Act)


@pytest.mark.parametrize("act", Act)
@pytest.mark.parametrize("role", Role)
def test_each_role_and_each_act(role, act):
    assert allowed(user(role), act) == (role in MAY[act])


@pytest.mark.parametrize("role", Role)
def test_nobody_reviews_their_own(role):
    assert not allowed(user(role), Act.REVIEW, author_id="u1")
    assert allowed(user(role), Act.REVIEW, author_id="u2") == (role in MAY[Act.REVIEW])


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", Act)
def test_a_closed_account_may_do_nothing(role, act):
    assert not allowed(user(role, active=False), act)


def test_a_teacher_asks_only_for_the_removal_of_their_own():
    assert allowed(user(TEACHER), Act.ASK_FOR_REMOVAL, author_id="u1")
    assert not allowed(user(TEACHER), Act.ASK_FOR_REMOVAL, author_id="u2")


def test_the_refusal_says_why():
    with pytest.raises(NotAllowed, match="your own submission"):
        require(user(HEAD), Act.REVIEW, author_id="u1")
    with pytest.raises(NotAllowed, match="Your role"):
        require(user(OFFICE), Act.SUBMIT)
