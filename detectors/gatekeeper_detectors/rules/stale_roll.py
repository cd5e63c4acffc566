"""Nothing is cleared by a roll that nobody has brought up to date for longer than a term (P01)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.values import Case


class StaleRollOptions(Options):
    max_days: int = Field(default=100, ge=0)
    """How old the last import of the roll may be, in days; 0: the rule does not look. The usual
    value is a little longer than a term."""


def _check(case: Case, options: StaleRollOptions) -> Iterator[Finding]:
    age = case.roll_age_days
    if age is not None and 0 < options.max_days < age:
        message = f"The roll was last brought up to date {age} days ago."
        yield RULE.finding(Action.FLAG, message)


RULE = Rule(
    id="stale-roll",
    title="The roll has not been brought up to date for a long time",
    why=(
        "An up-to-date list of permissions is kept in the office. A child who came or left since "
        "the last import is not known here."
    ),
    policy=("P01",),
    trips="Any post in the summer term, when the roll was last imported before Christmas.",
    passes="The same post on the day after the office imported the roll.",
    mend=(
        "Ask the office to import the roll, even if nothing has changed; then the check runs again "
        "by itself. Or a reviewer makes sure that everybody in the picture is still on the roll."
    ),
    check=_check,
    about_people=True,
    options=StaleRollOptions,
)
