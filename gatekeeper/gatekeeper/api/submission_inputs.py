"""What an author's program sends."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import UploadFile
from pydantic import AwareDatetime, Field

from gatekeeper.api.shapes import Name, Shape
from gatekeeper.api.submission_shapes import BoxOut
from gatekeeper_detectors.values import Statement
from gatekeeper_queue.submissions import MAX_ALT, MAX_CAPTION, MAX_PHOTOS

Channel = Literal["website", "parents", "twitter"]
Alt = Annotated[str, Field(max_length=MAX_ALT)]


class ContentIn(Shape):
    """What an author fills in."""

    caption: Annotated[str, Field(min_length=1, max_length=MAX_CAPTION)]
    channels: Annotated[list[Channel], Field(min_length=1)]
    class_name: Name = ""
    account_ids: list[Name] = Field(default_factory=list)
    """The accounts to post from, when `twitter` is among the channels."""
    publish_at: AwareDatetime | None = None
    """Not before this; null: at the next free time."""
    confirmed: list[Statement] = Field(default_factory=list)
    """What the author confirms of this version; what stays open is for the rules to say."""


class NewSubmission(ContentIn):
    """A submission with its photos, as a form."""

    photos: Annotated[list[UploadFile], Field(min_length=1, max_length=MAX_PHOTOS)]
    alts: list[Alt] = Field(default_factory=list)
    """What each photo shows, in the same order."""


class Edited(ContentIn):
    """Another version of a submission."""

    version: int
    """Which one it follows."""
    alts: dict[str, Alt] = Field(default_factory=dict)
    """What photos show, by photo id; the others stay as they are."""
    dropped: list[Name] = Field(default_factory=list)
    """Ids of photos to leave out."""


class FaceWordIn(Shape):
    """Who somebody says a face is."""

    photo_id: Name
    box: BoxOut
    """The face's box."""
    person_id: Name
    """Of a pupil or a member of staff; `nobody` for who cannot be known; empty: not sure."""


class FaceWords(Shape):
    """Who faces are."""

    words: Annotated[list[FaceWordIn], Field(min_length=1, max_length=400)]


class Covers(Shape):
    """Faces and lines of words to cover, by photo id, as the boxes that the checks found."""

    version: int
    boxes: dict[str, list[BoxOut]]


class Version(Shape):
    """The version that was read."""

    version: int
