"""Pictures, as they were cleaned."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy import Text, cast
from sqlmodel import Session, col

from gatekeeper.web.errors import NotFound
from gatekeeper.web.headers import PUBLIC
from gatekeeper.web.loading import visible_photo
from gatekeeper.web.security import SignedIn
from gatekeeper.web.site import OpenSite
from gatekeeper_queue.models import NewsItem
from gatekeeper_queue.own_pages import shown_items
from gatekeeper_queue.school import School

router = APIRouter()

_DIGITS = frozenset("0123456789abcdef")


@router.get("/pictures/{photo_id}.jpg")
def picture(photo_id: str, visit: SignedIn) -> Response:
    """The clean picture of a submission, for those who may see it."""
    with visit.school.database.read() as session:
        photo = visible_photo(session, visit, photo_id)
    if photo.clean_sha256 is None:
        raise NotFound
    return Response(clean_picture(visit.school, photo.clean_sha256), media_type="image/jpeg")


@router.get("/news/pictures/{sha256}.jpg")
def news_picture(sha256: str, request: Request, site: OpenSite) -> Response:
    """A picture of an item on the news pages, byte for byte as it was approved."""
    with site.school.database.read() as session:
        if not is_shown(session, sha256, "website"):
            raise NotFound
    headers = {"Cache-Control": PUBLIC, "ETag": f'"{sha256}"'}
    if request.headers.get("if-none-match") == f'"{sha256}"':
        return Response(status_code=304, headers=headers)
    return Response(clean_picture(site.school, sha256), media_type="image/jpeg", headers=headers)


def is_shown(session: Session, sha256: str, *channels: str) -> bool:
    """Does any item on these channels show it? The text search only narrows; the list decides."""
    if len(sha256) != 64 or not _DIGITS.issuperset(sha256):
        return False
    holding = cast(col(NewsItem.pictures), Text).contains(sha256)
    items = session.exec(shown_items(*channels).where(holding))
    return any(shown["sha256"] == sha256 for item in items for shown in item.pictures)


def clean_picture(school: School, sha256: str) -> bytes:
    """Raises `NotFound` for a picture that is missing, or is not what was checked."""
    try:
        return school.store.clean(sha256)
    except (OSError, ValueError) as error:
        raise NotFound from error
