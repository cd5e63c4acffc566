"""The caption and the alt texts fit the channel (G07 for alt texts; X counts 280)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.text.length import ALT_LIMIT, DEFAULT_LIMIT, caption_length
from gatekeeper_detectors.values import Case


class TooLongOptions(Options):
    max_caption: int = Field(default=DEFAULT_LIMIT, ge=1)
    """Characters of a caption on the website and in the parents' area. X's 280 is fixed."""


def _check(case: Case, options: TooLongOptions) -> Iterator[Finding]:
    used, limit = caption_length(case.channel, case.caption, options.max_caption)
    if used > limit:
        yield _finding("The caption", used, limit, "caption", None)
    for number, alt in enumerate(case.alts):
        length = len(alt.strip())
        if length > ALT_LIMIT:
            what = f"The description of photo {number + 1}"
            yield _finding(what, length, ALT_LIMIT, "alt", number)


def _finding(what: str, used: int, limit: int, field: str, photo: int | None) -> Finding:
    excess = used - limit
    characters = "character" if excess == 1 else "characters"
    message = f"{what} is too long: it counts {used} of {limit} characters."
    mend = f"Cut at least {excess} {characters}."
    return RULE.finding(Action.REJECT, message, mend=mend, field=field, photo=photo)


RULE = Rule(
    id="too-long",
    title="The caption or a description is too long for the channel",
    why="A channel refuses or cuts off text that is too long.",
    policy=("G07",),
    trips="A tweet of 281 characters. A web address counts 23, an emoji 2.",
    passes="A tweet of 280 characters; the same text on the website, which takes 2,000.",
    mend="Shorten the text.",
    check=_check,
    options=TooLongOptions,
)
