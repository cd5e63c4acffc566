"""The public news pages. They show `NewsItem` rows and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request, Response
from sqlmodel import Session, col, select

from gatekeeper.web.errors import NotFound
from gatekeeper.web.headers import PUBLIC
from gatekeeper.web.loading import page_number
from gatekeeper.web.site import OpenSite
from gatekeeper_queue.models import NewsItem, Post, SubmissionPhoto
from gatekeeper_queue.states import PostState

router = APIRouter()

_PAGE = 10
_GONE = (PostState.REMOVING, PostState.REMOVED)


@router.get("/news")
def news(request: Request, site: OpenSite, page: str = "1") -> Response:
    """The newest first."""
    number = page_number(page)
    with site.school.database.read() as session:
        items = session.exec(
            select(NewsItem)
            .order_by(col(NewsItem.published_at).desc(), col(NewsItem.post_id))
            .offset((number - 1) * _PAGE)
            .limit(_PAGE + 1)
        ).all()
        sizes = _sizes(session, items)
    context = {"items": items[:_PAGE], "number": number, "more": len(items) > _PAGE, "sizes": sizes}
    return _public(site.page(request, "news.html", context))


@router.get("/news/{post_id}")
def news_item(post_id: str, request: Request, site: OpenSite) -> Response:
    """One item; one that was taken down says so."""
    with site.school.database.read() as session:
        item = session.get(NewsItem, post_id)
        post = session.get(Post, post_id)
        sizes = _sizes(session, [item] if item else [])
    if item is None:
        if post is None or post.channel != "website" or post.state not in _GONE:
            raise NotFound
        return _public(site.page(request, "news_gone.html", {}, status=410))
    return _public(site.page(request, "news_item.html", {"item": item, "sizes": sizes}))


def _sizes(session: Session, items: Sequence[NewsItem]) -> dict[str, tuple[int, int]]:
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
