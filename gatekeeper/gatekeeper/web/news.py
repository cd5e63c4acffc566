"""The public news pages. They show `NewsItem` rows and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from sqlmodel import Session, col, select

from gatekeeper.web.breaks import NOT_ON_BREAK
from gatekeeper.web.errors import NotFound
from gatekeeper.web.headers import PUBLIC
from gatekeeper.web.loading import page_number
from gatekeeper.web.site import OpenSite
from gatekeeper_queue.models import NewsItem, Post, SubmissionPhoto
from gatekeeper_queue.own_pages import shown_items
from gatekeeper_queue.states import PostState

router = APIRouter(dependencies=[NOT_ON_BREAK])

PAGE = 10


@router.get("/news")
def news(request: Request, site: OpenSite, page: str = "1") -> Response:
    """The newest first."""
    number = page_number(page)
    with site.school.database.read() as session:
        items = session.exec(
            shown_items("website").offset((number - 1) * PAGE).limit(PAGE + 1)
        ).all()
        sizes = sizes_of(session, items)
    context = {"items": items[:PAGE], "number": number, "more": len(items) > PAGE, "sizes": sizes}
    return _public(site.page(request, "news.html", context))


@router.get("/news/{post_id}")
def news_item(post_id: str, request: Request, site: OpenSite) -> Response:
    """One item; one that was taken down says so."""
    with site.school.database.read() as session:
        item = session.exec(shown_items("website").where(NewsItem.post_id == post_id)).first()
        post = session.get(Post, post_id)
        sizes = sizes_of(session, [item] if item else [])
    if item is None:
        if post is None or post.channel != "website" or not was_taken_down(post):
            raise NotFound
        return _public(site.page(request, "news_gone.html", {}, status=410))
    return _public(site.page(request, "news_item.html", {"item": item, "sizes": sizes}))


def was_taken_down(post: Post) -> bool:
    """Could it be seen on the school's own pages, and not any more?"""
    if post.account_id is not None:
        return False  # it was on another site
    gone = post.state in (PostState.REMOVING, PostState.REMOVED)
    return gone or bool(post.removal_reason and post.live_at)


def sizes_of(session: Session, items: Sequence[NewsItem]) -> dict[str, tuple[int, int]]:
    """Width and height in pixels by digest, so that pages do not jump while pictures load."""
    digests = {picture["sha256"] for item in items for picture in item.pictures}
    query = select(SubmissionPhoto).where(col(SubmissionPhoto.clean_sha256).in_(digests))
    return {
        photo.clean_sha256: (photo.picture["width"], photo.picture["height"])
        for photo in session.exec(query)
        if photo.clean_sha256 and photo.picture
    }


def _public(response: Response) -> Response:
    response.headers["Cache-Control"] = PUBLIC
    return response
