from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_consent.answers import (
    Answer,
    Decision,
    Scope,
    Use,
    biometric_allowed,
    effective_answer,
)
from gatekeeper_consent.contents import BiometricRow, ConsentRow

ON = date(2026, 3, 10)
DAY = timedelta(days=1)


def consent(decision=Decision.YES, given_on=ON, expires_on=None, withdrawn_on=None) -> ConsentRow:
    return ConsentRow(
        "p1", Use.WEBSITE, Scope.GROUP, decision, "mother", given_on, expires_on, withdrawn_on
    )


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (None, Answer.UNKNOWN),
        (consent(), Answer.YES),
        (consent(given_on=ON + DAY), Answer.UNKNOWN),
        (consent(given_on=None), Answer.UNKNOWN),
        (consent(expires_on=ON + DAY), Answer.YES),
        (consent(expires_on=ON), Answer.UNKNOWN),
        (consent(withdrawn_on=ON), Answer.NO),
        (consent(withdrawn_on=ON - DAY), Answer.NO),
        (consent(withdrawn_on=ON + 3650 * DAY), Answer.NO),
        (consent(expires_on=ON - DAY, withdrawn_on=ON), Answer.NO),
        (consent(Decision.NO), Answer.NO),
        (consent(Decision.NO, given_on=None), Answer.NO),
        (consent(Decision.NO, given_on=ON + DAY), Answer.NO),
        (consent(Decision.CLEARED), Answer.UNKNOWN),
    ],
)
def test_effective_answer(record, expected):
    assert effective_answer(record, ON) is expected


days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(st.sampled_from(Decision), st.none() | days, st.none() | days, st.none() | days, days)
def test_yes_needs_everything(decision, given_on, expires_on, withdrawn_on, on):
    answer = effective_answer(consent(decision, given_on, expires_on, withdrawn_on), on)
    if answer is Answer.YES:
        assert decision is Decision.YES
        assert given_on is not None
        assert given_on <= on
        assert withdrawn_on is None
        assert expires_on is None or on < expires_on


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (None, False),
        (BiometricRow("p1"), False),
        (BiometricRow("p1", "mother", ON), True),
        (BiometricRow("p1", "mother", ON + DAY), False),
        (BiometricRow("p1", "mother", ON, child_refused=True), False),
        (BiometricRow("p1", "mother", ON - DAY, withdrawn_on=ON), False),
        (BiometricRow("p1", "mother", ON - DAY, withdrawn_on=ON + DAY), False),
    ],
)
def test_biometric_allowed(record, expected):
    assert biometric_allowed(record, ON) is expected
