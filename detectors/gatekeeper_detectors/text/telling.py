"""What the author is told about a name that was seen, and how to mend it."""

from __future__ import annotations

from itertools import islice

from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.text.names import NameIndex
from gatekeeper_detectors.text.parts import safe_wording
from gatekeeper_detectors.text.sightings import How, Sighting
from gatekeeper_detectors.values import Case, Pupil

_NAMES_SHOWN = 3
"""Children listed in one message; more share the name than an author can tell apart."""

_MESSAGES = {
    How.FULL_NAME: "“{words}” names {who}.",
    How.NAME: "“{words}” can be read as the name of {who}.",
    How.NICKNAME: "“{words}” may be short for {who}.",
    How.TYPO: "“{words}” is spelled almost like the name of {who}.",
    How.INITIALS: "“{words}” are the initials of {who}.",
    How.SCRIPT: "“{words}” is in writing that cannot be checked for names.",
    How.UNKNOWN: "“{words}” looks like somebody’s name. Nobody on the roll has it.",
}


def message(text: str, sighting: Sighting, index: NameIndex) -> str:
    """What was seen, in words for the author."""
    words = " ".join(text[sighting.start : sighting.end].split())
    return _MESSAGES[sighting.how].format(words=words, who=_who(sighting, index))


def mend(sighting: Sighting, index: NameIndex, case: Case) -> str:
    """What to write instead."""
    if sighting.how is How.SCRIPT:
        return "Write it in English letters as well, or ask a colleague who reads it."
    pupils = [index.pupils[number] for number in islice(sighting.pupils, _NAMES_SHOWN)]
    group = safe_wording(case, pupils)
    if sighting.action is Action.FLAG:
        return f"If this is a child, leave the name out: “{group}”."
    return f"Leave the name out: “{group}”."


def _who(sighting: Sighting, index: NameIndex) -> str:
    count = len(sighting.pupils)
    if count > _NAMES_SHOWN:
        return f"{count} children on the roll"
    return " or ".join(_with_class(index.pupils[number]) for number in sorted(sighting.pupils))


def _with_class(pupil: Pupil) -> str:
    return f"{pupil.full_name} ({pupil.class_name})" if pupil.class_name else pupil.full_name
