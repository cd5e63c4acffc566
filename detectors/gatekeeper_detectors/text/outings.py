"""Sentences that say where children will be, and when (G06)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from gatekeeper_detectors.text.cues import word_set
from gatekeeper_detectors.text.dates import MONTHS, WEEKDAYS, WrittenDate, find_dates

_DAYS = "|".join(WEEKDAYS)
_SENTENCE = re.compile(r"(?:[^.!?\n]|\.(?=\S))+")
_CLOCK = (
    r"\b\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|a\.m|p\.m|o'clock)\b|\b\d{1,2}[:.]\d\d\b|\bnoon\b|\bmidday\b"
)
_TIME = re.compile(
    rf"{_CLOCK}|\b(?:{_DAYS})s?\b|\b(?:tomorrow|tonight|weekend|later today|this (?:morning|"
    rf"afternoon|evening)|(?:next|this|coming) (?:week|month|term|{'|'.join(MONTHS)})|after school|"
    rf"in (?:{'|'.join(MONTHS)}))\b",
    re.IGNORECASE,
)
_FUTURE = re.compile(
    rf"\b(?:will|'ll|shall|tomorrow|tonight|going to|(?:are|is) (?:off|going|visiting|walking|"
    rf"swimming|performing|singing|playing|travelling|heading|meeting|leaving|staying|coming)|"
    rf"off to|heading to|next (?:week|month|term|year|{_DAYS})|(?:this|coming) (?:week|weekend|"
    rf"{_DAYS})|later today|leav(?:e|es|ing)|depart(?:s|ing)?|meet(?:s|ing)? at|pick ?up|"
    rf"collect(?:ed)? from|drop ?off|every (?:week|day|{_DAYS})|on (?:{_DAYS})s)\b|"
    rf"\b(?:walk|go|goes|travel|travels|swim|swims|train|trains|play|plays|perform|performs|sing|"
    rf"sings|visit|visits|stay|stays|set off|sets off|return|returns|get back|gets back)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|had|went|came|won|sang|saw|did|took|made|swam|got|gave|ran|last (?:week|month|"
    r"term|year|night|\w+day)|yesterday|ago|visited|enjoyed|loved|played|performed|walked|learned|"
    r"learnt|explored|travelled|returned)\b",
    re.IGNORECASE,
)
_CHILDREN = re.compile(
    r"\b(?:years? ?\d{1,2}|reception|nursery|key stage|ks\d|class(?:es)?|pupils?|children|we|we're|"
    r"we'll|our|us|team|squad|choir|club|cubs|brownies|boys|girls|orchestra|band|council|meet|"
    r"parents can (?:collect|drop))\b",
    re.IGNORECASE,
)
_PLACE_WORD = (
    r"park|library|museum|zoo|farm|beach|pool|baths|leisure centre|sports centre|town hall|church|"
    r"cathedral|mosque|temple|synagogue|theatre|cinema|station|stadium|arena|castle|woods?|forest|"
    r"lake|river|camp|campsite|hostel|care home|shops?|supermarket|market|high street|rink|bus stop"
)
_PLACE = re.compile(
    r"\b(?:at|to|in|into|from|near|outside|around|by|for)\s+(?:(?:the|our local|our)\s+)?"
    rf"(?:(?:\w+\s+){{0,2}}?\b(?:{_PLACE_WORD})\b"
    r"|(?P<name>[A-Z][\w'&-]*(?:\s+(?:of|the|and|upon|on|[A-Z][\w'&-]*)){0,4}))"
    rf"|\b(?:visit|visiting|visits)\s+(?:the\s+)?(?:(?P<seen>[A-Z][\w'&-]*)|(?:{_PLACE_WORD})\b)"
)
_NO_PLACE = {*WEEKDAYS, *MONTHS, *(f"{day}s" for day in WEEKDAYS)} | word_set(
    "year years reception nursery key ks class spring summer autumn winter easter christmas "
    "mr mrs ms miss dr our the pe science maths english music art drama history geography ict "
    "computing french spanish german i week term half school room block bst gmt assembly"
)
_HOME = re.compile(
    r"\b(?:school (?:hall|playground|field|library|gym|grounds|office|gate|site)|playground|"
    r"classroom|the hall|the gym|at school|in school|main hall|sports hall)\b",
    re.IGNORECASE,
)
_INVITES = re.compile(
    r"\b(?:join us|come along|come and|all welcome|everyone (?:is )?welcome|you are invited|"
    r"invited|doors open|tickets|free entry|open day|open evening|open morning|fair|fayre|fete|"
    r"f[ae]te|concert|bazaar|families welcome|see you)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Outing:
    """One sentence that gives away where children will be."""

    place: tuple[int, int]
    """Folded characters [start, end)."""
    invitation: bool
    """The public is asked to come, or it is the school itself."""


def find_outings(
    text: str, today: date, classes: frozenset[str], own_places: tuple[str, ...] = ()
) -> Iterator[Outing]:
    """Sentences with children, a place and a time to come. `classes` are folded class names."""
    dates = list(find_dates(text))
    for match in _SENTENCE.finditer(text):
        sentence = match[0]
        inside = [one for one in dates if match.start() <= one.place[0] < match.end()]
        if not _is_to_come(sentence, inside, today) or not _has_children(sentence, classes):
            continue
        where = _where(sentence, own_places)
        if where is None:
            continue
        invitation = where == "school" or _INVITES.search(sentence) is not None
        lead = len(sentence) - len(sentence.lstrip())
        start = match.start() + lead
        yield Outing((start, start + len(sentence.strip())), invitation)


def _is_to_come(sentence: str, dates: list[WrittenDate], today: date) -> bool:
    if any(_is_past(one, today) for one in dates):
        return False
    timed = bool(dates) or _TIME.search(sentence) is not None
    if not timed or _PAST.search(sentence):
        return False
    return bool(dates) or _FUTURE.search(sentence) is not None


def _is_past(written: WrittenDate, today: date) -> bool:
    if not written.year:
        return False
    return (written.year, written.month, written.day) < (today.year, today.month, today.day)


def _has_children(sentence: str, classes: frozenset[str]) -> bool:
    if _CHILDREN.search(sentence):
        return True
    return any(word.lower() in classes for word in re.findall(r"[A-Za-z0-9]+", sentence))


def _where(sentence: str, own_places: tuple[str, ...]) -> str | None:
    """ "away", "school", or None where no place is named."""
    lowered = sentence.lower()
    own = [place.lower() for place in own_places if place.strip()]
    for match in _PLACE.finditer(sentence):
        name = match["name"] or match["seen"]
        first = re.split(r"\W", name, maxsplit=1)[0].lower() if name else ""
        is_class = bool(name) and bool(re.fullmatch(r"\d\w|\w\d", first))
        if first in _NO_PLACE or is_class or _HOME.search(match[0]):
            continue
        if not any(place in match[0].lower() for place in own):
            return "away"
    at_home = _HOME.search(sentence) is not None or any(place in lowered for place in own)
    return "school" if at_home else None
