"""Telephone numbers in a text: in digits, broken up, or in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gatekeeper_detectors.text.dates import find_dates

_DIGITS = re.compile(r"(?<![\w.,/#])(?:\+|\(\+?)?\d(?:[ \t.()\-]{0,3}\d){8,14}(?![\w])")
_NUMBER_WORDS = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "oh": "0", "o": "0", "nought": "0", "nil": "0",
}  # fmt: skip
_TIMES = {"double": 2, "treble": 3, "triple": 3}
_WORD = r"(?:(?:double|treble|triple)[ -])?(?:" + "|".join(_NUMBER_WORDS) + r")|\d+"
_SPOKEN = re.compile(rf"\b(?:{_WORD})(?:[ ,.-]{{1,2}}(?:{_WORD})){{4,}}\b", re.IGNORECASE)
_SHORTEST, _LONGEST = 9, 15
"""Digits of a telephone number with its leading 0 or country code (ITU-T E.164: at most 15)."""


class PhoneKind(StrEnum):
    MOBILE = "mobile"
    OTHER = "other"
    SPOKEN = "spoken"
    """Written out in words."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One telephone number."""

    place: tuple[int, int]
    """Folded characters [start, end)."""
    kind: PhoneKind
    number: str
    """International form without signs, for comparing; digits as written where spoken."""


def find_phones(text: str, region: str) -> Iterator[Phone]:
    """Numbers that start with 0, + or a bracket; `region` is where others are dialled from."""
    dates = [date.place for date in find_dates(text)]
    for match in _DIGITS.finditer(text):
        start, end = match.span()
        if match[0][0] not in "0+(" or any(s < end and start < e for s, e in dates):
            continue
        phone = _phone(match[0], match.span(), region)
        if phone is not None:
            yield phone
    yield from _spoken(text)


def _phone(written: str, place: tuple[int, int], region: str) -> Phone | None:
    import phonenumbers  # slow to import; most captions hold no digits

    try:
        number = phonenumbers.parse(written.replace("(+", "+"), region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    kind = phonenumbers.number_type(number)
    national = str(number.national_number)
    # Numbers of a range that is not in use look like a mobile all the same (07700 900…).
    like_mobile = number.country_code == 44 and national[0] == "7" and len(national) == 10
    mobile = kind == phonenumbers.PhoneNumberType.MOBILE or like_mobile
    full = f"{number.country_code}{national}"
    return Phone(place, PhoneKind.MOBILE if mobile else PhoneKind.OTHER, full)


def _spoken(text: str) -> Iterator[Phone]:
    for match in _SPOKEN.finditer(text):
        digits = _as_digits(match[0])
        has_words = any(char.isalpha() for char in match[0])
        if has_words and digits.startswith("0") and _SHORTEST <= len(digits) <= _LONGEST:
            yield Phone(match.span(), PhoneKind.SPOKEN, digits)


def _as_digits(spoken: str) -> str:
    out, times = [], 1
    for word in re.findall(r"[a-z]+|\d+", spoken.lower()):
        if word in _TIMES:
            times = _TIMES[word]
            continue
        out.append(_NUMBER_WORDS.get(word, word) * times)
        times = 1
    return "".join(out)


def as_dialled(number: str, region: str) -> str:
    """The form in which numbers are compared; empty when it is no number."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return ""
    return f"{parsed.country_code}{parsed.national_number}"
