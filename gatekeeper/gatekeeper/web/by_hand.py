"""Posts that a person puts on a site by hand: the pack, and what they say of it."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from gatekeeper.channels.by_hand.channel import ByHandChannel
from gatekeeper.composition import channel_opener
from gatekeeper.web.postlines import PostLine, post_line
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Caller, Visit
from gatekeeper_queue.by_hand import (
    BadAnswer,
    hand_out,
    open_tasks,
    say_gone,
    say_not_up,
    say_up,
    task_for,
)
from gatekeeper_queue.channel import ChannelError
from gatekeeper_queue.gate import held
from gatekeeper_queue.models import Post, Submission
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import HandTask
from gatekeeper_queue.school import School
from gatekeeper_queue.strays import strays_of
from gatekeeper_queue.submissions import photos_of

router = APIRouter()

_DONE = {
    "up": "Thank you. It is looked for there, and then counts as published.",
    "up-unseen": "Thank you. Its words were not found in the page, so later your word counts.",
    "not-up": "Noted: it was not put up.",
    "gone": "Thank you. It is looked for before it counts as gone.",
}


_NOT_NOW = "This is not approved as it is now. It is looked at again first; do not put it up."


@dataclass(frozen=True)
class TaskView:
    """One thing to do."""

    line: PostLine
    task: HandTask
    site: str
    down: bool
    stray: bool
    """It is up although it should not be."""


@router.get("/by-hand")
def by_hand_page(visit: SignedIn, done: str = "") -> Response:
    return _page(visit, message=_DONE.get(done, ""))


def _page(visit: Visit, *, message: str = "", problem: str = "", status: int = 200) -> Response:
    visit.require(Act.SUBMIT)
    with visit.school.database.read() as session:
        stopped = held(visit.school, session)
        tasks = task_views(visit, session)
    return visit.page(
        "by_hand.html",
        status=status,
        tasks=tasks,
        stopped=stopped,
        message=message,
        problem=problem,
    )


def task_views(caller: Caller, session: Session) -> list[TaskView]:
    """What this person is to put up or to take down."""
    return [
        TaskView(
            line=post_line(session, post),
            task=task,
            site=_site_of(caller, post).address,
            down=bool(post.removal_reason),
            stray=bool(strays_of(session, post.id)),
        )
        for task, post in open_tasks(session, caller.user, caller.school.clock())
    ]


@router.post("/by-hand/{post_id}/pack")
def pack(post_id: str, visit: SignedIn, form: Posted) -> Response:
    """The pictures without hidden data, and the texts, exactly as they were approved."""
    visit.require(Act.SUBMIT)
    try:
        data = pack_of(visit, post_id)
    except BadAnswer as error:
        return _page(visit, problem=str(error), status=409)
    headers = {"Content-Disposition": f'attachment; filename="post-{post_id[:8]}.zip"'}
    return Response(data, media_type="application/zip", headers=headers)


@router.post("/by-hand/{post_id}/up")
def up(post_id: str, visit: SignedIn, form: Posted) -> Response:
    """Where it is. The page is read, so that its absence can be told later."""
    visit.require(Act.SUBMIT)
    try:
        seen = put_up(visit, post_id, form.text("url").strip()[:2_000])
    except (BadAnswer, ChannelError) as error:
        return _page(visit, problem=str(error), status=422)
    return RedirectResponse(f"/by-hand?done={'up' if seen else 'up-unseen'}", 303)


@router.post("/by-hand/{post_id}/not-up")
def not_up(post_id: str, visit: SignedIn, form: Posted) -> Response:
    visit.require(Act.SUBMIT)
    try:
        with visit.school.database.write() as session:
            say_not_up(visit.school, session, visit.user, post_id)
    except BadAnswer as error:
        return _page(visit, problem=str(error), status=409)
    return RedirectResponse("/by-hand?done=not-up", 303)


@router.post("/by-hand/{post_id}/gone")
def gone(post_id: str, visit: SignedIn, form: Posted) -> Response:
    visit.require(Act.SUBMIT)
    try:
        with visit.school.database.write() as session:
            say_gone(visit.school, session, visit.user, post_id)
    except BadAnswer as error:
        return _page(visit, problem=str(error), status=409)
    return RedirectResponse("/by-hand?done=gone", 303)


def pack_of(caller: Caller, post_id: str) -> bytes:
    """A ZIP file, noted as handed out. Raises `BadAnswer`, also where it must not be put up."""
    school = caller.school
    with school.database.write() as session:
        if held(school, session):
            raise BadAnswer("Publishing is stopped at the moment. Fetch it later.")
        post = hand_out(school, session, caller.user, post_id)
        data = _zip(school, session, post) if post else b""
    if not data:  # what was noted of it stays
        raise BadAnswer(_NOT_NOW)
    return data


def put_up(caller: Caller, post_id: str, url: str) -> bool:
    """It is at this address. Were its words found in the page there? Raises `BadAnswer`,
    `ChannelError`."""
    school = caller.school
    with school.database.read() as session:
        _, post = task_for(session, caller.user, post_id)
        caption = session.get_one(Submission, post.submission_id).caption
    site = _site_of(caller, post)
    seen = site.says(url, caption)
    with school.database.write() as session:
        say_up(school, session, caller.user, post_id, url, site.address, seen=seen)
    return seen


def _site_of(caller: Caller, post: Post) -> ByHandChannel:
    channel = channel_opener(caller.school, caller.site.settings)(post)
    assert isinstance(channel, ByHandChannel)
    return channel


def _zip(school: School, session: Session, post: Post) -> bytes:
    submission = session.get_one(Submission, post.submission_id)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("text.txt", submission.caption)
        for number, row in enumerate(photos_of(session, submission.id), 1):
            archive.writestr(f"{number}.jpg", school.store.clean(row.clean_sha256 or ""))
            if row.alt:
                archive.writestr(f"{number} description.txt", row.alt)
    return file.getvalue()
