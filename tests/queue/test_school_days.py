"""On which days the school is there."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_queue.school_days import SchoolDays
from gatekeeper_queue.terms import Span

WEEK = frozenset(range(5))
TERMS = (
    Span(date(2026, 9, 2), date(2026, 12, 18), "Autumn"),
    Span(date(2027, 1, 5), date(2027, 3, 25), "Spring"),
    Span(date(2027, 4, 12), date(2027, 7, 21), "Summer"),
)
HALF_TERM = Span(date(2026, 10, 26), date(2026, 10, 30), "Half-term")
DAYS = SchoolDays(WEEK, TERMS, (HALF_TERM,), frozenset({date(2026, 11, 9)}), "ENG")


@pytest.mark.parametrize(
    ("day", "why"),
    [
        (date(2026, 9, 2), ""),
        (date(2026, 9, 5), "weekend"),
        (date(2026, 8, 20), ""),  # before the first term that is known
        (date(2026, 10, 23), ""),
        (date(2026, 10, 24), "weekend"),
        (date(2026, 10, 26), "Half-term"),
        (date(2026, 10, 30), "Half-term"),
        (date(2026, 11, 2), ""),
        (date(2026, 11, 9), "inset day"),
        (date(2026, 12, 18), ""),
        (date(2026, 12, 19), "the school holidays"),
        (date(2026, 12, 25), "Christmas Day"),
        (date(2027, 1, 4), "the school holidays"),
        (date(2027, 1, 5), ""),
        (date(2027, 3, 26), "Good Friday"),
        (date(2027, 5, 3), "May Day"),
        (date(2027, 7, 21), ""),
        (date(2027, 7, 22), "the school holidays"),
        (date(2027, 8, 31), "the school holidays"),
        (date(2027, 9, 1), ""),  # after the last term: when another usually begins
    ],
)
def test_each_day_is_a_school_day_or_says_why_not(day, why):
    assert DAYS.why_closed(day) == why


@pytest.mark.parametrize(
    ("part", "closed"),
    [
        ("ENG", ["2027-03-29", "2027-08-30"]),
        ("WLS", ["2027-03-29", "2027-08-30"]),
        ("SCT", ["2027-01-04", "2027-08-02", "2027-11-30"]),
        ("NIR", ["2027-03-17", "2027-03-29", "2027-07-12", "2027-08-30"]),
        ("", []),
    ],
)
def test_each_part_of_the_uk_has_its_bank_holidays(part, closed):
    """Those that the parts do not share, of one year."""
    days = SchoolDays(bank_holidays=part)
    all_of = ("2027-01-04", "2027-03-17", "2027-03-29", "2027-07-12", "2027-08-02", "2027-08-30",
              "2027-11-30")  # fmt: skip
    assert [day for day in all_of if days.why_closed(date.fromisoformat(day))] == closed


def test_without_a_calendar_every_day_is_a_school_day():
    assert not any(
        SchoolDays().why_closed(date(2026, 12, 1) + timedelta(days=n)) for n in range(60)
    )


@given(st.dates(date(2026, 1, 1), date(2030, 1, 1)))
def test_the_school_always_reopens(day):
    reopened = DAYS.reopens(day)
    assert not DAYS.why_closed(reopened)
    assert reopened - day < timedelta(days=50)
    assert (reopened == day) == (DAYS.why_closed(day) == "")


def test_the_longest_closure_is_found():
    assert DAYS.longest_closure() == Span(date(2027, 7, 22), date(2027, 8, 31))
    assert SchoolDays(WEEK).longest_closure() is None


def test_a_school_that_is_never_open_is_refused():
    with pytest.raises(ValueError, match="no day of the week"):
        SchoolDays(frozenset())
