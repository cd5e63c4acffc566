"""Which term a day is in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_queue.terms import Span, term_before, term_of


@pytest.mark.parametrize(
    ("day", "name", "first", "last"),
    [
        (date(2026, 9, 1), "Autumn term 2026", date(2026, 9, 1), date(2026, 12, 31)),
        (date(2026, 12, 31), "Autumn term 2026", date(2026, 9, 1), date(2026, 12, 31)),
        (date(2027, 1, 1), "Spring term 2027", date(2027, 1, 1), date(2027, 3, 31)),
        (date(2027, 3, 31), "Spring term 2027", date(2027, 1, 1), date(2027, 3, 31)),
        (date(2027, 4, 1), "Summer term 2027", date(2027, 4, 1), date(2027, 8, 31)),
        (date(2027, 8, 31), "Summer term 2027", date(2027, 4, 1), date(2027, 8, 31)),
    ],
)
def test_each_day_has_its_term(day, name, first, last):
    assert term_of(day) == Span(first, last, name)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_terms_leave_no_day_out_and_have_none_twice(day):
    term = term_of(day)
    assert term.first <= day <= term.last
    assert (term.first - term_before(term).last).days == 1


def test_a_day_begins_at_the_schools_midnight():
    begins, ends = Span(date(2026, 6, 1), date(2026, 6, 1)).moments(ZoneInfo("Europe/London"))
    assert (begins, ends) == (
        datetime(2026, 5, 31, 23, tzinfo=UTC), datetime(2026, 6, 1, 23, tzinfo=UTC)
    )  # fmt: skip
