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


KNOWN = (
    Span(date(2026, 8, 17), date(2026, 12, 18), "First term"),
    Span(date(2027, 1, 5), date(2027, 3, 25), "Second term"),
)


@pytest.mark.parametrize(
    ("day", "name", "first", "last"),
    [
        (date(2026, 8, 16), "Summer term 2026", date(2026, 4, 1), date(2026, 8, 16)),
        (date(2026, 8, 17), "First term", date(2026, 8, 17), date(2027, 1, 4)),
        (date(2026, 9, 1), "First term", date(2026, 8, 17), date(2027, 1, 4)),
        (date(2027, 1, 5), "Second term", date(2027, 1, 5), date(2027, 3, 31)),
        (date(2027, 4, 1), "Summer term 2027", date(2027, 4, 1), date(2027, 8, 31)),
    ],
)
def test_terms_in_the_settings_take_the_place_of_the_guess(day, name, first, last):
    assert term_of(day, KNOWN) == Span(first, last, name)


@given(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.lists(st.dates(date(2022, 1, 1), date(2028, 1, 1)), max_size=6, unique=True),
)
def test_no_day_is_left_out_whatever_is_known(day, firsts):
    known = [Span(first, first, "known") for first in sorted(firsts)]
    term = term_of(day, known)
    assert term.first <= day <= term.last
    assert (term.first - term_before(term, known).last).days == 1
    assert term_of(term.first, known) == term_of(term.last, known) == term
