"""What several areas send and take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Generic, Self, TypeVar

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from gatekeeper.web.history import EventView
from gatekeeper.web.views import PostView
from gatekeeper_consent.answers import Answer

T = TypeVar("T")
Number = Annotated[int, Query(alias="page", ge=1, le=100_000, description="From 1.")]
"""Which page of a list."""
Text = Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")]
"""A line or two that a person wrote."""
ANSWERS = {"ok": Answer.YES, "no": Answer.NO, "ask": Answer.UNKNOWN}
"""What the look of an answer on a page says."""
Name = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class Shape(BaseModel):
    """Something that is sent or taken. A field that is not known is refused."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    @classmethod
    def of(cls, row: object) -> Self:
        """With the row's values of the same names."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class Page(Shape, Generic[T]):
    """A page of a list."""

    items: list[T]
    more: bool
    """Is there another page?"""


class EventOut(Shape):
    """Something that happened, from the audit log."""

    at: datetime
    who: str
    what: str
    detail: str


class PostOut(Shape):
    """One post, at one place."""

    id: str
    submission_id: str
    channel: str
    place: str
    """The channel, or the account on it, in words."""
    state: str
    word: str
    """The state in a word or two."""
    sentence: str
    due_at: datetime
    live_at: datetime | None
    removed_at: datetime | None
    url: str
    error: str
    """Why the last try failed."""
    removal_reason: str
    attempts: int


def events_out(events: Sequence[EventView]) -> list[EventOut]:
    return [EventOut.of(event) for event in events]


def post_out(view: PostView) -> PostOut:
    return PostOut(
        id=view.id,
        submission_id=view.submission_id,
        channel=view.channel,
        place=view.place,
        state=view.state,
        word=view.words.word,
        sentence=view.words.sentence,
        due_at=view.due_at,
        live_at=view.live_at,
        removed_at=view.removed_at,
        url=view.url,
        error=view.error,
        removal_reason=view.removal_reason,
        attempts=view.attempts,
    )
