"""Several people speak for one child: the stricter counts."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_consent.answers import Answer, Decision, Scope, Use, effective_answer
from gatekeeper_consent.combining import Said, combined
from gatekeeper_consent.contents import ConsentRow

TODAY = date(2026, 3, 10)
YES, NO, GONE = Decision.YES, Decision.NO, Decision.CLEARED
FAMILY, MOTHER, FATHER, AUNT = None, "g1", "g2", "g3"


def row(decision, **more):
    given = TODAY if decision is not GONE else None
    return ConsentRow("p1", Use.WEBSITE, Scope.GROUP, decision, "x", given, **more)


def said(*spoken):
    """(who, what) in the order in which it was said."""
    return [Said(number, who, row(what)) for number, (who, what) in enumerate(spoken, 1)]


def answer_of(records, current):
    return effective_answer(combined(records, current), TODAY)


@pytest.mark.parametrize(
    ("spoken", "current", "expected"),
    [
        ([], {MOTHER}, "unknown"),
        ([(FAMILY, YES)], set(), "yes"),
        ([(FAMILY, NO)], {MOTHER, FATHER}, "no"),
        ([(FAMILY, GONE)], {MOTHER}, "unknown"),
        ([(MOTHER, YES)], {MOTHER}, "yes"),
        ([(MOTHER, YES)], {MOTHER, FATHER}, "yes"),
        # two who disagree, in either order
        ([(MOTHER, YES), (FATHER, NO)], {MOTHER, FATHER}, "no"),
        ([(FATHER, NO), (MOTHER, YES)], {MOTHER, FATHER}, "no"),
        ([(FATHER, NO), (FAMILY, YES)], {MOTHER, FATHER}, "no"),
        ([(FAMILY, NO), (MOTHER, YES)], {MOTHER, FATHER}, "no"),
        # one guardian alone replaces what the form said before, but not after
        ([(FAMILY, NO), (MOTHER, YES)], {MOTHER}, "yes"),
        ([(MOTHER, YES), (FAMILY, NO)], {MOTHER}, "no"),
        ([(MOTHER, NO), (FAMILY, YES)], {MOTHER}, "no"),
        # nothing said is neither
        ([(MOTHER, YES), (FATHER, GONE)], {MOTHER, FATHER}, "yes"),
        ([(FAMILY, NO), (MOTHER, GONE)], {MOTHER}, "no"),
        ([(FAMILY, YES), (MOTHER, GONE)], {MOTHER}, "yes"),
        # a guardian without a say any more: their yes is gone, their no stays
        ([(MOTHER, YES)], set(), "unknown"),
        ([(FAMILY, YES), (MOTHER, YES)], set(), "unknown"),
        ([(MOTHER, YES), (FAMILY, YES)], set(), "yes"),
        ([(MOTHER, NO)], set(), "no"),
        ([(MOTHER, NO)], {FATHER}, "no"),
        ([(MOTHER, NO), (FAMILY, YES)], set(), "yes"),
        ([(FATHER, YES), (MOTHER, YES)], {FATHER}, "yes"),
        ([(FATHER, YES), (MOTHER, NO)], {FATHER}, "no"),
        ([(FATHER, YES), (MOTHER, NO)], {FATHER, AUNT}, "no"),
        ([(FAMILY, NO), (MOTHER, YES)], set(), "no"),
        ([(FAMILY, NO), (FATHER, YES), (MOTHER, YES)], {FATHER, AUNT}, "no"),
    ],
)
def test_what_it_comes_to(spoken, current, expected):
    assert answer_of(said(*spoken), current) == expected


def test_the_newest_yes_is_the_one_that_counts():
    older = Said(1, MOTHER, row(YES))
    newer = Said(2, FATHER, row(YES, expires_on=TODAY))
    assert combined([newer, older], {MOTHER, FATHER}) is newer.row


streams = st.dictionaries(
    st.sampled_from([FAMILY, MOTHER, FATHER, AUNT]),
    st.tuples(st.integers(1, 99), st.sampled_from([YES, NO, GONE]), st.booleans()),
).filter(lambda spoken: len({number for number, *_ in spoken.values()}) == len(spoken))
guardians = st.sets(st.sampled_from([MOTHER, FATHER, AUNT]))


def records_of(spoken):
    return {
        who: Said(number, who, row(what, withdrawn_on=TODAY if gone else None))
        for who, (number, what, gone) in spoken.items()
    }


@given(streams, guardians)
def test_never_yes_while_a_guardian_says_no(spoken, current):
    records = records_of(spoken)
    refused = any(who in current and each.row.refuses for who, each in records.items())
    if refused:
        assert answer_of(records.values(), current) is Answer.NO


@given(streams, guardians)
def test_yes_only_where_somebody_with_a_say_says_yes(spoken, current):
    records = records_of(spoken)
    if answer_of(records.values(), current) is Answer.YES:
        assert any(records[who].row.stands for who in {FAMILY, *current} & records.keys())


@given(streams, guardians, st.sampled_from([FAMILY, MOTHER, FATHER, AUNT]))
def test_a_further_no_permits_nothing(spoken, current, who):
    records = records_of(spoken)
    before = answer_of(records.values(), current)
    after = answer_of({**records, who: Said(100, who, row(NO))}.values(), current)
    assert before is Answer.YES or after is not Answer.YES
    assert after is Answer.NO or who not in {FAMILY, *current}


@given(streams, guardians)
def test_the_order_of_the_records_does_not_matter(spoken, current):
    records = list(records_of(spoken).values())
    assert combined(records, current) == combined(records[::-1], current)


@given(streams, st.sampled_from([MOTHER, FATHER, AUNT]), guardians)
def test_the_end_of_a_say_permits_only_what_their_no_held_back(spoken, gone, others):
    records = records_of(spoken)
    before = answer_of(records.values(), others | {gone})
    after = answer_of(records.values(), others - {gone})
    if before is not Answer.YES and after is Answer.YES:
        held_back = gone in records and records[gone].row.refuses
        alone = len(others - {gone}) == 1 and FAMILY in records and records[FAMILY].row.refuses
        assert held_back or alone


@given(streams, guardians)
def test_what_counts_is_something_that_was_said(spoken, current):
    records = records_of(spoken)
    found = combined(records.values(), current)
    said_or_gone = [each.row for each in records.values()]
    assert found is None or found in said_or_gone or found == replace(row(GONE), given_by="")
