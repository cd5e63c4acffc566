"""Is everything running? The technician's first question, answered on one page.

It tells of no child: numbers and addresses alone.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta

from fastapi import APIRouter, Response
from sqlmodel import Session, col, func, select

from gatekeeper.outbox import stuck_notices
from gatekeeper.settings import Settings
from gatekeeper.web.post_filters import ATTENTION, needs_attention
from gatekeeper.web.security import SignedIn
from gatekeeper.web.site import Caller
from gatekeeper.web.views import BUSY
from gatekeeper.web.words import Clock, StateWords, account_name, count
from gatekeeper_queue.accounts import problems_of
from gatekeeper_queue.gate import held
from gatekeeper_queue.heartbeat import is_silent, last_beat
from gatekeeper_queue.models import Account, Meta, Post, Submission
from gatekeeper_queue.people import Act
from gatekeeper_queue.retention import SWEPT
from gatekeeper_queue.school import School
from gatekeeper_queue.states import PostState
from gatekeeper_queue.strays import still_up
from gatekeeper_queue.watching import WATCHED

router = APIRouter()

_SLOW = timedelta(minutes=15)
"""What has waited for so long is stuck."""
_GIGABYTE = 10**9
_LITTLE_ROOM = 2 * _GIGABYTE
_NO_ROOM = _GIGABYTE // 5


@dataclass(frozen=True)
class Fact:
    """One thing that runs, or does not."""

    about: str
    words: StateWords
    path: str = ""
    """The page that tells more; empty for none."""


@router.get("/status")
def status_page(visit: SignedIn) -> Response:
    """What runs, what waits, and what is to be seen to."""
    return visit.page("status.html", facts=facts_of(visit))


def facts_of(caller: Caller) -> list[Fact]:
    """Everything that must run, in the order in which it matters. Raises `NotAllowed`."""
    caller.require(Act.SEE_TO_POSTS)
    school = caller.school
    mail = "/outbox" if caller.may(Act.MANAGE_ACCOUNTS) else ""
    with school.database.read() as session:
        return [
            Fact("The worker", _worker(school, session)),
            Fact("Checking", _checking(school, session)),
            Fact("Sending", _sending(school, session), "/posts"),
            Fact("Taking down", _taking_down(school, session), "/posts"),
            Fact("Posts to look at", _to_look_at(session), f"/posts?show={ATTENTION}"),
            Fact("Accounts", _accounts(session), "/accounts"),
            Fact("Mail", _mail(caller.site.settings, session), mail),
            Fact("Every night", _nights(school, session), "/retention"),
            Fact("Room on the disk", _room(caller.site.settings)),
        ]


def _worker(school: School, session: Session) -> StateWords:
    seen = last_beat(session)
    start = "Nothing is checked, sent or taken down. Start it: gatekeeper worker."
    if seen is None:
        return StateWords("Never ran", start, "no")
    if is_silent(school, session):
        since = Clock(school.clock, school.zone).ago(seen)
        return StateWords("Not running", f"Its last sign of life was {since}. {start}", "no")
    return StateWords("Running", "It gave a sign of life just now.", "ok")


def _checking(school: School, session: Session) -> StateWords:
    query = select(func.count(), func.min(Submission.changed_at)).where(
        col(Submission.state).in_(BUSY)
    )
    number, oldest = session.exec(query).one()
    if not number:
        return StateWords("Nothing waits", "Everything that came in was checked.", "ok")
    waits = f"{count(number, 'submission')} waiting"
    if oldest > school.clock() - _SLOW:
        return StateWords("At work", f"{waits}.", "wait")
    since = Clock(school.clock, school.zone).ago(oldest)
    return StateWords("Slow", f"{waits}; the first came {since}. Look at the worker’s log.", "no")


def _sending(school: School, session: Session) -> StateWords:
    if why := held(school, session):
        return StateWords("Stopped", why, "ask")
    number = session.exec(
        select(func.count()).where(
            Post.state == PostState.SCHEDULED, col(Post.due_at) < school.clock() - _SLOW
        )
    ).one()
    if number:
        late = f"{count(number, 'post')} should have gone out more than 15 minutes ago."
        return StateWords("Late", late, "no")
    return StateWords("In time", "What was due has gone out.", "ok")


def _taking_down(school: School, session: Session) -> StateWords:
    number = len(session.exec(still_up(school.clock())).all())
    if not number:
        return StateWords("Nothing waits", "What had to come down is gone.", "ok")
    late = len(session.exec(still_up(school.clock() - _SLOW)).all())
    if late:
        up = f"{count(late, 'post')} can still be seen after more than 15 minutes."
        return StateWords("Late", up, "no")
    return StateWords("At work", f"{count(number, 'post')} coming down.", "wait")


def _to_look_at(session: Session) -> StateWords:
    number = session.exec(select(func.count()).select_from(Post).where(needs_attention())).one()
    if not number:
        return StateWords("None", "No post is lost, failed or changed.", "ok")
    what = "lost, failed, or not as approved"
    return StateWords(count(number, "post"), f"{count(number, 'post')} {what}.", "ask")


def _accounts(session: Session) -> StateWords:
    rows = session.exec(select(Account).where(col(Account.active))).all()
    bad = [account_name(row) for row in rows if problems_of(row)]
    if bad:
        return StateWords(
            f"{len(bad)} to mend", f"Something is to be mended: {', '.join(bad)}.", "ask"
        )
    if not rows:
        return StateWords("None", "Posts go to the pages here alone.", "off")
    return StateWords("In order", f"{count(len(rows), 'account')} in use.", "ok")


def _mail(settings: Settings, session: Session) -> StateWords:
    if not (settings.mails_people or settings.esafety_urls.get_secret_value().split()):
        return StateWords("Not set up", "Notices are seen on the pages alone.", "off")
    stuck = sum(one.number for one in stuck_notices(session))
    if stuck:
        return StateWords("Stuck", f"{count(stuck, 'notice')} not taken by a mail server.", "no")
    return StateWords("In order", "Every notice was taken.", "ok")


def _nights(school: School, session: Session) -> StateWords:
    marks = [session.get(Meta, name) for name in (SWEPT, WATCHED)]
    done = [mark.value for mark in marks if mark is not None]
    yesterday = (school.today() - timedelta(days=1)).isoformat()
    if any(night < yesterday for night in done):
        return StateWords("Missed", "The worker did not run last night.", "ask")
    if len(done) < len(marks):
        return StateWords("Not yet", "The first time is the night after the installation.", "wait")
    return StateWords("Done", "Old pictures were deleted, and the log was verified.", "ok")


def _room(settings: Settings) -> StateWords:
    free = shutil.disk_usage(settings.data).free
    left = f"{free / _GIGABYTE:.1f} GB free where the pictures are kept."
    if free < _NO_ROOM:
        return StateWords("Full", f"{left} Make room now: soon nothing can be saved.", "no")
    if free < _LITTLE_ROOM:
        return StateWords("Getting full", f"{left} Make room.", "ask")
    return StateWords("Enough", left, "ok")
