"""A roll that nobody brought up to date turns clear into flagged (P01)."""

from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Outcome
from gatekeeper_detectors.policy import PolicyError, judge, make_policy
from gatekeeper_detectors.rules.stale_roll import RULE, StaleRollOptions
from gatekeeper_detectors.values import Case, Register


def case(age: int | None) -> Case:
    return Case("website", "", (), Register(), date(2026, 3, 2), roll_age_days=age)


@pytest.mark.parametrize(
    ("age", "max_days", "flagged"),
    [
        (None, 100, False),  # the command line reads the roll itself
        (0, 100, False),
        (100, 100, False),
        (101, 100, True),
        (101, 0, False),  # off
        (5000, 0, False),
        (2, 1, True),
        (1, 1, False),
        (-1, 100, False),  # a clock that was put back
    ],
)
def test_older_than_the_set_number_of_days(age, max_days, flagged):
    found = list(RULE.check(case(age), StaleRollOptions(max_days=max_days)))
    assert bool(found) is flagged
    outcome = judge(found, make_policy()).outcome
    assert outcome is (Outcome.FLAGGED if flagged else Outcome.CLEAR)


def test_it_is_asked_again_before_sending():
    assert RULE.about_people


def test_a_negative_age_is_no_setting():
    with pytest.raises(PolicyError):
        make_policy({"rules": {"stale-roll": {"max_days": -1}}})
