"""The news for other programs and sites: Atom, JSON Feed, and a list to be shown in a frame."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from feedgenerator import Atom1Feed
from markupsafe import Markup

from gatekeeper.web.breaks import NOT_ON_BREAK
from gatekeeper.web.headers import PUBLIC, allow_frames
from gatekeeper.web.site import OpenSite, Site
from gatekeeper_queue.models import NewsItem
from gatekeeper_queue.own_pages import shown_items

router = APIRouter()

_ITEMS = 30
_LISTED = 6
_TITLE = 80
"""Characters of the text that serve as an item's title."""


@router.get("/news/feed.atom")
def atom(site: OpenSite) -> Response:
    """The newest items, with their pictures in the text."""
    address = site.settings.address
    feed = Atom1Feed(
        title=f"{site.settings.school_name}: news",
        link=f"{address}/news",
        description="",
        author_name=site.settings.school_name,
        feed_url=f"{address}/news/feed.atom",
        feed_guid=f"{address}/news",
        language="en-GB",
    )
    for item in _newest(site):
        feed.add_item(
            title=title_of(item.text),
            link=f"{address}/news/{item.post_id}",
            description=None,
            unique_id=f"urn:uuid:{item.post_id}",
            pubdate=item.published_at,
            updateddate=item.published_at,
            content=str(_content(item, address)),
        )
    body = feed.writeString("utf-8")
    headers = {"Cache-Control": PUBLIC}
    return Response(body, media_type="application/atom+xml; charset=utf-8", headers=headers)


@router.get("/news/feed.json")
def json_feed(site: OpenSite) -> Response:
    """The same as JSON Feed 1.1 (jsonfeed.org)."""
    address = site.settings.address
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{site.settings.school_name}: news",
        "home_page_url": f"{address}/news",
        "feed_url": f"{address}/news/feed.json",
        "language": "en-GB",
        "items": [
            {
                "id": f"urn:uuid:{item.post_id}",
                "url": f"{address}/news/{item.post_id}",
                "title": title_of(item.text),
                "content_html": str(_content(item, address)),
                "date_published": item.published_at.isoformat(),
            }
            for item in _newest(site)
        ],
    }
    return JSONResponse(feed, media_type="application/feed+json", headers={"Cache-Control": PUBLIC})


@router.get("/news/list", dependencies=[NOT_ON_BREAK])
def embedded(request: Request, site: OpenSite) -> Response:
    """The newest few, for a frame on the school's site; links open there."""
    items = [(item, title_of(item.text)) for item in _newest(site)[:_LISTED]]
    response = site.page(request, "news_list.html", {"items": items})
    response.headers["Cache-Control"] = PUBLIC
    allow_frames(response.headers, site.settings.embed_on)
    return response


def _newest(site: Site) -> list[NewsItem]:
    with site.school.database.read() as session:
        return list(session.exec(shown_items("website").limit(_ITEMS)).all())


def title_of(text: str) -> str:
    """The first line, cut at a word."""
    line = text.strip().splitlines()[0] if text.strip() else "News"
    if len(line) <= _TITLE:
        return line
    return f"{line[:_TITLE].rsplit(' ', 1)[0]}…"


def _content(item: NewsItem, address: str) -> Markup:
    pictures = Markup("").join(
        Markup('<p><img src="{}/news/pictures/{}.jpg" alt="{}"></p>').format(
            address, picture["sha256"], picture["alt"]
        )
        for picture in item.pictures
    )
    paragraphs = Markup("").join(
        Markup("<p>{}</p>").format(line) for line in item.text.splitlines() if line.strip()
    )
    return paragraphs + pictures
