"""A picture that cannot be opened cannot be checked, so it cannot leave (P01)."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.values import Case


def _check(case: Case, options: Options) -> Iterator[Finding]:
    if not case.photos:
        yield RULE.finding(
            Action.REJECT, "There is no photo.", mend="Add at least one photo and send it again."
        )
    for index, photo in enumerate(case.photos):
        if photo.problem:
            yield RULE.finding(Action.REJECT, photo.problem, mend=photo.mend, photo=index)


RULE = Rule(
    id="unreadable-picture",
    title="A picture is missing, broken or not a photo",
    why="Every picture is checked before it is published; one that cannot be opened cannot be.",
    policy=("P01",),
    trips="A photo whose upload broke off half-way, an animated GIF, or no photo at all.",
    passes="A photo from an iPhone (HEIC), or one with an odd file name that opens all the same.",
    mend="Send the photo again as an ordinary JPEG.",
    check=_check,
)
