"""Text that goes with a picture names no child (P02). What is only a guess is `may_name_child`."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.text.names import index_of
from gatekeeper_detectors.text.parts import published_texts
from gatekeeper_detectors.text.sightings import find_sightings
from gatekeeper_detectors.text.telling import mend, message
from gatekeeper_detectors.values import Case


def _check(case: Case, options: Options) -> Iterator[Finding]:
    index = index_of(case.register)
    for text, field, photo in published_texts(case):
        for sighting in find_sightings(text, index):
            if sighting.action is Action.REJECT:
                yield RULE.finding(
                    Action.REJECT,
                    message(text, sighting, index),
                    mend=mend(sighting, index, case),
                    photo=photo,
                    field=field,
                    span=(sighting.start, sighting.end),
                )


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
