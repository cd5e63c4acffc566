"""A picture that was stopped once does not slip out under another caption (P24, G01)."""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.pictures.likeness import SAME_PICTURE, difference
from gatekeeper_detectors.rule import DidNotRun, Options, Rule
from gatekeeper_detectors.values import Case, StoppedPicture


def _check(case: Case, options: Options) -> Iterator[Finding]:
    for index, photo in enumerate(case.photos):
        if not case.stopped or photo.clean is None:
            continue
        if not photo.gradient_hash:
            raise DidNotRun("a photo was not compared with those that were stopped")
        nearest = _nearest(photo.gradient_hash, case.stopped)
        if nearest is not None:
            yield RULE.finding(Action.FLAG, _message(nearest), photo=index)


def _nearest(gradient_hash: str, stopped: tuple[StoppedPicture, ...]) -> StoppedPicture | None:
    """The stopped picture that looks most like it, if any looks the same."""
    near = [(difference(gradient_hash, one.gradient_hash), one) for one in stopped]
    bits, nearest = min(near, key=lambda pair: pair[0])
    return nearest if bits <= SAME_PICTURE else None


def _message(stopped: StoppedPicture) -> str:
    when = f"{stopped.on.day} {stopped.on:%B %Y}"
    return f"This looks like a picture that {stopped.why} on {when}."


RULE = Rule(
    id="seen-before",
    title="The picture looks like one that was stopped before",
    why=(
        "A picture that was rejected for a child in it, or taken down, should not come back in "
        "another post without somebody knowing."
    ),
    policy=("P24", "G01"),
    trips="A picture that was taken down last week, saved again in another size or mirrored.",
    passes="Another picture of the same lesson; or the same post, sent again after it was mended.",
    mend="Choose another picture, or let the coordinator decide whether the reason is gone.",
    check=_check,
    about_people=True,  # what was stopped may change until the moment of sending
)
