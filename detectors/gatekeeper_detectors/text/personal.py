"""Where somebody lives, when they were born, and the number a pupil has (P12)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from gatekeeper_detectors.text.cues import word_set
from gatekeeper_detectors.text.dates import WrittenDate, find_dates

Place = tuple[int, int]
"""Folded characters [start, end)."""

_AREAS = word_set(
    "AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN "
    "DT DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA "
    "LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG "
    "SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE"
)
_POSTCODE = re.compile(
    rf"(?<![A-Za-z0-9])((?:{'|'.join(sorted(_AREAS, key=len, reverse=True))})\d[A-Z\d]?)"
    r"[ \t-]{0,2}(\d[ABD-HJLNP-UW-Z]{2})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_NO_INWARD = re.compile(r"\d(?:st|nd|rd|th|ft|lb|gb|tb)$", re.IGNORECASE)
"""Ordinals and measures ("Class B2 3rd")."""
_STREETS = (
    "Road|Rd|Street|Lane|Avenue|Ave|Close|Drive|Crescent|Terrace|Gardens|Grove|Mews|Court|Way|"
    "Square|Parade|Walk|Rise|Row|Place|Green|Hill|View"
)
_ADDRESS = re.compile(
    rf"(?<![\d/:.,-])\b\d{{1,3}}[a-zA-Z]?,? +(?:[A-Z][a-z'’]+ +){{1,3}}(?:{_STREETS})\b"
)
_FAMOUS_ADDRESSES = frozenset(
    ("10 downing street", "11 downing street", "4 privet drive", "221b baker street")
)
_UPN = re.compile(r"(?<![A-Za-z0-9])([A-Za-z])(\d{11}[\dA-Za-z])(?![A-Za-z0-9])")
_UPN_SAID = re.compile(r"\bUPN\b\W{0,3}(?:is |number |no\.? ?)?([A-Z]?\d[A-Z\d]{6,14})\b", re.I)
_CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""DfE, UPN guidance: no I, O or S."""

_AGE = (
    r"(?:1?\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    r"fifteen|sixteen|seventeen|eighteen)"
)
_BORN = re.compile(
    r"\b(?:born|dob|d\.o\.b|date of birth|birth ?date|birthdate|birthday|b'day|aged "
    rf"{_AGE}|turn(?:s|ed|ing)? {_AGE}"
    r"(?=\s*(?:(?:years?|on|today|tomorrow|this|next|last)\b|[.,!?)]|$)))(?!\w)",
    re.IGNORECASE,
)
_ALWAYS = re.compile(r"dob|d\.o\.b|birth ?date|date of birth", re.IGNORECASE)
_REACH = 60
"""Characters between a date and the word that makes it a date of birth."""
_SENTENCE_END = re.compile(r"[!?\n]|\.(?=\s+[A-Z])")
_OLDEST = 20
"""Years; who was born before is no pupil, and the date is likely history."""
_YOUNGEST = 3
"""Years; a later date beside an age is an event ("for children aged 7, from 12/01/2026")."""


def find_postcodes(text: str) -> Iterator[tuple[Place, str]]:
    """UK postcodes, with the form in which they are compared ("SW1A1AA")."""
    for match in _POSTCODE.finditer(text):
        outward, inward = match[1], match[2]
        mixed = not (match[0].upper() == match[0] or match[0].lower() == match[0])
        if not (_NO_INWARD.match(inward) or mixed):
            yield match.span(), (outward + inward).upper()


def find_addresses(text: str) -> Iterator[Place]:
    """A house number with a street ("14 Rowan Close")."""
    for match in _ADDRESS.finditer(text):
        if " ".join(match[0].lower().split()) not in _FAMOUS_ADDRESSES:
            yield match.span()


def find_upns(text: str) -> Iterator[tuple[Place, bool]]:
    """Unique pupil numbers, and whether the check letter is right or the text says UPN."""
    said = {match.span(1) for match in _UPN_SAID.finditer(text)}
    for place in said:
        yield place, True
    for match in _UPN.finditer(text):
        if match.span() not in said:
            yield match.span(), _check_letter(match[2].upper()) == match[1].upper()


def _check_letter(digits: str) -> str:
    """The letter that must stand first: weights 2 to 13, modulo 23; "" when none can."""
    values = [int(c) if c.isdigit() else _CHECK_LETTERS.find(c) for c in digits]
    if min(values) < 0:
        return ""
    total = sum(weight * value for weight, value in enumerate(values, 2))
    return _CHECK_LETTERS[total % 23]


def find_births(text: str, today: date) -> Iterator[tuple[Place, bool]]:
    """Dates of birth that can be a child's, and whether the year is there to make it sure."""
    cues = list(_BORN.finditer(text))
    if not cues:
        return
    for written in find_dates(text):
        cue = next((cue for cue in cues if _together(text, cue.span(), written)), None)
        if cue is None:
            continue
        sure = _is_childs_birth(cue[0].lower(), written.year, today)
        if sure is not None:
            yield written.place, sure


def _is_childs_birth(cue: str, year: int, today: date) -> bool | None:
    """Sure, or only perhaps; None when the date is an event or history."""
    if _ALWAYS.match(cue):
        return True
    if today.year - _OLDEST <= year <= today.year - _YOUNGEST:
        return True
    if cue.startswith("aged"):
        return None
    if today.year - _YOUNGEST < year <= today.year + 1:  # "turns 8 on" tells the year of birth
        return cue.startswith("turn")
    return False if not year else None


def _together(text: str, cue: Place, written: WrittenDate) -> bool:
    start, end = written.place
    gap = text[cue[1] : start] if cue[1] <= start else text[end : cue[0]]
    return len(gap) <= _REACH and not _SENTENCE_END.search(gap)
