"""What is live and must be looked at again: the re-audit, and the random sample."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from sqlmodel import Session

from gatekeeper.api.access import Known
from gatekeeper.api.rows import known
from gatekeeper.api.shapes import Page, PostOut, Shape, Text, post_out
from gatekeeper.web.loading import PAGE, RowId, visible_post
from gatekeeper.web.sample import draw_missing
from gatekeeper.web.views import post_view
from gatekeeper_queue.expiry import answer_by, ask_about_everything, keep, waiting_for_answer
from gatekeeper_queue.expiry import objections as against
from gatekeeper_queue.models import Post
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import SampleCheck
from gatekeeper_queue.sampling import Outcome, judge_sample, may_check, to_check

router = APIRouter(tags=["safety"])


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
    draw_missing(caller)


@router.post("/sample/{check_id}", status_code=204)
def do_judge(check_id: RowId, sent: Judged, caller: Known) -> None:
    """Say that it is right, or that something was missed and what."""
    caller.require(Act.TAKE_DOWN)
    with caller.school.database.write() as session:
        row = known(session, SampleCheck, check_id)
        judge_sample(caller.school, session, caller.user, row, sent.outcome, sent.note)


def _sample(session: Session, row: SampleCheck) -> SampleOut:
    post = post_out(post_view(session, session.get_one(Post, row.post_id)))
    return SampleOut(id=row.id or 0, post=post, drawn_at=row.drawn_at)
