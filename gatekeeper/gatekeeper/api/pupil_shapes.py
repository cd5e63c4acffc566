"""What is sent of the register, and what the office sends to change it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from gatekeeper.api.shapes import ANSWERS, Name, Shape
from gatekeeper.web.register import PupilView
from gatekeeper_consent.answers import Answer, Scope, Use

Why = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


class Answers(Shape):
    """What the family says to one use. Only yes permits."""

    group: Answer
    """The child with others."""
    individual: Answer
    """The child alone."""


class PupilOut(Shape):
    """One child, as the register knows them today."""

    id: str
    name: str
    class_name: str
    year: str
    left_on: date | None
    never_publish: bool
    recognised: bool
    """May the machine know the child's face?"""
    answers: dict[Use, Answers]


class GuardianOut(Shape):
    """An adult with a say about the child, or who had one."""

    id: str
    name: str
    email: str
    relation: str
    since: datetime
    ended_at: datetime | None


class SaidOut(Shape):
    """One record of an answer; records are never changed."""

    id: int
    use: Use
    scope: Scope
    word: str
    who: str
    given_on: date | None
    expires_on: date | None
    withdrawn_on: date | None
    form_id: str | None
    """The scan that shows it."""
    recorded_at: datetime
    recorded_by: str
    newest: bool
    """The one that counts of its stream."""


class RecordOut(Shape):
    """What the office reads besides."""

    pupil: PupilOut
    guardians: list[GuardianOut]
    said: list[SaidOut]
    """Every answer ever recorded, the newest first."""


class PupilIn(Shape):
    """A child's line on the roll."""

    first_name: Name
    middle_names: Name = ""
    last_name: Name
    preferred_name: Name = ""
    class_name: Name = ""
    year: Name = ""


class NewPupil(PupilIn):
    """A child who joins."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class AnswerIn(Shape):
    """A family's answer, as the office records it."""

    uses: Annotated[list[Use], Field(min_length=1)]
    scopes: Annotated[list[Scope], Field(min_length=1)]
    decision: Literal["yes", "no"]
    guardian_id: Name | None = None
    """Who gave it for themselves; null: the family."""
    signed_by: Name = ""
    """Who signed it, where it is the family's: mother, father, guardian …"""
    given_on: date
    expires_on: date | None = None
    form_id: Name | None = None
    """The scan that shows it (`/pupils/{pupil_id}/forms`)."""


class WithdrawIn(Shape):
    """What the family takes back."""

    uses: list[Use] | Literal["all"]
    given_by: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
    """Who asked for it."""


class LeaveIn(Shape):
    """The day on which the child left."""

    left_on: date


class ReasonIn(Shape):
    """Why."""

    reason: Why


class Changed(Shape):
    """The child after a change."""

    pupil: PupilOut
    taken_down: list[str]
    """Ids of the posts that come down because of it."""


def pupil_out(view: PupilView) -> PupilOut:
    """A child with what may be shown."""
    return PupilOut(
        id=view.id,
        name=view.name,
        class_name=view.class_name,
        year=view.year,
        left_on=view.left_on,
        never_publish=view.never_publish,
        recognised=view.recognised,
        answers={
            Use(use.use): Answers(
                group=ANSWERS[use.group.look], individual=ANSWERS[use.individual.look]
            )
            for use in view.uses
        },
    )
