"""What an answer would come to is what it comes to."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.consent.conftest import NOW, TODAY

from gatekeeper_consent.guardians import add_guardian, end_say, give_say
from gatekeeper_consent.records import biometric_in_force
from gatekeeper_consent.register import (
    Decision,
    Scope,
    Use,
    answer,
    give_biometric,
    protect,
    set_child_refusal,
    set_consent,
    withdraw_biometric,
)
from gatekeeper_consent.supposing import answer_if, recognised_if

ENTRY = {"recorded_by": "office", "now": NOW, "record": lambda *_: None}
KEY = ("p3", Use.PARENTS, Scope.GROUP)


def guardians(session, number):
    ids = [add_guardian(session, f"Guardian {each}", **ENTRY).id for each in range(number)]
    for guardian_id in ids:
        give_say(session, guardian_id, "p3", **ENTRY)
    return ids


def say(session, who, decision, expires_on=None):
    set_consent(
        session, *KEY, decision, given_by="x", given_on=TODAY, expires_on=expires_on,
        guardian_id=who, **ENTRY,
    )  # fmt: skip


ANSWERS = st.sampled_from([Decision.YES, Decision.NO])


@given(
    number=st.integers(1, 3),
    spoken=st.lists(st.tuples(st.integers(0, 3), ANSWERS, st.booleans()), max_size=6),
    ended=st.booleans(),
    guarded=st.booleans(),
    decision=ANSWERS,
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_it_would_come_to_is_what_it_comes_to(
    loaded, number, spoken, ended, guarded, decision
):
    """Whoever said whatever before, forms and former guardians among them."""
    session = loaded.session
    with session.begin_nested() as attempt:
        people = guardians(session, number + 1)
        for who, what, until in spoken:
            expires_on = date(TODAY.year, 12, 31) if until else None
            say(session, [*people, None, None][who], what, expires_on)
        if ended:
            end_say(session, people[-1], "p3", **ENTRY)
        if guarded:
            protect(session, "p3", "a court order", **ENTRY)
        supposed = answer_if(session, *KEY, decision, guardian_id=people[0], on=TODAY)
        before = answer(session, *KEY, TODAY)
        say(session, people[0], decision)
        assert answer(session, *KEY, TODAY) is supposed
        assert decision is Decision.YES or supposed == "no"
        assert not guarded or before == "no"
        attempt.rollback()


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (lambda session, mother, father: None, True),
        (lambda session, mother, father: set_child_refusal(session, "p3", True, **ENTRY), False),
        (lambda session, mother, father: refuse(session, father), False),
        (lambda session, mother, father: refuse(session, mother), True),
        (lambda session, mother, father: refuse(session, None), False),
    ],
    ids=["nothing", "child", "father", "mother herself", "a form"],
)
def test_whether_agreeing_to_recognition_would_count(loaded, before, expected):
    session = loaded.session
    mother, father = guardians(session, 2)
    before(session, mother, father)
    assert recognised_if(session, "p3", guardian_id=mother, on=TODAY) is expected
    give_biometric(session, "p3", given_by="mother", given_on=TODAY, guardian_id=mother, **ENTRY)
    assert ("p3" in biometric_in_force(session, TODAY, ["p3"])) is expected


def refuse(session, who):
    withdraw_biometric(session, "p3", given_by="x", on=TODAY, guardian_id=who, **ENTRY)
