"""Text that may name a child: a person looks (P02). What is sure is `child_named`."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.text.names import NameIndex, index_of
from gatekeeper_detectors.text.parts import Part, published_texts
from gatekeeper_detectors.text.sightings import How, Sighting, find_sightings
from gatekeeper_detectors.text.telling import mend, message
from gatekeeper_detectors.values import Case

_MEND_FILE = "Check that the picture is not about one child, and give the file another name."


def _check(case: Case, options: Options) -> Iterator[Finding]:
    index = index_of(case.register)
    for part in published_texts(case):
        for sighting in find_sightings(part.text, index):
            if sighting.action is not Action.REJECT:
                yield _finding(part, sighting, index, mend(sighting, index, case))
    for number, photo in enumerate(case.photos):
        for sighting in find_sightings(photo.name, index, is_file_name=True):
            if sighting.how is not How.UNKNOWN:
                part = Part(photo.name, "file-name", number)
                yield _finding(part, sighting, index, _MEND_FILE)


def _finding(part: Part, sighting: Sighting, index: NameIndex, how_to_mend: str) -> Finding:
    return RULE.finding(
        Action.FLAG,
        message(part.text, sighting, index),
        mend=how_to_mend,
        photo=part.photo,
        field=part.field,
        span=(sighting.start, sighting.end),
    )


RULE = Rule(
    id="may-name-child",
    title="The text may name a child",
    why="A name can be a nickname, a slip of the pen, a word such as May, or new on the roll. "
    "Only a person can tell. A file name is never published, but says whom a picture shows.",
    policy=("P02", "G06"),
    trips="“Hope won the race”, “Becky” for Rebecca, “Hary”, or “Well done Oliver!” "
    "although no Oliver is on the roll.",
    passes="“We hope you enjoyed the race”, “Oliver Twist auditions”, or a file called IMG_2291.",
    mend="If this is a child, leave the name out: “Year 5 pupils …”.",
    check=_check,
    guards_child=True,
    about_people=True,
)
