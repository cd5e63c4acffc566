"""The schedule: what goes out when on each account, why then, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from gatekeeper.web.errors import NotFound
from gatekeeper.web.loading import visible_post
from gatekeeper.web.postlines import PostLine, post_line
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Caller, Visit
from gatekeeper.web.words import Clock, plain_date
from gatekeeper_queue.models import Approval, Post, Submission
from gatekeeper_queue.people import Act
from gatekeeper_queue.schedule import MOVES, CannotMove, move
from gatekeeper_queue.school import School
from gatekeeper_queue.school_days import WEEKEND
from gatekeeper_queue.slots import reasons_of
from gatekeeper_queue.states import PostState
from gatekeeper_queue.terms import Span
from gatekeeper_queue.timetable import Reason

router = APIRouter()

_PLANNED = (PostState.SCHEDULED, PostState.SENDING, PostState.UNKNOWN, PostState.FAILED)
_AHEAD = timedelta(days=60)
"""So far ahead the page names the days on which the school is closed."""
_DONE = {
    "now": "It goes out as soon as the school’s hours allow.",
    "moved": "Moved. Posts that were in its way have been put off.",
}


@dataclass(frozen=True)
class Planned:
    """One post that is to go out."""

    line: PostLine
    why: list[str]
    """What it waits for, in words."""
    note: str
    """What else one has to know: that it is overdue, or will be asked for again."""
    can_move: bool
    first: bool
    last: bool
    """On its account."""
    hurried: bool


@dataclass(frozen=True)
class Lane:
    """The posts of one account on one day."""

    place: str
    posts: list[Planned]


@router.get("/calendar")
def calendar(visit: SignedIn, done: str = "") -> Response:
    """What is to go out, by day and account."""
    return _show(visit, message=_DONE.get(done, ""))


@router.post("/posts/{post_id}/move")
def do_move(post_id: str, visit: SignedIn, form: Posted) -> Response:
    """Send it now, or before or after another post of its account."""
    visit.require(Act.ARRANGE)
    where = form.text("where")
    if where not in MOVES:
        raise NotFound
    try:
        with visit.school.database.write() as session:
            move(visit.school, session, visit.user, visible_post(session, visit, post_id), where)
    except CannotMove as refused:
        return _show(visit, problem=f"Nothing was moved. {refused}", status=409)
    return RedirectResponse(f"/calendar?done={'now' if where == 'now' else 'moved'}#{post_id}", 303)


def _show(visit: Visit, *, message: str = "", problem: str = "", status: int = 200) -> Response:
    visit.require(Act.SUBMIT)
    school = visit.school
    with school.database.read() as session:
        shown = planned_posts(visit, session)
    today = school.today()
    return visit.page(
        "calendar.html",
        status=status,
        days=_by_day(visit, shown),
        closed_today=school.days.why_closed(today),
        reopens=school.days.reopens(today),
        waits=not school.slots.default.on_closed_days,
        closures=_closures(school, today),
        last_term=_ending_term(school, today),
        message=message,
        problem=problem,
    )


def planned_posts(caller: Caller, session: Session) -> list[Planned]:
    """Everybody's for who may arrange them, else the person's own; in order of going out."""
    posts = _posts(session, caller)
    return [_planned(caller, session, post, posts) for post in posts]


def _posts(session: Session, caller: Caller) -> list[Post]:
    query = (
        select(Post).where(col(Post.state).in_(_PLANNED)).order_by(col(Post.due_at), col(Post.id))
    )
    if not caller.may(Act.ARRANGE):
        own = select(Submission.id).where(Submission.author_id == caller.user.id)
        query = query.where(col(Post.submission_id).in_(own))
    return list(session.exec(query))


def _planned(caller: Caller, session: Session, post: Post, posts: list[Post]) -> Planned:
    waiting = [
        one.id
        for one in posts
        if one.state == PostState.SCHEDULED
        and (one.channel, one.account_id) == (post.channel, post.account_id)
    ]
    can_move = post.id in waiting and caller.may(Act.ARRANGE)
    return Planned(
        line=post_line(session, post),
        why=_why(caller.school, post) if post.state == PostState.SCHEDULED else [],
        note=_note(caller.school, session, post),
        can_move=can_move,
        first=can_move and waiting[0] == post.id,
        last=can_move and waiting[-1] == post.id,
        hurried=bool(post.hurried_by),
    )


def _by_day(visit: Visit, shown: list[Planned]) -> dict[date, list[Lane]]:
    def day(one: Planned) -> date:
        return one.line.post.due_at.astimezone(visit.school.zone).date()

    def place(one: Planned) -> str:
        return one.line.post.place

    return {
        when: [
            Lane(where, list(posts)) for where, posts in groupby(sorted(of_day, key=place), place)
        ]
        for when, of_day in ((when, list(found)) for when, found in groupby(shown, day))
    }


def _why(school: School, post: Post) -> list[str]:
    clock = Clock(school.clock, school.zone)
    return [in_words(reason, clock) for reason in reasons_of(post)] or ["the next free time"]


def in_words(reason: Reason, clock: Clock) -> str:
    """What a post waits for: "Half-term until Mon 2 Nov"."""
    if reason.kind == "closed":
        name = reason.name[:1].upper() + reason.name[1:]
        return f"{name} until {_day(date.fromisoformat(reason.until))}"
    if reason.until:
        moment = clock.when(datetime.fromisoformat(reason.until))
        return _REASONS[reason.kind].format(moment)
    return _REASONS[reason.kind]


_REASONS = {
    "asked": "not before {}, as its author asked",
    "event": "not before what it tells of is over ({})",
    "hours": "the next hour in which posts go out",
    "times": "the next set time of this account",
    "spacing": "keeps its distance from the post before",
    "now": "a colleague said “now”",
    "moved": "a colleague moved it",
    "room": "a colleague put another post before it",
}


def _note(school: School, session: Session, post: Post) -> str:
    if post.state != PostState.SCHEDULED:
        return ""
    if post.due_at < school.clock() - timedelta(minutes=1):
        return "Its time has passed. It goes out as soon as it may, or asks a colleague again."
    approved_at = session.get_one(Approval, post.approval_id).approved_at
    good_until = approved_at + timedelta(days=school.slots.approval_days)
    if good_until < post.due_at:
        when = Clock(school.clock, school.zone).day(good_until)
        return f"Its approval is good until {when}. After that a colleague has to approve it again."
    return ""


def _closures(school: School, today: date) -> list[Span]:
    """When the school is closed in the near future, but for plain weekends."""
    found: list[Span] = []
    for number in range(_AHEAD.days):
        day = today + timedelta(days=number)
        name = school.days.why_closed(day)
        if not name or name == WEEKEND:
            continue
        if found and found[-1].name == name and school.days.reopens(found[-1].last) > day:
            found[-1] = Span(found[-1].first, day, name)
        else:
            found.append(Span(day, day, name))
    return found


def _ending_term(school: School, today: date) -> date | None:
    """The last day of the last term that is known, where that is near."""
    last = school.days.last_known
    return last if last is not None and last < today + _AHEAD else None


def _day(day: date) -> str:
    return f"{day:%a} {plain_date(day)}"
