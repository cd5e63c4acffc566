"""Every post in one place: what waits, what is lost, what is up, and what can be done about it.

The technician sees to posts as well, and sees no captions, pictures or reasons here: they are
about children.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from gatekeeper.reconciling import Outcome, receipt_at, reconcile
from gatekeeper.web.errors import CHANGED_MEANWHILE, NotFound, in_words
from gatekeeper.web.history import EventView, post_history
from gatekeeper.web.loading import PAGE, page_number
from gatekeeper.web.post_filters import Filters, chips_of, wanted
from gatekeeper.web.postlines import PostLine, post_line, post_lines
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Caller, Visit
from gatekeeper.web.words import channel_name
from gatekeeper_queue.drift import FOUND
from gatekeeper_queue.models import Post
from gatekeeper_queue.operating import (
    WAITS,
    CannotOperate,
    may_be_settled,
    retry,
    settle_absent,
    settle_there,
)
from gatekeeper_queue.pausing import MAX_WHY, current_pause, pause, resume
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import HandTask
from gatekeeper_queue.states import PostState
from gatekeeper_queue.strays import strays_of

router = APIRouter()

_REFUSED = (CannotOperate, *CHANGED_MEANWHILE)
_MOVING = (PostState.SENDING, PostState.UNKNOWN, PostState.REMOVING)
_DONE = {
    "retry": "The worker takes it up now.",
    "there": "Noted where it is.",
    "absent": "Noted that it is not there. It is not sent again by itself.",
    "again": "The worker looks for them now.",
    "paused": "Publishing is paused.",
    "resumed": "Publishing goes on.",
}


@dataclass(frozen=True)
class Line:
    """A post in the list."""

    line: PostLine
    drift: str
    copies: int
    """How many copies of it must still be removed."""

    @property
    def red(self) -> bool:
        failed = self.line.post.state == PostState.FAILED or self.line.post.stubborn
        return failed or bool(self.drift or self.copies)


@router.get("/posts")
def posts_page(
    visit: SignedIn,
    show: str = "",
    channel: str = "",
    q: Annotated[str, Query(max_length=200)] = "",
    page: str = "1",
    done: str = "",
) -> Response:
    return _list(visit, Filters(show, channel, q.strip()), page_number(page), _DONE.get(done, ""))


@router.post("/posts/pause")
def do_pause(visit: SignedIn, form: Posted) -> Response:
    with visit.school.database.write() as session:
        pause(visit.school, session, visit.user, form.text("why"))
    return RedirectResponse("/posts?done=paused", 303)


@router.post("/posts/resume")
def do_resume(visit: SignedIn, form: Posted) -> Response:
    with visit.school.database.write() as session:
        resume(visit.school, session, visit.user)
    return RedirectResponse("/posts?done=resumed", 303)


@router.post("/posts/look")
def look_for_all(visit: SignedIn, form: Posted) -> Response:
    """Have the worker look for every lost post now; the page shows how it goes."""
    visit.require(Act.SEE_TO_POSTS)
    with visit.school.database.write() as session:
        for post in session.exec(select(Post).where(Post.state == PostState.UNKNOWN)).all():
            retry(visit.school, session, post, actor=visit.user.id)
    return RedirectResponse("/posts?show=unknown&done=again", 303)


@router.get("/posts/{post_id}")
def post_page(post_id: str, visit: SignedIn, done: str = "") -> Response:
    return _one(visit, post_id, message=_DONE.get(done, ""))


@router.post("/posts/{post_id}/retry")
def do_retry(post_id: str, visit: SignedIn, form: Posted) -> Response:
    """Try to send or to remove it, or look for it, now and not when it would be its turn."""
    visit.require(Act.SEE_TO_POSTS)
    try:
        with visit.school.database.write() as session:
            retry(visit.school, session, any_post(session, post_id), actor=visit.user.id)
    except _REFUSED as refused:
        return _one(visit, post_id, problem=in_words(refused), status=409)
    return RedirectResponse(f"/posts/{post_id}?done=retry", 303)


@router.post("/posts/{post_id}/look")
def do_look(post_id: str, visit: SignedIn, form: Posted) -> Response:
    """Look on the channel while the person waits, and say what was found."""
    visit.require(Act.SEE_TO_POSTS)
    outcome = look(visit, post_id)
    if outcome.settled:
        return _one(visit, post_id, message=outcome.says)
    return _one(visit, post_id, problem=outcome.says)


@router.post("/posts/{post_id}/settle")
def do_settle(post_id: str, visit: SignedIn, form: Posted) -> Response:
    """A person has looked on the channel and says what became of it."""
    visit.require(Act.TAKE_DOWN)
    there, address = form.text("there") == "yes", form.text("address").strip()
    try:
        settle(visit, post_id, address if there else None)
    except _REFUSED as refused:
        return _one(visit, post_id, problem=in_words(refused), address=address, status=409)
    return RedirectResponse(f"/posts/{post_id}?done={'there' if there else 'absent'}", 303)


def look(caller: Caller, post_id: str) -> Outcome:
    """Look for it on its channel now. Raises `NotFound`."""
    with caller.school.database.read() as session:
        post = any_post(session, post_id)
    return reconcile(caller.school, caller.site.settings, post)


def settle(caller: Caller, post_id: str, address: str | None) -> None:
    """It is at this address, or nowhere. Raises `NotFound`, `CannotOperate`."""
    school, actor = caller.school, caller.user.id
    with school.database.read() as session:
        post = any_post(session, post_id)
        if session.get(HandTask, post_id) is not None:
            raise CannotOperate("It is put up by hand. Say there whether it is up.")
    receipt = None
    if address is not None:
        receipt = receipt_at(school, caller.site.settings, post, address)
    with school.database.write() as session:
        stored = any_post(session, post_id)
        if receipt is not None:
            settle_there(school, session, stored, receipt, actor=actor)
        else:
            settle_absent(school, session, stored, actor=actor)


# --- the list -------------------------------------------------------------------------------


def _list(visit: Visit, filters: Filters, number: int, message: str) -> Response:
    visit.require(Act.SEE_TO_POSTS)
    reads = visit.may(Act.REVIEW)
    with visit.school.database.read() as session:
        lines, more = lines_of(session, filters, reads, number)
        chips = chips_of(session, filters)
        paused = current_pause(session)
        channels = session.exec(select(Post.channel).distinct().order_by(Post.channel)).all()
        moving = session.exec(select(Post.id).where(col(Post.state).in_(_MOVING)).limit(1)).first()
    return visit.page(
        "posts.html",
        filters=filters,
        lines=lines,
        chips=chips,
        channels=[(name, channel_name(name)) for name in channels],
        reads=reads,
        pause=paused,
        max_why=MAX_WHY,
        moving=moving is not None,
        number=number,
        more=more,
        message=message,
    )


def lines_of(
    session: Session, filters: Filters, reads: bool, number: int
) -> tuple[list[Line], bool]:
    """A page of the posts that are wanted, the latest first; is there another page?"""
    query = select(Post).where(*wanted(filters, reads)).order_by(col(Post.due_at).desc())
    rows = session.exec(query.offset((number - 1) * PAGE).limit(PAGE + 1)).all()
    lines = [
        Line(line, FOUND.get(row.drift, ""), len(strays_of(session, row.id)))
        for row, line in zip(rows, post_lines(session, rows[:PAGE]), strict=False)
    ]
    return lines, len(rows) > PAGE


# --- one post -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Buttons:
    """What this person can do about the post now."""

    retry: bool
    look: bool
    settle: bool
    take_down: bool


def _one(
    visit: Visit,
    post_id: str,
    *,
    message: str = "",
    problem: str = "",
    address: str = "",
    status: int = 200,
) -> Response:
    visit.require(Act.SEE_TO_POSTS)
    with visit.school.database.read() as session:
        row = any_post(session, post_id)
        line, copies = post_line(session, row), strays_of(session, row.id)
        events: list[EventView] = post_history(session, row)
        by_hand = session.get(HandTask, row.id) is not None
    sent = row.sends > 0 or bool(row.remote_id)
    buttons = Buttons(
        retry=row.state in (*WAITS, PostState.FAILED) or bool(copies),
        look=sent and row.state not in (PostState.SENDING, PostState.REMOVING),
        settle=visit.may(Act.TAKE_DOWN) and may_be_settled(row) and not by_hand,
        take_down=visit.may(Act.TAKE_DOWN) and (line.post.can_remove or line.post.can_cancel),
    )
    return visit.page(
        "post.html",
        status=status,
        row=row,
        line=line,
        copies=copies,
        drift=FOUND.get(row.drift, "") if row.state == PostState.LIVE else "",
        events=events,
        can=buttons,
        reads=visit.may(Act.REVIEW),
        moving=row.state in _MOVING and not by_hand,
        by_hand=by_hand,
        address=address,
        message=message,
        problem=problem,
    )


def any_post(session: Session, post_id: str) -> Post:
    """Anybody's, for who sees to posts. Raises `NotFound`."""
    found = session.get(Post, post_id)
    if found is None:
        raise NotFound
    return found
