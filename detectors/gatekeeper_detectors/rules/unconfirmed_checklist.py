"""The author answers for what a machine cannot see (P09, P23)."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.values import Case, Statement

_OPEN = {
    Statement.SUITABLE: "It is not confirmed that everybody is suitably dressed and that nothing "
    "here could offend or embarrass anybody.",
    Statement.MAY_PUBLISH: "It is not confirmed that the school may publish this, and that what "
    "others made is credited.",
}
"""`personal-device` asks for the other statement."""


def _check(case: Case, options: Options) -> Iterator[Finding]:
    if case.author is None:
        return
    for statement, message in _OPEN.items():
        if statement not in case.confirmed:
            yield RULE.finding(Action.REJECT, message)


RULE = Rule(
    id="unconfirmed-checklist",
    title="The author has not confirmed the short checklist",
    why="Whether a picture is decent, and whether the school may use it, is for a person to say.",
    policy=("P09", "P23"),
    trips="A poster that somebody else drew, and nobody says whether the school may show it.",
    passes="The same picture once its author confirms both points.",
    mend="Choose “Change it”, look again, and tick what is true. Credit in the caption what others "
    "made, or leave the picture out.",
    check=_check,
)
