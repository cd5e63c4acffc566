"""No child is named by words in the picture: a badge, a certificate, work on the wall (P02)."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import DidNotRun, Options, Rule
from gatekeeper_detectors.text.names import NameIndex, index_of
from gatekeeper_detectors.text.normalise import with_capitals
from gatekeeper_detectors.text.sightings import How, Sighting, find_sightings
from gatekeeper_detectors.values import Case, Writing

_SURE_OF_SCRIPT = 0.9
"""The reader sees Chinese signs in textures; below this, foreign writing is not believed."""


def _check(case: Case, options: Options) -> Iterator[Finding]:
    index = index_of(case.register)
    for number, photo in enumerate(case.photos):
        if photo.clean is not None and photo.words is None:
            raise DidNotRun(photo.words_problem or "the words in a photo were not read")
        for line in photo.words or ():
            yield from _judge(line, number, index)


def _judge(line: Writing, photo: int, index: NameIndex) -> Iterator[Finding]:
    """At most one finding for a line: its box can be covered only as a whole."""
    found = [one for one in _sightings(line.text, index) if _is_believed(one, line)]
    if found:
        worst = max(found, key=lambda one: one.action.rank)
        message = _message(line.text, worst, index)
        yield RULE.finding(worst.action, message, photo=photo, box=line.box)


def _sightings(text: str, index: NameIndex) -> list[Sighting]:
    return find_sightings(with_capitals(text), index)


def _is_believed(sighting: Sighting, line: Writing) -> bool:
    return sighting.how is not How.SCRIPT or line.score >= _SURE_OF_SCRIPT


def _message(text: str, sighting: Sighting, index: NameIndex) -> str:
    words = " ".join(text[sighting.start : sighting.end].split())
    if sighting.how is How.SCRIPT:
        return f"“{words}” can be read in the picture, in writing that cannot be checked."
    if not sighting.pupils:
        return f"“{words}” can be read in the picture. It may be a child’s name."
    names = {index.pupils[number].full_name for number in sighting.pupils}
    who = f"{len(names)} children on the roll" if len(names) > 2 else " or ".join(sorted(names))
    sure = "This is the name" if sighting.action is Action.REJECT else "It may be the name"
    return f"“{words}” can be read in the picture. {sure} of {who}."


RULE = Rule(
    id="name-in-picture",
    title="Words in the picture name a child",
    why="Names or pictures, never both: a badge or a certificate names a child like a caption.",
    policy=("P02", "G06"),
    trips="A certificate on which “Star of the week: Kwame” can be read.",
    passes="A display board headed “Year 5 Maths”, or a badge too far away to be read.",
    mend="Cover the words, or choose a picture in which they cannot be read.",
    check=_check,
    guards_child=True,
    about_people=True,
)
