"""A check that crashed, timed out or had nothing to work with blocks the submission."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper_detectors.findings import Finding
from gatekeeper_detectors.rule import Options, Rule
from gatekeeper_detectors.values import Case


def _check(case: Case, options: Options) -> Iterable[Finding]:
    """Nothing to look for: `policy.run_rules` makes this rule's findings."""
    return ()


RULE = Rule(
    id="rule-did-not-run",
    title="A check could not be made",
    why="A check that did not run has not passed. Nothing leaves unchecked.",
    policy=("P01", "P02"),
    trips="The search for faces takes longer than its time limit.",
    passes="Every check ran, whatever it found.",
    mend="Press “Check again”. If it says this again, tell the person who looks after Gatekeeper.",
    check=_check,
    guards_child=True,
)
