"""The form by which the office records an answer: what was typed, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gatekeeper.web.changing import day_in
from gatekeeper.web.security import Form
from gatekeeper_consent.answers import Decision, Scope, Use

FAMILY = "family"
"""Who gave the answer, when it was not one guardian for themselves."""


class Unusable(Exception):
    """The form cannot be used; the message says what to do."""


@dataclass(frozen=True)
class TypedAnswer:
    """The fields as they were typed."""

    uses: tuple[str, ...]
    scopes: tuple[str, ...]
    decision: str
    who: str
    """A guardian's id, or `family`."""
    signed_by: str
    given_on: str
    expires_on: str

    @classmethod
    def new(cls, today: date) -> TypedAnswer:
        """An empty form."""
        return cls((), (Scope.GROUP,), "", "", "", today.isoformat(), "")

    @classmethod
    def read(cls, form: Form) -> TypedAnswer:
        return cls(
            uses=form.texts("use"),
            scopes=form.texts("scope"),
            decision=form.text("decision"),
            who=form.text("who"),
            signed_by=form.text("signed_by")[:200],
            given_on=form.text("given_on"),
            expires_on=form.text("expires_on"),
        )


@dataclass(frozen=True)
class Answered:
    """What the office records."""

    uses: list[Use]
    scopes: list[Scope]
    decision: Decision
    guardian_id: str | None
    signed_by: str
    given_on: date
    expires_on: date | None


def answered(typed: TypedAnswer, today: date) -> Answered:
    """The answer that was typed. Raises `Unusable`, saying what is missing."""
    uses = [use for use in Use if use in typed.uses]
    scopes = [scope for scope in Scope if scope in typed.scopes]
    if not uses:
        raise Unusable("Tick what the answer is about: the website, Twitter/X …")
    if not scopes:
        raise Unusable("Tick whether the answer is about the child with others, alone, or both.")
    if typed.decision not in (Decision.YES, Decision.NO):
        raise Unusable("Choose yes or no.")
    if not typed.who:
        raise Unusable("Choose who gave the answer.")
    if typed.who == FAMILY and not typed.signed_by.strip():
        raise Unusable("Type who signed it: mother, father, guardian …")
    given_on, expires_on = day_in(typed.given_on), day_in(typed.expires_on)
    if given_on is None or given_on > today:
        raise Unusable("Give the day of the answer: today, or a day before.")
    if typed.expires_on.strip() and (expires_on is None or expires_on <= today):
        raise Unusable("The day from which it no longer counts must be after today.")
    return Answered(
        uses,
        scopes,
        Decision(typed.decision),
        None if typed.who == FAMILY else typed.who,
        typed.signed_by.strip(),
        given_on,
        expires_on if typed.decision == Decision.YES else None,
    )
