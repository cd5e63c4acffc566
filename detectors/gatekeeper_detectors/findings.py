"""What rules report, and what it amounts to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gatekeeper_detectors.values import Box


class Action(StrEnum):
    """What a finding does to the submission, weakest first."""

    NOTE = "note"
    FLAG = "flag"
    REJECT = "reject"

    @property
    def rank(self) -> int:
        return tuple(Action).index(self)


class Outcome(StrEnum):
    """The verdict on a submission. Exit codes of `gatekeeper check`: 0, 3, 4."""

    CLEAR = "clear"
    FLAGGED = "flagged"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Finding:
    """One thing that a rule saw, where it saw it, and how to mend it."""

    rule: str
    action: Action
    message: str
    """Plain words for the author."""
    mend: str
    policy: tuple[str, ...]
    """Rows of the school's policy that the rule enforces (P01 …)."""
    photo: int | None = None
    """Index into the submission's photos."""
    box: Box | None = None
    """Pixels of the clean picture."""
    field: str | None = None
    """`caption`, `alt` or `file-name`; with alt and file-name, `photo` says which."""
    span: tuple[int, int] | None = None
    """Code points [start, end) in the field's text as given."""


@dataclass(frozen=True)
class Verdict:
    """The outcome and the findings behind it, most serious first."""

    outcome: Outcome
    findings: tuple[Finding, ...]
    rule_set: str


def outcome_of(findings: Iterable[Finding]) -> Outcome:
    """The worst action decides."""
    actions = {finding.action for finding in findings}
    if Action.REJECT in actions:
        return Outcome.REJECTED
    return Outcome.FLAGGED if Action.FLAG in actions else Outcome.CLEAR
