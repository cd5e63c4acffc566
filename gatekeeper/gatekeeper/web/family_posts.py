"""The posts for parents, which nobody sees who is not signed in (P11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from gatekeeper.web.breaks import NOT_ON_BREAK
from gatekeeper.web.errors import NotFound
from gatekeeper.web.loading import page_number
from gatekeeper.web.news import PAGE, sizes_of, was_taken_down
from gatekeeper.web.own_children import own_children
from gatekeeper.web.pictures import clean_picture, is_shown
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Caller
from gatekeeper_queue.models import NewsItem, Post, Submission
from gatekeeper_queue.objections import object_to
from gatekeeper_queue.own_pages import OWN_PAGES, shown_elsewhere, shown_items
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import Objection

router = APIRouter(dependencies=[NOT_ON_BREAK])

_LINES = 30


@router.get("/family/posts")
def posts(visit: SignedIn, page: str = "1") -> Response:
    """What is on the website and in the parents' area, the newest first."""
    number = page_number(page)
    with visit.school.database.read() as session:
        query = shown_items(*channels_seen(session, visit))
        items = session.exec(query.offset((number - 1) * PAGE).limit(PAGE + 1)).all()
        sizes = sizes_of(session, items)
    return visit.page(
        "family_posts.html",
        items=items[:PAGE],
        number=number,
        more=len(items) > PAGE,
        sizes=sizes,
        may_object=visit.may(Act.OWN_CHILDREN),
    )


@dataclass(frozen=True)
class Elsewhere:
    """A post on somebody else's site."""

    id: str
    channel: str
    url: str
    live_at: datetime | None
    text: str


@router.get("/family/posts/elsewhere")
def elsewhere(visit: SignedIn, page: str = "1") -> Response:
    """What the school has on other sites: a parent may object to that as well (G05)."""
    visit.require(Act.OWN_CHILDREN)
    number = page_number(page)
    with visit.school.database.read() as session:
        query = shown_elsewhere().offset((number - 1) * _LINES).limit(_LINES + 1)
        lines = [_elsewhere(session, row) for row in session.exec(query)]
    return visit.page(
        "family_elsewhere.html", lines=lines[:_LINES], number=number, more=len(lines) > _LINES
    )


def _elsewhere(session: Session, row: Post) -> Elsewhere:
    caption = session.get_one(Submission, row.submission_id).caption
    return Elsewhere(row.id, row.channel, row.url, row.live_at, caption)


@router.get("/family/posts/pictures/{sha256}.jpg")
def picture(sha256: str, visit: SignedIn) -> Response:
    """A picture of an item, for those who may see the item; no cache keeps it."""
    with visit.school.database.read() as session:
        if not is_shown(session, sha256, *channels_seen(session, visit)):
            raise NotFound
    return Response(clean_picture(visit.school, sha256), media_type="image/jpeg")


@router.get("/family/posts/{post_id}")
def post(post_id: str, visit: SignedIn) -> Response:
    """One item; one that was taken down says so."""
    with visit.school.database.read() as session:
        channels = channels_seen(session, visit)
        item = session.exec(shown_items(*channels).where(NewsItem.post_id == post_id)).first()
        sizes = sizes_of(session, [item] if item else [])
        row = session.get(Post, post_id)
    if item is None:
        if row is None or row.channel not in channels or not was_taken_down(row):
            raise NotFound
        return visit.page("family_gone.html", status=410)
    may_object = visit.may(Act.OWN_CHILDREN)
    return visit.page("family_post.html", item=item, sizes=sizes, may_object=may_object)


@router.get("/family/posts/{post_id}/object")
def object_page(post_id: str, visit: SignedIn) -> Response:
    """One tap more, and words for those who want to say something."""
    visit.require(Act.OWN_CHILDREN)
    with visit.school.database.read() as session:
        item, other = _to_object_to(session, visit, post_id)
    return visit.page("family_object.html", post_id=post_id, item=item, other=other)


@router.post("/family/posts/{post_id}/object")
def do_object(post_id: str, visit: SignedIn, form: Posted) -> Response:
    """Hide it first, ask later (G05)."""
    row = object_for(visit, post_id, form.text("words"))
    return RedirectResponse(f"/family/objections/{row.id}", 303)


def object_for(caller: Caller, post_id: str, words: str) -> Objection:
    """A parent's objection to what they may see. Raises `NotAllowed`, `NotFound`."""
    caller.require(Act.OWN_CHILDREN)
    with caller.school.database.write() as session:
        _to_object_to(session, caller, post_id)
        post = session.get_one(Post, post_id)
        return object_to(caller.school, session, caller.user, post, words)


def _to_object_to(
    session: Session, caller: Caller, post_id: str
) -> tuple[NewsItem | None, Elsewhere | None]:
    """What the parent may see now: an item of the school's own pages, or a post on another
    site. Raises `NotFound`."""
    shown = shown_items(*channels_seen(session, caller)).where(NewsItem.post_id == post_id)
    if (item := session.exec(shown).first()) is not None:
        return item, None
    row = session.exec(shown_elsewhere().where(Post.id == post_id)).first()
    if row is None:
        raise NotFound
    return None, _elsewhere(session, row)


def channels_seen(session: Session, caller: Caller) -> tuple[str, ...]:
    """What the person may see: staff and parents of children at the school everything, parents
    of those who left what is public. Raises `NotAllowed`.
    """
    if caller.may(Act.LOOK_UP_CONSENT):
        return OWN_PAGES
    caller.require(Act.OWN_CHILDREN)
    here = any(child.left_on is None for child in own_children(session, caller.user))
    return OWN_PAGES if here else ("website",)
