"""When what a sentence announces is over."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_detectors.text.endings import last_day
from gatekeeper_detectors.text.normalise import fold

WEDNESDAY = date(2026, 5, 20)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Year 5 will be at Elm Park tomorrow", date(2026, 5, 21)),
        ("Tonight our choir sings at the town hall", date(2026, 5, 20)),
        ("This afternoon 3K walk to the library", date(2026, 5, 20)),
        ("We leave for Castle Howard on Friday at 9.15", date(2026, 5, 22)),
        ("We leave for Castle Howard on Wednesday", date(2026, 5, 20)),
        ("We leave for Castle Howard on Tuesday", date(2026, 5, 26)),
        # "Next Friday", said on a Wednesday: in two days or in nine; the later counts.
        ("Year 5 will be at Elm Park next Friday", date(2026, 5, 29)),
        ("Year 5 will be at Elm Park next Tuesday at 2pm", date(2026, 5, 26)),
        ("This weekend the team plays at Elm Road", date(2026, 5, 24)),
        ("Next week Year 6 will be staying at Plas Menai", date(2026, 5, 31)),
        ("Next month our band goes to Whitby", date(2026, 6, 30)),
        ("In February our band goes to Whitby", date(2027, 2, 28)),
        ("Year 2 are off to the farm on 14 June, leaving at 9am", date(2026, 6, 14)),
        ("Our team plays at Elm Road on 22/05/2026", date(2026, 5, 22)),
        ("Our team plays at Elm Road on 19 May", date(2027, 5, 19)),
        ("Year 6 stay at Plas Menai from 14 June to 18 June", date(2026, 6, 18)),
        ("Monday 25 May: 3K walk to the park", date(2026, 5, 25)),
        ("On 31 June we go to the zoo", date(2026, 6, 30)),  # no such day; the nearest there is
        # Not to be told from the words: a person says when it is over.
        ("We will be at the pool at 10 am", None),
        ("Every Monday Year 4 swims at the pool", None),
        ("Year 4 swims at the pool on Mondays", None),
        ("Next term Year 4 will swim at the pool", None),
        ("Year 6 stay at Plas Menai from 14 June for three nights", None),
        ("Year 6 stay at Plas Menai until Friday", None),
        ("Year 6 stay at Plas Menai 14-18 June", None),
        ("", None),
    ],
)
def test_the_last_day_that_is_named(sentence, expected):
    assert last_day(fold(sentence).text, WEDNESDAY) == expected


@given(st.text(max_size=80), st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_any_text_and_any_day_can_be_asked(text, today):
    last_day(text, today)


@given(
    st.sampled_from(["tomorrow", "tonight", "on Sunday", "next Monday", "this weekend", "next week",
                     "this month", "next month", "in March", "on 29 February", "on 1 May"]),
    st.dates(date(2000, 1, 1), date(2100, 12, 31)),
)  # fmt: skip
def test_what_is_to_come_is_never_over_before_today(when, today):
    found = last_day(f"Year 5 will be at the park {when}", today)
    assert found is not None
    assert found >= today
