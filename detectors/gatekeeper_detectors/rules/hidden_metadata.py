"""No picture leaves with hidden data: where it was taken, whose camera it was (P12, G06)."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import DidNotRun, Options, Rule
from gatekeeper_detectors.values import Case, CleanPicture


def _check(case: Case, options: Options) -> Iterator[Finding]:
    for index, photo in enumerate(case.photos):
        if photo.clean is not None:
            yield from _look(photo.clean, index)
        elif not photo.problem:
            raise DidNotRun("a photo was not cleaned")


def _look(clean: CleanPicture, index: int) -> Iterator[Finding]:
    if clean.residue:
        yield RULE.finding(
            Action.REJECT,
            f"The photo still holds hidden data after cleaning: {_listed(clean.residue)}.",
            photo=index,
        )
    elif clean.camera.found:
        yield RULE.finding(
            Action.NOTE,
            f"The photo carried hidden data: {_listed(clean.camera.found)}. It was removed.",
            mend="Nothing to do.",
            photo=index,
        )


def _listed(words: tuple[str, ...]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *front, last = words
    return f"{', '.join(front)} and {last}" if front else last


RULE = Rule(
    id="hidden-metadata",
    title="A picture holds hidden data",
    why="Photos carry where and when they were taken and with whose phone. Strangers can read it.",
    policy=("P12", "G06"),
    trips="A cleaned picture in which the second reader still finds a GPS position.",
    passes="A phone photo with a GPS position: it is removed, and a note says so.",
    mend="Tell the person who looks after Gatekeeper; the picture stays here until it is clean.",
    check=_check,
    guards_child=True,
)
