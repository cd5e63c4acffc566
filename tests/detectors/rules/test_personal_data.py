from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rules.personal_data import RULE, PersonalDataOptions
from gatekeeper_detectors.values import Case, Register

OWN = PersonalDataOptions(
    own_numbers=("01632 960123",), own_domains=("oakfield.example",), own_postcodes=("ZE9 9ZZ",)
)


def _found(text: str, options: PersonalDataOptions = OWN) -> list[Finding]:
    case = Case("website", text, (), Register(), date(2026, 11, 24))
    return list(RULE.check(case, options))


@pytest.mark.parametrize(
    ("text", "action", "part"),
    [
        # mobiles, in every dress
        ("Ring 07700 900461!", "reject", "07700 900461"),
        ("Text +44 7700 900 982 for tickets", "reject", "+44 7700 900 982"),
        ("(07700) 900-461", "reject", "(07700) 900-461"),
        ("0 7 7 0 0 9 0 0 1 2 3", "reject", "0 7 7 0 0 9 0 0 1 2 3"),
        ("07.700.900.461 now", "reject", "07.700.900.461"),
        ("👩‍👧 ０７７００ ９００１２３ 🎉", "reject", "０７７００ ９００１２３"),
        ("אבג 07700\u200b900461", "reject", "07700\u200b900461"),
        ("oh seven seven double-oh 900 123", "flag", "oh seven seven double-oh 900 123"),
        # other numbers
        ("Call 01632 960999", "flag", "01632 960999"),
        ("Ring (020) 7946 0123 to book", "flag", "(020) 7946 0123"),
        # e-mail
        ("mail j.smith1979@mail.example", "reject", "j.smith1979@mail.example"),
        ("Café: zoe@mail.example.", "reject", "zoe@mail.example"),
        ("office@museum.example", "flag", "office@museum.example"),
        ("jo at mail dot com", "flag", "jo at mail dot com"),
        ("jo (at) mail.com", "flag", "jo (at) mail.com"),
        ("head@oakfield.example", "note", "head@oakfield.example"),
        ("a@oakfield.example.evil.com", "reject", "a@oakfield.example.evil.com"),
        # where people live
        ("Party at ZE99ZY", "reject", "ZE99ZY"),
        ("SW1A 1AA", "reject", "SW1A 1AA"),
        ("#sw1a1aa", "reject", "sw1a1aa"),
        ("near m1 1ae today", "reject", "m1 1ae"),
        ("Meet at 14 Rowan Close", "flag", "14 Rowan Close"),
        # when they were born
        ("Born 14/03/2016, our champion", "reject", "14/03/2016"),
        ("Turned 7 on 3rd May 2017!", "reject", "3rd May 2017"),
        ("D.O.B. 21.09.2015", "reject", "21.09.2015"),
        ("dob 2014-11-30", "reject", "2014-11-30"),
        ("Date of birth: 2nd March 2016", "reject", "2nd March 2016"),
        ("her birthday is on 12 June", "flag", "12 June"),
        ("she turns 8 on 3 May 2026", "reject", "3 May 2026"),
        ("he turned seven on 3 May!", "flag", "3 May"),
        ("baby brother born 3 May 2026", "flag", "3 May 2026"),
        # pupil numbers: B801200005001 has the right check letter
        ("number B801200005001 here", "reject", "B801200005001"),
        ("number A801200005001 here", "flag", "A801200005001"),
        ("UPN A80120000501", "reject", "A80120000501"),
    ],
)
def test_personal_data_is_found(text: str, action: str, part: str) -> None:
    (finding,) = _found(text)
    assert finding.span is not None
    assert (finding.action, text[slice(*finding.span)]) == (Action(action), part)
    assert finding.policy == ("P12",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Sports day 14/06/2025",
        "Parents' evening: Tuesday 4 and Thursday 6 February, 5 pm",
        "Term dates: 03.09.2026 08.45 to 18.12.2026",
        "Call us on 01632 960123",
        "Our address ends in ZE9 9ZZ and ze9 9zz",
        "We won 10-2, 3-1 and 4-0 in 2025-26",
        "1,246,500 steps and 100 000 000 000 stars",
        "ISBN 978 0 14 103 6144",
        "Class B1 came 2nd, KS2 1st, R2 3rd",
        "The King was born on 14 November 1948",
        "William Shakespeare, born 23 April 1564",
        "Letters to 10 Downing Street",
        "Ten, nine, eight, seven, six, five, four, three, two, one, zero: lift-off!",
        "Year 7 turned 7 bottles into rockets on 3 May",
        "tea at oak.example, meet at 3.30",
        "Class 3K on Monday",
        "A club for pupils aged 7 to 11 from 12/01/2026",
        "The total is 12 wins since 3 May 2024",
        "Our school turns 50 on 3 May 2026",
    ],
)
def test_harmless_text_passes(text: str) -> None:
    assert _found(text) == []


def test_the_region_decides_how_a_number_is_read() -> None:
    text = "Ring 089 1234567"
    assert _found(text, PersonalDataOptions(region="DE")) != []


DIGITS = st.sampled_from(["07700 900461", "+447700900461", "07911-123-456", "(07700) 900 461"])
DRESS = st.sampled_from(["", "\u200b", "\u2060", "\u200d"])


@given(number=DIGITS, dress=DRESS, wide=st.booleans())
def test_no_dress_hides_a_mobile_number(number: str, dress: str, wide: bool) -> None:
    if wide:
        number = "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in number)
    text = "Ring " + dress.join(number) + " now"
    assert [f.action for f in _found(text)] == [Action.REJECT]
