"""The news pages as an Atom feed."""

from __future__ import annotations

from fastapi import APIRouter, Response
from feedgenerator import Atom1Feed
from markupsafe import Markup

from gatekeeper.web.headers import PUBLIC
from gatekeeper.web.site import OpenSite
from gatekeeper_queue.models import NewsItem
from gatekeeper_queue.own_pages import shown_items

router = APIRouter()

_ITEMS = 30
_TITLE = 80
"""Characters of the text that serve as an item's title."""


@router.get("/news/feed.atom")
def atom(site: OpenSite) -> Response:
    """The newest items, with their pictures in the text."""
    address = site.settings.address
    with site.school.database.read() as session:
        items = session.exec(shown_items("website").limit(_ITEMS)).all()
    feed = Atom1Feed(
        title=f"{site.settings.school_name}: news",
        link=f"{address}/news",
        description="",
        author_name=site.settings.school_name,
        feed_url=f"{address}/news/feed.atom",
        feed_guid=f"{address}/news",
        language="en-GB",
    )
    for item in items:
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
