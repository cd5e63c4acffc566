"""The yearly review: lists, compares, is signed off as it was seen, and is chased."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_queue.access_review import (
    BadReview,
    access_review_due,
    differences,
    digest_of,
    last_review,
    listed,
    sign_off,
)
from gatekeeper_queue.audit import SYSTEM
from gatekeeper_queue.models import Account, User
from gatekeeper_queue.people import NotAllowed, Role


def now(desk):
    with desk.school.database.read() as session:
        return listed(session, {})


def sign(desk, who="head", seen=None, note="All right."):
    seen = digest_of(now(desk)) if seen is None else seen
    with desk.school.database.write() as session:
        return sign_off(desk.school, session, desk.user(session, who), {}, seen, note)


def due(desk):
    with desk.school.database.read() as session:
        return access_review_due(desk.school, session)


def test_everybody_is_listed_without_a_name(desk):
    with desk.school.database.write() as session:
        for number, active in ((1, True), (2, True), (3, False)):
            session.add(
                User(
                    email=f"p{number}@mail.example",
                    display_name="Parent",
                    role=Role.PARENT,
                    password_hash="-",
                    active=active,
                )
            )
    rows = now(desk)
    people = {row["id"]: row["role"] for row in rows if row["kind"] == "person"}
    assert people[desk.people["head"]] == "head"
    assert len(people) == len(desk.people)
    assert rows[-1] == {"kind": "parents", "id": "", "count": 2}
    assert not any(word in str(rows) for word in ("Parent'", "@", "Teacher'"))


@pytest.mark.parametrize("who", ["teacher", "coordinator", "office", "technician"])
def test_the_head_signs_it_off(desk, who):
    with pytest.raises(NotAllowed):
        sign(desk, who)
    sign(desk)
    with desk.school.database.read() as session:
        assert last_review(session).signed_by == desk.people["head"]


def test_what_is_signed_is_what_was_seen(desk):
    seen = digest_of(now(desk))
    with desk.school.database.write() as session:
        desk.user(session, "teacher").role = Role.COORDINATOR
    with pytest.raises(BadReview, match="has changed"):
        sign(desk, seen=seen)
    sign(desk)


def test_a_sign_in_meanwhile_does_not_count_as_a_change(desk):
    with desk.school.database.read() as session:
        later = listed(session, {desk.people["teacher"]: desk.clock()})
    assert digest_of(later) == digest_of(now(desk))


def test_it_is_due_a_year_after_the_last_and_soon_at_a_new_school(desk):
    assert due(desk) == date(2026, 12, 24)
    with desk.school.database.write() as session:
        desk.school.audit.append(session, SYSTEM, "school.made", "school", {})
    desk.clock.forward(days=100)
    assert due(desk) == date(2026, 12, 24)
    sign(desk)
    assert due(desk) == date(2028, 3, 3)


def test_what_changed_since_is_named(desk):
    before = now(desk)
    with desk.school.database.write() as session:
        desk.user(session, "teacher").role = Role.COORDINATOR
        desk.user(session, "office").active = False
        account = session.get_one(Account, desk.account_id)
        account.owner_id, account.active = desk.people["teacher"], False
        session.add(
            User(
                id="new", email="n@school.example", display_name="N", role="teacher",
                password_hash="",
            )
        )  # fmt: skip
    found = {(one.id, one.what) for one in differences(before, now(desk))}
    assert found == {
        (desk.people["teacher"], "was teacher, is coordinator now"),
        (desk.people["office"], "was closed"),
        (desk.account_id, "has another owner"),
        (desk.account_id, "was switched off"),
        ("new", "is new"),
    }
    back = {(one.id, one.what) for one in differences(now(desk), before)}
    assert (desk.people["office"], "was opened again") in back
    assert ("new", "is gone") in back


PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.just("person"),
            "id": st.sampled_from("abcde"),
            "role": st.sampled_from(["teacher", "head"]),
            "active": st.booleans(),
            "last": st.sampled_from(["", "2026-01-01"]),
        }
    ),
    unique_by=lambda row: row["id"],
).map(lambda rows: sorted(rows, key=lambda row: row["id"]))


@given(PEOPLE, PEOPLE)
def test_a_difference_is_found_exactly_when_the_digest_differs(one, other):
    assert bool(differences(one, other)) == (digest_of(one) != digest_of(other))
