"""Text that goes with a picture names no child (P02)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.text.names import NameIndex, index_of
from gatekeeper_detectors.text.sightings import How, Sighting, find_sightings
from gatekeeper_detectors.values import Case, Pupil, Register

_NAMES_SHOWN = 3
"""Children listed in one message; more share the name than an author can tell apart."""

_MESSAGES = {
    How.FULL_NAME: "“{words}” names {who}.",
    How.NAME: "“{words}” can be read as the name of {who}.",
    How.NICKNAME: "“{words}” may be short for {who}.",
    How.TYPO: "“{words}” is spelled almost like the name of {who}.",
    How.INITIALS: "“{words}” are the initials of {who}.",
    How.SCRIPT: "“{words}” is in writing that cannot be checked for names.",
}


def check_text(text: str, register: Register, field: str = "caption") -> list[Finding]:
    """Findings of `child-named` in one text; `field` is `caption`, `alt` or `file-name`."""
    return list(_findings(text, index_of(register), field, None))


def _check(case: Case, options: Options) -> Iterator[Finding]:
    index = index_of(case.register)
    yield from _findings(case.caption, index, "caption", None)
    for number, alt in enumerate(case.alts):
        yield from _findings(alt, index, "alt", number)
    for number, photo in enumerate(case.photos):
        yield from _findings(photo.name, index, "file-name", number)


def _findings(text: str, index: NameIndex, field: str, photo: int | None) -> Iterator[Finding]:
    is_file_name = field == "file-name"
    for sighting in find_sightings(text, index, is_file_name=is_file_name):
        # A file name is never published, but says whom the picture is about.
        action = Action.FLAG if is_file_name else sighting.action
        message, mend = _message(text, sighting, index), _mend(sighting, index, is_file_name)
        span = (sighting.start, sighting.end)
        yield RULE.finding(action, message, mend=mend, photo=photo, field=field, span=span)


def _message(text: str, sighting: Sighting, index: NameIndex) -> str:
    words = " ".join(text[sighting.start : sighting.end].split())
    return _MESSAGES[sighting.how].format(words=words, who=_who(sighting, index))


def _who(sighting: Sighting, index: NameIndex) -> str:
    count = len(sighting.pupils)
    if count > _NAMES_SHOWN:
        return f"{count} children on the roll"
    named = [_with_class(index.pupils[number]) for number in sorted(sighting.pupils)]
    return " or ".join(named)


def _with_class(pupil: Pupil) -> str:
    return f"{pupil.full_name} ({pupil.class_name})" if pupil.class_name else pupil.full_name


def _mend(sighting: Sighting, index: NameIndex, is_file_name: bool) -> str:
    if is_file_name:
        return "Check that the picture is not about one child, and give the file another name."
    if sighting.how is How.SCRIPT:
        return "Write it in English letters as well, or ask a colleague who reads it."
    years = {_year(index.pupils[number]) for number in islice(sighting.pupils, _NAMES_SHOWN)}
    year = years.pop() if len(years) == 1 else ""
    group = f"{year} pupils …" if year else "Our pupils …"
    if sighting.action is Action.FLAG:
        return f"If this is a child, leave the name out: “{group}”."
    return f"Leave the name out: “{group}”."


def _year(pupil: Pupil) -> str:
    """ "Year 5" or "Reception" as far as the roll says it; else empty."""
    year = pupil.year.strip()
    if year.isdigit():
        return f"Year {int(year)}"
    if year.upper() in ("R", "RECEPTION"):
        return "Reception"
    if re.fullmatch(r"[A-Za-z]+ ?\d{0,2}", year) and len(year) > 1:
        return year
    digits = re.match(r"\d{1,2}", pupil.class_name)
    return f"Year {int(digits[0])}" if digits else ""


RULE = Rule(
    id="child-named",
    title="The text names a child",
    why="Text that goes with a picture names no child: names or pictures, never both.",
    policy=("P02", "G06"),
    trips="“Well done Harry!”, #TeamHarry or “H. Potterton” when Harry Potterton is on the roll.",
    passes="“Year 5 pupils at the summer fair”, or “Thank you, Mr Young” when he is on the staff.",
    mend="Leave the name out: “Year 5 pupils …”.",
    check=_check,
    guards_child=True,
    about_people=True,
)
