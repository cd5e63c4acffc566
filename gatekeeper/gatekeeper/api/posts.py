"""Posts: what goes out when, what is up, and what can be done about it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from gatekeeper.api.access import Known
from gatekeeper.api.shapes import (
    EventOut,
    Number,
    Page,
    PostOut,
    Shape,
    events_out,
    post_out,
)
from gatekeeper.web.history import post_history
from gatekeeper.web.loading import visible_post
from gatekeeper.web.post_filters import Filters
from gatekeeper.web.postlines import PostLine, post_line
from gatekeeper.web.posts import any_post, lines_of, look, settle
from gatekeeper.web.published import posts_up
from gatekeeper.web.schedule import planned_posts
from gatekeeper.web.site import Caller
from gatekeeper.web.views import post_view
from gatekeeper_queue.drift import FOUND
from gatekeeper_queue.operating import retry
from gatekeeper_queue.pausing import MAX_WHY, current_pause, pause, resume
from gatekeeper_queue.people import Act
from gatekeeper_queue.removal import take_down
from gatekeeper_queue.schedule import move
from gatekeeper_queue.states import PostState
from gatekeeper_queue.strays import strays_of

router = APIRouter(tags=["posts"])
_PAGE = 50


class PostLineOut(Shape):
    """A post in a list."""

    post: PostOut
    caption: str
    """Empty for who sees to posts without reading them (the technician)."""
    author: str


class WatchedPost(PostLineOut):
    """A post with what was found of it on its channel."""

    drift: str
    """What is not as it was approved; empty when nothing is."""
    copies: int
    """Copies of it that must still be removed."""


class OnePost(WatchedPost):
    """A post with its history."""

    history: list[EventOut]


class PlannedOut(PostLineOut):
    """A post that is to go out."""

    why: list[str]
    """What it waits for, in words."""
    note: str
    can_move: bool


class Found(Shape):
    """What a look on the channel found."""

    state: str
    says: str
    settled: bool
    """Is it known now what became of it, and is it as it should be?"""


class Settled(Shape):
    """What somebody who looked on the channel says became of a post."""

    address: Annotated[str, Field(max_length=2_000)] | None = None
    """Where it is; null where it is not there."""


class Reason(Shape):
    """Why, in words for colleagues."""

    why: Annotated[str, Field(max_length=MAX_WHY, pattern=r"^[^\x00]*$")] = ""


class TakeDown(Shape):
    """Why it is to come down."""

    reason: Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")] = ""


class Move(Shape):
    """Where to in the order of its account."""

    where: Literal["now", "top", "earlier", "later"]


class Sending(Shape):
    """Is anything sent at present?"""

    paused: bool
    why: str


@router.get("/posts")
def posts(
    caller: Known,
    show: Literal["", "attention", "drifted"] | PostState = "",
    channel: Annotated[str, Query(max_length=50)] = "",
    q: Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")] = "",
    number: Number = 1,
) -> Page[WatchedPost]:
    """Every post, the latest first, for who sees to them."""
    caller.require(Act.SEE_TO_POSTS)
    with caller.school.database.read() as session:
        filters = Filters(str(show), channel, q.strip())
        lines, more = lines_of(session, filters, caller.may(Act.REVIEW), number)
    items = [
        WatchedPost(**_line(caller, line.line), drift=line.drift, copies=line.copies)
        for line in lines
    ]
    return Page(items=items, more=more)


@router.get("/posts/{post_id}")
def one_post(post_id: str, caller: Known) -> OnePost:
    """One post, for who sees to them."""
    caller.require(Act.SEE_TO_POSTS)
    return _one(caller, post_id)


@router.post("/posts/{post_id}/retry")
def do_retry(post_id: str, caller: Known) -> OnePost:
    """Have it sent, removed or looked for now, and not when it would be its turn."""
    caller.require(Act.SEE_TO_POSTS)
    with caller.school.database.write() as session:
        retry(caller.school, session, any_post(session, post_id), actor=caller.user.id)
    return _one(caller, post_id)


@router.post("/posts/{post_id}/look")
def do_look(post_id: str, caller: Known) -> Found:
    """Look on its channel now. Sends nothing."""
    caller.require(Act.SEE_TO_POSTS)
    found = look(caller, post_id)
    return Found(state=found.state, says=found.says, settled=found.settled)


@router.post("/posts/{post_id}/settle")
def do_settle(post_id: str, sent: Settled, caller: Known) -> OnePost:
    """Say what became of a post whose answer was lost."""
    caller.require(Act.TAKE_DOWN)
    settle(caller, post_id, sent.address)
    return _one(caller, post_id)


@router.post("/posts/{post_id}/take-down")
def do_take_down(post_id: str, sent: TakeDown, caller: Known) -> PostOut:
    """Cancel it where it has not been sent; have it removed where it is up."""
    with caller.school.database.write() as session:
        post = visible_post(session, caller, post_id)
        take_down(caller.school, session, caller.user, post, sent.reason.strip())
        return post_out(post_view(session, post))


@router.post("/posts/{post_id}/move")
def do_move(post_id: str, sent: Move, caller: Known) -> PostOut:
    """Send it now, or before or after another post of its account."""
    caller.require(Act.ARRANGE)
    with caller.school.database.write() as session:
        post = visible_post(session, caller, post_id)
        move(caller.school, session, caller.user, post, sent.where)
        return post_out(post_view(session, post))


@router.get("/published")
def published(caller: Known, number: Number = 1) -> Page[PostLineOut]:
    """What is up: everybody's for who may take it down, else the person's own."""
    caller.require(Act.SUBMIT)
    with caller.school.database.read() as session:
        lines = posts_up(caller, session, (number - 1) * _PAGE, _PAGE + 1)
    items = [PostLineOut(**_line(caller, line)) for line in lines[:_PAGE]]
    return Page(items=items, more=len(lines) > _PAGE)


@router.get("/calendar")
def calendar(caller: Known) -> Page[PlannedOut]:
    """What is to go out, in order: everybody's for who arranges it, else the person's own."""
    caller.require(Act.SUBMIT)
    with caller.school.database.read() as session:
        shown = planned_posts(caller, session)
    items = [
        PlannedOut(**_line(caller, one.line), why=one.why, note=one.note, can_move=one.can_move)
        for one in shown
    ]
    return Page(items=items, more=False)


@router.get("/sending")
def sending(caller: Known) -> Sending:
    """Whether all sending is paused."""
    caller.require(Act.SEE_TO_POSTS)
    with caller.school.database.read() as session:
        found = current_pause(session)
    return Sending(paused=found is not None, why=found.why if found else "")


@router.post("/sending/pause")
def do_pause(sent: Reason, caller: Known) -> Sending:
    """Pause all sending. What is being sent at this moment is not called back."""
    caller.require(Act.SEE_TO_POSTS)
    with caller.school.database.write() as session:
        pause(caller.school, session, caller.user, sent.why)
    return sending(caller)


@router.post("/sending/resume")
def do_resume(caller: Known) -> Sending:
    """End the pause."""
    caller.require(Act.SEE_TO_POSTS)
    with caller.school.database.write() as session:
        resume(caller.school, session, caller.user)
    return sending(caller)


def _line(caller: Caller, line: PostLine) -> dict[str, object]:
    reads = caller.may(Act.REVIEW) or line.author_id == caller.user.id
    return {
        "post": post_out(line.post),
        "caption": line.caption if reads else "",
        "author": line.author,
    }


def _one(caller: Caller, post_id: str) -> OnePost:
    with caller.school.database.read() as session:
        row = any_post(session, post_id)
        drift = FOUND.get(row.drift, "") if row.state == PostState.LIVE else ""
        return OnePost(
            **_line(caller, post_line(session, row)),
            drift=drift,
            copies=len(strays_of(session, row.id)),
            history=events_out(post_history(session, row)),
        )
