"""What the families' answers amount to on a day. Pure functions; only `YES` permits."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Protocol


class Use(StrEnum):
    """Where a child's picture may be shown."""

    WEBSITE = "website"
    TWITTER = "twitter"
    PARENTS = "parents"
    DISPLAY = "display"


class Scope(StrEnum):
    """With others, or alone (P04). Neither stands for the other."""

    GROUP = "group"
    INDIVIDUAL = "individual"


class Decision(StrEnum):
    """What one record says."""

    YES = "yes"
    NO = "no"
    CLEARED = "cleared"
    """The register no longer holds an answer: it was imported without this row."""


class Answer(StrEnum):
    """The effective answer on a day."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ConsentRecord(Protocol):
    """The fields of a consent record that decide."""

    @property
    def decision(self) -> Decision: ...
    @property
    def given_on(self) -> date | None: ...
    @property
    def expires_on(self) -> date | None: ...
    @property
    def withdrawn_on(self) -> date | None: ...


class BiometricRecord(Protocol):
    """The fields of a biometric consent record that decide."""

    @property
    def given_on(self) -> date | None: ...
    @property
    def child_refused(self) -> bool: ...
    @property
    def withdrawn_on(self) -> date | None: ...


def effective_answer(record: ConsentRecord | None, on: date) -> Answer:
    """The answer on a day by the newest record for one pupil, use and scope (P01).

    A withdrawal counts at once, whatever its date: no picture may stay up on the
    strength of a mistyped year. `expires_on` is the first day without the consent.
    """
    if record is None:
        return Answer.UNKNOWN
    if record.withdrawn_on is not None or record.decision is Decision.NO:
        return Answer.NO
    if record.decision is not Decision.YES:
        return Answer.UNKNOWN
    if record.given_on is None or record.given_on > on:
        return Answer.UNKNOWN
    if record.expires_on is not None and record.expires_on <= on:
        return Answer.UNKNOWN
    return Answer.YES


def biometric_allowed(record: BiometricRecord | None, on: date) -> bool:
    """Whether the face may be learnt: given, not withdrawn, not refused by the child (G02)."""
    if record is None or record.child_refused or record.withdrawn_on is not None:
        return False
    return record.given_on is not None and record.given_on <= on
