"""Live posts that somebody has to say may stay up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, select

from gatekeeper.web.errors import CHANGED_MEANWHILE, in_words
from gatekeeper.web.loading import visible_post
from gatekeeper.web.postlines import PostLine, post_line
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper.web.words import CONSENT_WORDS, StateWords, count
from gatekeeper_detectors.values import Answer, Register
from gatekeeper_queue.expiry import (
    answer_by,
    ask_about_everything,
    keep,
    objections,
    waiting_for_answer,
)
from gatekeeper_queue.models import Post, PostPerson, Submission
from gatekeeper_queue.people import Act, NotAllowed
from gatekeeper_queue.register_view import register_for

router = APIRouter()

_MOST = 25
"""So many are shown at once; each is judged anew for the page."""


@dataclass(frozen=True)
class Asked:
    """One live post, with who is in it and what they say today."""

    line: PostLine
    by: datetime
    people: list[tuple[str, StateWords | None]]
    """Name and answer; None for staff."""
    against: list[str]
    """What the rules object to now."""
    own: bool


_LOOKS = {Answer.YES: "ok", Answer.NO: "no", Answer.UNKNOWN: "ask"}


def _words(answer: Answer) -> StateWords:
    return StateWords(CONSENT_WORDS[answer], "", _LOOKS[answer])


@router.get("/re-audit")
def reaudit(visit: SignedIn, kept: str = "", asked: str = "") -> Response:
    message = "It stays up." if kept else ""
    if asked.isascii() and asked.isdecimal():
        message = f"{count(int(asked[:6]), 'post')} added. Each comes down unless it is kept."
    return _page(visit, message=message)


def _page(visit: Visit, *, message: str = "", problem: str = "", status: int = 200) -> Response:
    visit.require(Act.REVIEW)
    with visit.school.database.read() as session:
        posts = waiting_for_answer(session)
        registers: dict[str, Register] = {}
        shown = [_asked(visit, session, post, registers) for post in posts[:_MOST]]
    return visit.page(
        "reaudit.html",
        status=status,
        shown=shown,
        more=len(posts) - len(shown),
        periods=visit.school.periods,
        message=message,
        problem=problem,
    )


def _asked(visit: Visit, session: Session, post: Post, registers: dict[str, Register]) -> Asked:
    if post.channel not in registers:
        registers[post.channel] = register_for(session, post.channel, visit.school.today())
    register = registers[post.channel]
    ids = session.exec(select(PostPerson.person_id).where(PostPerson.post_id == post.id)).all()
    people: list[tuple[str, StateWords | None]] = []
    for who in sorted(ids, key=register.name_of):
        pupil = register.pupil_by_id.get(who)
        staff = who in register.staff_by_id
        answer = None if staff else _words(pupil.group if pupil else Answer.UNKNOWN)
        people.append((register.name_of(who), answer))
    author = session.get_one(Submission, post.submission_id).author_id
    return Asked(
        line=post_line(session, post),
        by=answer_by(visit.school, post),
        people=people,
        against=[found.message for found in objections(visit.school, session, post)],
        own=author == visit.user.id,
    )


@router.post("/re-audit")
def begin(visit: SignedIn, form: Posted) -> Response:
    """Ask about everything that is live."""
    visit.require(Act.REVIEW)
    with visit.school.database.write() as session:
        number = ask_about_everything(visit.school, session, visit.user)
    return RedirectResponse(f"/re-audit?asked={number}", 303)


@router.post("/re-audit/{post_id}/keep")
def do_keep(post_id: str, visit: SignedIn, form: Posted) -> Response:
    visit.require(Act.REVIEW)
    try:
        with visit.school.database.write() as session:
            keep(visit.school, session, visit.user, visible_post(session, visit, post_id))
    except NotAllowed:
        return _page(visit, problem="You submitted this post. Another person decides.", status=403)
    except CHANGED_MEANWHILE as refused:
        return _page(visit, problem=in_words(refused), status=409)
    return RedirectResponse("/re-audit?kept=1", 303)
