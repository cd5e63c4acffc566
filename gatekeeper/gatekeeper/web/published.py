"""What is published, or being removed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from gatekeeper.web.errors import NotFound
from gatekeeper.web.loading import page_number, visible_post
from gatekeeper.web.postlines import PostLine, post_line, post_lines
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Caller
from gatekeeper.web.views import UP
from gatekeeper_queue.models import Post, Submission
from gatekeeper_queue.people import Act
from gatekeeper_queue.removal import take_down
from gatekeeper_queue.states import PostState

router = APIRouter()

_REMOVED_FOR = timedelta(days=30)
"""So long a removed post stays on the page."""
_PAGE = 50
"""Posts of each kind on a page."""


@router.get("/published")
def published(visit: SignedIn, page: str = "1") -> Response:
    """What should come down, what is up, page by page, and what has come down."""
    visit.require(Act.SUBMIT)
    number, since = page_number(page), visit.school.clock() - _REMOVED_FOR
    up, asked = col(Post.state).in_(UP), Post.removal_reason != ""
    going = (col(Post.state) == PostState.REMOVING) | (up & asked)
    gone = (col(Post.state) == PostState.REMOVED) & (col(Post.removed_at) > since)
    newest = col(Post.live_at).desc()
    with visit.school.database.read() as session:

        def lines(which: ColumnElement[bool], order: Any, first: int = 0) -> list[PostLine]:
            rows = session.exec(_posts(visit, which, order).offset(first).limit(_PAGE))
            return post_lines(session, rows)

        going_lines = lines(going, col(Post.attempts).desc())  # what does not go, first
        live = lines(up & ~asked, newest, (number - 1) * _PAGE)
        removed = lines(gone, col(Post.removed_at).desc())
        numbers = [_count(session, visit, which) for which in (going, up & ~asked, gone)]
    return visit.page(
        "published.html",
        overdue=[line for line in going_lines if line.post.stubborn],
        leaving=[line for line in going_lines if not line.post.stubborn],
        live=live,
        removed=removed,
        more_going=numbers[0] - len(going_lines),
        all_live=numbers[1],
        more_removed=numbers[2] - len(removed),
        number=number,
        more=numbers[1] > number * _PAGE,
    )


@router.get("/posts/{post_id}/take-down")
def take_down_page(post_id: str, visit: SignedIn) -> Response:
    """Ask for the reason first."""
    with visit.school.database.read() as session:
        line = post_line(session, visible_post(session, visit, post_id))
    if not (line.post.can_remove or line.post.can_cancel):
        raise NotFound
    return visit.page("take_down.html", line=line)


@router.post("/posts/{post_id}/take-down")
def do_take_down(post_id: str, visit: SignedIn, form: Posted) -> Response:
    """Cancel what has not been sent; have what is up removed."""
    with visit.school.database.write() as session:
        post = visible_post(session, visit, post_id)
        planned = post.state in (PostState.SCHEDULED, PostState.FAILED)
        take_down(visit.school, session, visit.user, post, form.text("reason").strip()[:500])
    return RedirectResponse("/calendar" if planned else "/published", 303)


def posts_up(caller: Caller, session: Session, first: int, most: int) -> list[PostLine]:
    """What is up and is to stay, the newest first."""
    live = col(Post.state).in_(UP) & (col(Post.removal_reason) == "")
    rows = session.exec(_posts(caller, live, col(Post.live_at).desc()).offset(first).limit(most))
    return post_lines(session, rows)


def _posts(caller: Caller, which: ColumnElement[bool], order: Any) -> SelectOfScalar[Post]:
    """Everybody's posts for who may take them down, else the person's own."""
    return select(Post).where(which, theirs(caller)).order_by(order, col(Post.id))


def _count(session: Session, caller: Caller, which: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(Post).where(which, theirs(caller))
    return session.exec(query).one()


def theirs(caller: Caller) -> ColumnElement[bool]:
    if caller.may(Act.TAKE_DOWN):
        return true()
    own = select(Submission.id).where(Submission.author_id == caller.user.id)
    return col(Post.submission_id).in_(own)
