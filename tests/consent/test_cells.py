from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_consent.cells import parse_day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-09-03", date(2025, 9, 3)),
        ("03/09/2025", date(2025, 9, 3)),
        ("3/9/2025", date(2025, 9, 3)),
        ("29/02/2024", date(2024, 2, 29)),
        ("29/02/2025", None),
        ("12/31/2025", None),
        ("13/13/2025", None),
        ("03/09/25", None),
        ("2025-13-01", None),
        ("2025/09/03", None),
        ("03-09-2025", None),
        ("03.09.2025", date(2025, 9, 3)),
        ("3.9.2025", date(2025, 9, 3)),
        ("3.9/2025", None),
        ("3.9.25", None),
        ("03-Sep-2025", date(2025, 9, 3)),
        ("3 SEPT. 2025", date(2025, 9, 3)),
        ("3 September 2025", date(2025, 9, 3)),
        ("31 May 2025", date(2025, 5, 31)),
        ("31 June 2025", None),
        ("3 Se 2025", None),
        ("3 Sepp 2025", None),
        ("03-Sep-25", None),
        ("Sep 3 2025", None),
        ("2025-9-3", None),
        ("0205-09-03", None),
        ("2205-09-03", None),
        ("45903", None),
        ("last summer", None),
        ("2025-09-03 00:00", None),
        ("٢٠٢٥-٠٩-٠٣", date(2025, 9, 3)),
    ],
)
def test_parse_day(text, expected):
    assert parse_day(text) == expected


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_both_ways_of_writing_agree(day):
    assert parse_day(day.isoformat()) == parse_day(f"{day:%d/%m/%Y}") == day
