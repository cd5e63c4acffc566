"""Everything held about one child: to be handed out, or erased."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from gatekeeper.api.access import Known
from gatekeeper.api.downloads import file_of
from gatekeeper.api.shapes import PostOut, Shape, post_out
from gatekeeper.web.site import Caller
from gatekeeper.web.subjects import begin_to_erase, erased_at, hand_out, held_view
from gatekeeper_queue.people import Act

router = APIRouter(prefix="/pupils/{pupil_id}", tags=["register"])


class HeldOut(Shape):
    """What there is about a child, and what erasing would do, or does."""

    name: str
    """To be sent before the child is erased; empty once they are."""
    submissions: int
    """With the child in them; erasing empties them, also where others are shown."""
    unclear: int
    """Texts that may name this child or another. They are left out, and stay."""
    up: list[PostOut]
    """Posts that come down first."""
    guardians: int
    """Who had a say about no other child, and so go too."""
    asked_at: datetime | None
    """When erasing was asked for."""
    in_the_way: int
    """What must be over before it is done: posts that are not gone, and running checks."""
    erased_at: datetime | None


class EraseIn(Shape):
    """Which child, once more."""

    name: Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")]
    """The child's name as `held` has it."""


@router.get("/held")
def held(pupil_id: str, caller: Known) -> HeldOut:
    """What there is, and what erasing would do."""
    return _held(caller, pupil_id)


@router.post("/held", response_class=Response, responses=file_of("application/zip"))
def do_hand_out(pupil_id: str, caller: Known) -> Response:
    """One file with all of it, for the family; that it was made is on record.

    A person looks through it before it is handed over: a machine may miss a face.
    """
    return hand_out(caller, pupil_id)


@router.post("/erase", status_code=202)
def do_erase(pupil_id: str, sent: EraseIn, caller: Known) -> HeldOut:
    """Erase the child for good. Every post with the child comes down first; when all are seen to
    be gone, what is held is deleted."""
    begin_to_erase(caller, pupil_id, sent.name)
    return _held(caller, pupil_id)


def _held(caller: Caller, pupil_id: str) -> HeldOut:
    caller.require(Act.EDIT_REGISTER)
    erased = erased_at(caller, pupil_id)
    if erased is not None:
        return HeldOut(
            name="", submissions=0, unclear=0, up=[], guardians=0, asked_at=None, in_the_way=0,
            erased_at=erased,
        )  # fmt: skip
    view = held_view(caller, pupil_id)
    return HeldOut(
        name=view.name,
        submissions=view.submissions,
        unclear=view.unclear,
        up=[post_out(line.post) for line in view.up],
        guardians=view.guardians,
        asked_at=view.asked.asked_at if view.asked else None,
        in_the_way=view.in_the_way,
        erased_at=None,
    )
