"""Everything held about one child: to be handed out, or erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, select

from gatekeeper.subject import NoSuchChild, subject_file
from gatekeeper.web.downloads import as_download
from gatekeeper.web.errors import NotFound
from gatekeeper.web.postlines import PostLine, post_lines
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Caller, Visit
from gatekeeper_consent.erasing import digest_of, only_theirs
from gatekeeper_consent.models import Erasure, Pupil
from gatekeeper_queue.erasing import CannotErase, ask_to_erase, full_name, still_up
from gatekeeper_queue.people import Act
from gatekeeper_queue.states import OVER
from gatekeeper_queue.submissions import posts_of
from gatekeeper_queue.traces import traces_of

router = APIRouter()


@dataclass(frozen=True)
class HeldView:
    """What there is about a child, and what erasing would do, or does."""

    pupil: Pupil
    name: str
    """To be typed before the child is erased."""
    submissions: int
    unclear: int
    """Texts that may name the child or another."""
    up: list[PostLine]
    """Posts that come down first."""
    guardians: int
    """Who had a say about no other child, and so go too."""
    asked: Erasure | None
    in_the_way: int
    """What must be over before the child is erased, once that was asked for."""


@router.get("/register/{pupil_id}/held")
def held(pupil_id: str, visit: SignedIn) -> Response:
    """What there is, and what erasing would do."""
    return _page(visit, pupil_id)


def _page(
    visit: Visit, pupil_id: str, *, problem: str = "", typed: str = "", status: int = 200
) -> Response:
    visit.require(Act.EDIT_REGISTER)
    erased = erased_at(visit, pupil_id)
    if erased:
        return visit.page("erased.html", pupil_id=pupil_id, at=erased)
    view = held_view(visit, pupil_id)
    return visit.page(
        "subject.html",
        status=status,
        pupil=view.pupil,
        name=view.name,
        submissions=view.submissions,
        unclear=view.unclear,
        up=view.up,
        guardians=view.guardians,
        asked=view.asked,
        in_the_way=view.in_the_way,
        typed=typed,
        problem=problem,
    )


def erased_at(caller: Caller, pupil_id: str) -> datetime | None:
    """When everything about the child was erased; None for one who was not."""
    with caller.school.database.read() as session:
        asked = _asked(session, pupil_id)
        return asked.done_at if asked else None


def held_view(caller: Caller, pupil_id: str) -> HeldView:
    """What there is about a child on the register. Raises `NotFound`."""
    with caller.school.database.read() as session:
        pupil, asked = _pupil(session, pupil_id), _asked(session, pupil_id)
        traces = traces_of(session, pupil_id)
        sure = [trace for trace in traces if trace.sure]
        posts = [post for trace in sure for post in posts_of(session, trace.submission.id)]
        return HeldView(
            pupil=pupil,
            name=full_name(pupil),
            submissions=len(sure),
            unclear=len(traces) - len(sure),
            up=post_lines(session, [post for post in posts if post.state not in OVER]),
            guardians=len(only_theirs(session, pupil_id)),
            asked=asked,
            in_the_way=still_up(session, pupil_id) if asked else 0,
        )


def _asked(session: Session, pupil_id: str) -> Erasure | None:
    return session.exec(select(Erasure).where(Erasure.digest == digest_of(pupil_id))).first()


@router.post("/register/{pupil_id}/held")
def download(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """One file with all of it; that it was handed out is on record."""
    return hand_out(visit, pupil_id)


def hand_out(caller: Caller, pupil_id: str) -> Response:
    """The file for the family. Raises `NotFound`."""
    caller.require(Act.EDIT_REGISTER)
    template = caller.site.templates.get_template("files/subject.html")
    try:
        data = subject_file(caller.school, pupil_id, template, actor=caller.user.id)
    except NoSuchChild as error:
        raise NotFound from error
    name = "".join(char if char.isascii() and char.isalnum() else "-" for char in pupil_id)
    return as_download(data, f"held-{name}.zip", "application/zip")


@router.post("/register/{pupil_id}/erase")
def erase(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """Begin to erase, once the name was typed."""
    typed = form.text("name")
    try:
        begin_to_erase(visit, pupil_id, typed)
    except CannotErase as refused:
        return _page(visit, pupil_id, problem=str(refused), typed=typed, status=422)
    return RedirectResponse(f"/register/{quote(pupil_id)}/held", 303)


def begin_to_erase(caller: Caller, pupil_id: str, typed: str) -> None:
    """Take everything down, and erase when it is gone. Raises `NotFound`, and `CannotErase`
    unless the child's name was typed."""
    caller.require(Act.EDIT_REGISTER)
    with caller.school.database.write() as session:
        _pupil(session, pupil_id)
        ask_to_erase(caller.school, session, caller.user, pupil_id, typed)


def _pupil(session: Session, pupil_id: str) -> Pupil:
    pupil = session.get(Pupil, pupil_id)
    if pupil is None:
        raise NotFound
    return pupil
