"""Nobody posts to Twitter without current training and a signed AUP (P13)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from pydantic import Field

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.values import Case


class UntrainedAuthorOptions(Options):
    channels: tuple[str, ...] = ("twitter",)
    """Channels that ask for training."""
    valid_days: int = Field(default=365, ge=1)
    """How long training and a signature count, in days."""


_SIGNATURE = "Your signature under the Twitter acceptable use policy"


def _check(case: Case, options: UntrainedAuthorOptions) -> Iterator[Finding]:
    if case.author is None or case.channel not in options.channels:
        return
    oldest = case.today - timedelta(days=options.valid_days)
    for what, on in (
        ("Your Twitter training", case.author.trained_on),
        (_SIGNATURE, case.author.aup_signed_on),
    ):
        if not _current(on, oldest, case.today):
            state = "is not on record" if on is None else f"is out of date ({on:%d %B %Y})"
            yield RULE.finding(Action.REJECT, f"{what} {state}.")
    if case.author.aup_signed_on is not None and not case.author.aup_is_current:
        yield RULE.finding(Action.REJECT, f"{_SIGNATURE} is for another version of it.")


def _current(on: date | None, oldest: date, today: date) -> bool:
    return on is not None and oldest <= on <= today


RULE = Rule(
    id="untrained-author",
    title="The author's Twitter training or signed AUP is missing or out of date",
    why="All staff train and sign the acceptable use policy before they use Twitter.",
    policy=("P13",),
    trips="A tweet by a teacher who was trained two years ago.",
    passes="The same picture for the website, or a tweet by a teacher trained last month.",
    mend="Read and sign the policy on the page “Training”, ask the e-safety coordinator for the "
    "training, or send the picture to the website.",
    check=_check,
    about_people=True,
    options=UntrainedAuthorOptions,
)
