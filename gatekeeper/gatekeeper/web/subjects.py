"""Everything held about one child: to be handed out, or erased."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, select

from gatekeeper.subject import NoSuchChild, subject_file
from gatekeeper.web.errors import NotFound
from gatekeeper.web.postlines import post_lines
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_consent.erasing import digest_of, only_theirs
from gatekeeper_consent.models import Erasure, Pupil
from gatekeeper_queue.erasing import CannotErase, ask_to_erase, full_name, still_up
from gatekeeper_queue.people import Act
from gatekeeper_queue.states import OVER
from gatekeeper_queue.submissions import posts_of
from gatekeeper_queue.traces import traces_of

router = APIRouter()


@router.get("/register/{pupil_id}/held")
def held(pupil_id: str, visit: SignedIn) -> Response:
    """What there is, and what erasing would do."""
    return _page(visit, pupil_id)


def _page(
    visit: Visit, pupil_id: str, *, problem: str = "", typed: str = "", status: int = 200
) -> Response:
    visit.require(Act.EDIT_REGISTER)
    with visit.school.database.read() as session:
        asked = session.exec(select(Erasure).where(Erasure.digest == digest_of(pupil_id))).first()
        if asked and asked.done_at:
            return visit.page("erased.html", pupil_id=pupil_id, at=asked.done_at)
        pupil = _pupil(session, pupil_id)
        traces = traces_of(session, pupil_id)
        sure = [trace for trace in traces if trace.sure]
        posts = [post for trace in sure for post in posts_of(session, trace.submission.id)]
        up = post_lines(session, [post for post in posts if post.state not in OVER])
        in_the_way = still_up(session, pupil_id) if asked else 0
        guardians = len(only_theirs(session, pupil_id))
    return visit.page(
        "subject.html",
        status=status,
        pupil=pupil,
        name=full_name(pupil),
        submissions=len(sure),
        unclear=len(traces) - len(sure),
        up=up,
        guardians=guardians,
        asked=asked,
        in_the_way=in_the_way,
        typed=typed,
        problem=problem,
    )


@router.post("/register/{pupil_id}/held")
def download(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """One file with all of it; that it was handed out is on record."""
    visit.require(Act.EDIT_REGISTER)
    template = visit.site.templates.get_template("files/subject.html")
    try:
        data = subject_file(visit.school, pupil_id, template, actor=visit.user.id)
    except NoSuchChild as error:
        raise NotFound from error
    name = "".join(char if char.isascii() and char.isalnum() else "-" for char in pupil_id)
    headers = {"Content-Disposition": f'attachment; filename="held-{name}.zip"'}
    return Response(data, media_type="application/zip", headers=headers)


@router.post("/register/{pupil_id}/erase")
def erase(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """Begin to erase, once the name was typed."""
    visit.require(Act.EDIT_REGISTER)
    typed = form.text("name")
    try:
        with visit.school.database.write() as session:
            _pupil(session, pupil_id)
            ask_to_erase(visit.school, session, visit.user, pupil_id, typed)
    except CannotErase as refused:
        return _page(visit, pupil_id, problem=str(refused), typed=typed, status=422)
    return RedirectResponse(f"/register/{quote(pupil_id)}/held", 303)


def _pupil(session: Session, pupil_id: str) -> Pupil:
    pupil = session.get(Pupil, pupil_id)
    if pupil is None:
        raise NotFound
    return pupil
