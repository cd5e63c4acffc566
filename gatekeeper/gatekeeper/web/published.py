"""What is published, or being removed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from gatekeeper.web.errors import NotFound
from gatekeeper.web.loading import visible_post
from gatekeeper.web.postlines import post_line
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper.web.views import UP
from gatekeeper_queue.models import Post, Submission
from gatekeeper_queue.people import Act
from gatekeeper_queue.removal import take_down
from gatekeeper_queue.states import PostState

router = APIRouter()

_REMOVED_FOR = timedelta(days=30)
"""So long a removed post stays on the page."""


@router.get("/published")
def published(visit: SignedIn) -> Response:
    """What is up, what should come down, and what has."""
    visit.require(Act.SUBMIT)
    since = visit.school.clock() - _REMOVED_FOR
    up = col(Post.state).in_([*UP, PostState.REMOVING])
    gone = (col(Post.state) == PostState.REMOVED) & (col(Post.removed_at) > since)
    with visit.school.database.read() as session:
        lines = [
            post_line(session, post)
            for post in _posts(session, visit, up, col(Post.live_at).desc())
        ]
        removed = [
            post_line(session, post)
            for post in _posts(session, visit, gone, col(Post.removed_at).desc())
        ]
    return visit.page(
        "published.html",
        overdue=[line for line in lines if line.post.stubborn],
        leaving=[line for line in lines if line.post.overdue_removal and not line.post.stubborn],
        live=[line for line in lines if not line.post.overdue_removal],
        removed=removed,
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


def _posts(session: Session, visit: Visit, which: ColumnElement[bool], order: Any) -> list[Post]:
    """Everybody's posts for who may take them down, else the person's own."""
    query = select(Post).where(which).order_by(order)
    if not visit.may(Act.TAKE_DOWN):
        own = select(Submission.id).where(Submission.author_id == visit.user.id)
        query = query.where(col(Post.submission_id).in_(own))
    return list(session.exec(query))
