"""Objections, the incident log and incident mode, withdrawals, and what must be looked at again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import Field
from sqlmodel import Session, col, select

from gatekeeper.api.access import Known
from gatekeeper.api.rows import from_row, known
from gatekeeper.api.shapes import Number, Page, PostOut, Shape, Text, post_out
from gatekeeper.web.loading import PAGE, visible_post
from gatekeeper.web.site import Caller
from gatekeeper.web.views import post_view
from gatekeeper_queue.expiry import answer_by, ask_about_everything, keep, waiting_for_answer
from gatekeeper_queue.expiry import objections as against
from gatekeeper_queue.freezing import ask_lift, confirm_lift, freeze, not_yet
from gatekeeper_queue.frozen import current_freeze
from gatekeeper_queue.incident_steps import STEPS, tick_step, ticks_of
from gatekeeper_queue.incidents import (
    FIELDS,
    MAX_TEXT,
    close_incident,
    edition,
    open_by_hand,
    save_incident,
    texts_of,
)
from gatekeeper_queue.models import Post, User
from gatekeeper_queue.objections import (
    acknowledge,
    acknowledge_by,
    answer_of,
    by_urgency,
    decline,
    uphold,
    words_of,
)
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import Incident, Objection, SampleCheck, Withdrawal
from gatekeeper_queue.sampling import Outcome, draw, judge_sample, may_check, to_check

router = APIRouter(tags=["safety"])
RowNumber = Annotated[int, Path(ge=0, lt=2**31)]
Part = Annotated[str, Field(max_length=MAX_TEXT, pattern=r"^[^\x00]*$")]


class ObjectionOut(Shape):
    """A parent's objection to a post."""

    id: str
    post: PostOut
    parent: str
    words: str
    at: datetime
    acknowledge_by: datetime
    acknowledged_at: datetime | None
    outcome: str
    """`upheld` or `declined`; empty until it is decided."""
    answer: str
    decided_at: datetime | None


class Decide(Shape):
    """The decision, and what the parent is told."""

    outcome: Literal["uphold", "decline"]
    answer: Text = ""


class Texts(Shape):
    """The five parts of an entry; those that are left out stay as they are."""

    happened: Part | None = None
    involved: Part | None = None
    found: Part | None = None
    done: Part | None = None
    conclusion: Part | None = None


class Written(Texts):
    """A new wording of an entry."""

    edition: str
    """The entry's `edition` that it follows."""


class StepOut(Shape):
    """One step of what to do."""

    id: str
    what: str
    done: bool


class Tick(Shape):
    """A step is done, or not after all."""

    step: str
    done: bool


class IncidentOut(Shape):
    """An entry of the incident log."""

    id: str
    kind: str
    subject: str
    opened_at: datetime
    closed_at: datetime | None
    edition: str
    """Changes with every change of the five parts."""
    texts: dict[str, str]
    steps: list[StepOut]
    evidence: int
    """How many posts are kept as evidence."""


class FreezeOut(Shape):
    """Incident mode."""

    frozen: bool
    incident_id: str = ""
    begun_at: datetime | None = None
    lift_asked: bool = False
    """One person has asked for it to be lifted; another confirms it."""


class Lift(Shape):
    """Ask for incident mode to be lifted, confirm that as another person, or say not yet."""

    act: Literal["ask", "confirm", "not yet"]


class AskedOut(Shape):
    """A live post that comes down unless somebody says that it may stay."""

    post: PostOut
    by: datetime
    against: list[str]
    """What the rules object to now."""


class SampleOut(Shape):
    """A post that is to be looked at again."""

    id: int
    post: PostOut
    drawn_at: datetime


class Judged(Shape):
    """What the second look found."""

    outcome: Outcome
    note: Text = ""


class WithdrawalOut(Shape):
    """A withdrawal, until everything is gone."""

    id: str
    pupil_id: str
    at: datetime
    uses: list[str]
    everything: bool
    posts: list[str]
    """Ids of the posts that come down because of it."""
    unclear: list[str]
    """Ids of posts whose words may name the child: a person must look."""
    finished_at: datetime | None
    """When the last of the posts was seen to be gone."""


# --- objections ---------------------------------------------------------------------------------


@router.get("/objections")
def objections(caller: Known) -> Page[ObjectionOut]:
    """What is urgent first."""
    caller.require(Act.DECIDE_OBJECTIONS)
    with caller.school.database.read() as session:
        rows = by_urgency(session)
        return Page(items=[_objection(caller, session, row) for row in rows], more=False)


@router.post("/objections/{objection_id}/acknowledge")
def do_acknowledge(objection_id: str, caller: Known) -> ObjectionOut:
    """Tell the parent that the school has seen it."""
    caller.require(Act.DECIDE_OBJECTIONS)
    with caller.school.database.write() as session:
        row = known(session, Objection, objection_id)
        acknowledge(caller.school, session, caller.user, row)
        return _objection(caller, session, row)


@router.post("/objections/{objection_id}/decide")
def do_decide(objection_id: str, sent: Decide, caller: Known) -> ObjectionOut:
    """Uphold it, so that the picture stays down for good, or decline it, with an answer."""
    caller.require(Act.DECIDE_OBJECTIONS)
    act = uphold if sent.outcome == "uphold" else decline
    with caller.school.database.write() as session:
        row = known(session, Objection, objection_id)
        act(caller.school, session, caller.user, row, sent.answer)
        return _objection(caller, session, row)


# --- the incident log and incident mode -----------------------------------------------------------


@router.get("/incidents")
def incidents(
    caller: Known, show: Literal["open", "closed", "all"] = "open", number: Number = 1
) -> Page[IncidentOut]:
    """The log, the newest first."""
    caller.require(Act.HANDLE_INCIDENTS)
    query = select(Incident).order_by(col(Incident.opened_at).desc(), col(Incident.id))
    if show != "all":
        is_open = col(Incident.closed_at).is_(None)
        query = query.where(is_open if show == "open" else ~is_open)
    with caller.school.database.read() as session:
        rows = session.exec(query.offset((number - 1) * PAGE).limit(PAGE + 1)).all()
        items = [_incident(caller, session, row) for row in rows[:PAGE]]
    return Page(items=items, more=len(rows) > PAGE)


@router.post("/incidents", status_code=201)
def new_incident(sent: Texts, caller: Known) -> IncidentOut:
    """An entry by hand. It says at least what happened."""
    caller.require(Act.HANDLE_INCIDENTS)
    with caller.school.database.write() as session:
        row = open_by_hand(caller.school, session, caller.user, _said(sent))
        return _incident(caller, session, row)


@router.get("/incidents/{incident_id}")
def one_incident(incident_id: str, caller: Known) -> IncidentOut:
    """One entry."""
    caller.require(Act.HANDLE_INCIDENTS)
    with caller.school.database.read() as session:
        return _incident(caller, session, known(session, Incident, incident_id))


@router.put("/incidents/{incident_id}")
def save(incident_id: str, sent: Written, caller: Known) -> IncidentOut:
    """Save parts of it."""
    caller.require(Act.HANDLE_INCIDENTS)
    with caller.school.database.write() as session:
        row = known(session, Incident, incident_id)
        save_incident(caller.school, session, caller.user, row, _said(sent), sent.edition)
        return _incident(caller, session, row)


@router.post("/incidents/{incident_id}/steps")
def tick(incident_id: str, sent: Tick, caller: Known) -> IncidentOut:
    """Note that a step is done, or is not."""
    caller.require(Act.HANDLE_INCIDENTS)
    with caller.school.database.write() as session:
        row = known(session, Incident, incident_id)
        tick_step(caller.school, session, caller.user, row, sent.step, done=sent.done)
        session.flush()
        return _incident(caller, session, row)


@router.post("/incidents/{incident_id}/close")
def do_close(incident_id: str, caller: Known) -> IncidentOut:
    """Close it: all five parts are written, and nothing is stopped because of it any more."""
    caller.require(Act.HANDLE_INCIDENTS)
    with caller.school.database.write() as session:
        row = known(session, Incident, incident_id)
        close_incident(caller.school, session, caller.user, row)
        return _incident(caller, session, row)


@router.get("/freeze")
def frozen(caller: Known) -> FreezeOut:
    """Is incident mode on?"""
    caller.require(Act.HANDLE_INCIDENTS)
    with caller.school.database.read() as session:
        return _freeze(session)


@router.post("/freeze")
def do_freeze(caller: Known) -> FreezeOut:
    """Stop everything, and take down what is on other sites."""
    caller.require(Act.HANDLE_INCIDENTS)
    with caller.school.database.write() as session:
        freeze(caller.school, session, caller.user)
        return _freeze(session)


@router.post("/freeze/lift")
def do_lift(sent: Lift, caller: Known) -> FreezeOut:
    """Two people lift it."""
    caller.require(Act.HANDLE_INCIDENTS)
    act = {"ask": ask_lift, "confirm": confirm_lift, "not yet": not_yet}[sent.act]
    with caller.school.database.write() as session:
        act(caller.school, session, caller.user)
        session.flush()
        return _freeze(session)


# --- looking again --------------------------------------------------------------------------------


@router.get("/re-audit")
def asked(caller: Known) -> Page[AskedOut]:
    """Live posts that come down unless they are kept, the most urgent first."""
    caller.require(Act.REVIEW)
    school = caller.school
    with school.database.read() as session:
        items = [
            AskedOut(
                post=post_out(post_view(session, post)),
                by=answer_by(school, post),
                against=[found.message for found in against(school, session, post)],
            )
            for post in waiting_for_answer(session)[:PAGE]
        ]
    return Page(items=items, more=len(items) == PAGE)


@router.post("/re-audit", status_code=204)
def begin(caller: Known) -> None:
    """Ask about everything that is live."""
    caller.require(Act.REVIEW)
    with caller.school.database.write() as session:
        ask_about_everything(caller.school, session, caller.user)


@router.post("/re-audit/{post_id}/keep", status_code=204)
def do_keep(post_id: str, caller: Known) -> None:
    """Say that it may stay; not about what one submitted oneself."""
    caller.require(Act.REVIEW)
    with caller.school.database.write() as session:
        keep(caller.school, session, caller.user, visible_post(session, caller, post_id))


@router.get("/sample")
def sample(caller: Known) -> Page[SampleOut]:
    """Posts of the random sample that this person is to look at again."""
    caller.require(Act.TAKE_DOWN)
    with caller.school.database.read() as session:
        rows = [one for one in to_check(session) if may_check(session, caller.user, one)]
        return Page(items=[_sample(session, row) for row in rows], more=False)


@router.post("/sample", status_code=204)
def do_draw(caller: Known) -> None:
    """Draw what is missing of this term's sample, and of the last one's."""
    caller.require(Act.TAKE_DOWN)
    this = caller.school.days.term_of(caller.school.today())
    with caller.school.database.write() as session:
        for term in (this, caller.school.days.term_before(this)):
            draw(caller.school, session, caller.user, term)


@router.post("/sample/{check_id}", status_code=204)
def do_judge(check_id: RowNumber, sent: Judged, caller: Known) -> None:
    """Say that it is right, or that something was missed and what."""
    caller.require(Act.TAKE_DOWN)
    with caller.school.database.write() as session:
        row = known(session, SampleCheck, check_id)
        judge_sample(caller.school, session, caller.user, row, sent.outcome, sent.note)


# --- withdrawals ----------------------------------------------------------------------------------


@router.get("/withdrawals")
def withdrawals(caller: Known, number: Number = 1) -> Page[WithdrawalOut]:
    """All of them: what is not finished first, then the newest."""
    caller.require(Act.EDIT_REGISTER, Act.TAKE_DOWN)
    query = select(Withdrawal).order_by(
        col(Withdrawal.finished_at).is_not(None), col(Withdrawal.at).desc(), col(Withdrawal.id)
    )
    with caller.school.database.read() as session:
        rows = session.exec(query.offset((number - 1) * PAGE).limit(PAGE + 1)).all()
    return Page(items=[from_row(WithdrawalOut, row) for row in rows[:PAGE]], more=len(rows) > PAGE)


@router.get("/withdrawals/{withdrawal_id}")
def withdrawal(withdrawal_id: str, caller: Known) -> WithdrawalOut:
    """How far a withdrawal is."""
    caller.require(Act.EDIT_REGISTER, Act.TAKE_DOWN)
    with caller.school.database.read() as session:
        return from_row(WithdrawalOut, known(session, Withdrawal, withdrawal_id))


def _objection(caller: Caller, session: Session, row: Objection) -> ObjectionOut:
    return ObjectionOut(
        id=row.id,
        post=post_out(post_view(session, session.get_one(Post, row.post_id))),
        parent=session.get_one(User, row.by).display_name,
        words=words_of(caller.school, row),
        at=row.at,
        acknowledge_by=acknowledge_by(row),
        acknowledged_at=row.acknowledged_at,
        outcome=row.outcome,
        answer=answer_of(caller.school, row),
        decided_at=row.decided_at,
    )


def _said(sent: Texts) -> dict[str, str]:
    return {name: text for name in FIELDS if (text := getattr(sent, name)) is not None}


def _incident(caller: Caller, session: Session, row: Incident) -> IncidentOut:
    ticks = ticks_of(session, row)
    return IncidentOut(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        edition=edition(row),
        texts=texts_of(caller.school, row),
        steps=[StepOut(id=one.id, what=one.says, done=one.id in ticks) for one in STEPS],
        evidence=len(row.evidence),
    )


def _freeze(session: Session) -> FreezeOut:
    row = current_freeze(session)
    if row is None:
        return FreezeOut(frozen=False)
    return FreezeOut(
        frozen=True,
        incident_id=row.incident_id,
        begun_at=row.begun_at,
        lift_asked=bool(row.lift_asked_by),
    )


def _sample(session: Session, row: SampleCheck) -> SampleOut:
    post = post_out(post_view(session, session.get_one(Post, row.post_id)))
    return SampleOut(id=row.id or 0, post=post, drawn_at=row.drawn_at)
