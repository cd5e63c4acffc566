"""The review queue, one item of it, and what is decided of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from gatekeeper.web.entries import entry
from gatekeeper.web.errors import CHANGED_MEANWHILE, in_words
from gatekeeper.web.history import timeline
from gatekeeper.web.loading import visible_submission
from gatekeeper.web.looking import Looking
from gatekeeper.web.moments import NoSuchMoment
from gatekeeper.web.naming import Naming, Unreadable, earlier_claims, read_words
from gatekeeper.web.outings import AGAIN, OverForm, over_form, over_in
from gatekeeper.web.progress import steps_of
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper.web.views import submission_view
from gatekeeper_detectors.values import NOBODY
from gatekeeper_queue.comparing import comparable
from gatekeeper_queue.face_words import NAMEABLE, say_who
from gatekeeper_queue.models import Submission, User
from gatekeeper_queue.outings import outing_in
from gatekeeper_queue.people import Act, allowed
from gatekeeper_queue.review import approve, send_back, take_back
from gatekeeper_queue.schedule import why_asked_again
from gatekeeper_queue.states import SubmissionState
from gatekeeper_queue.submissions import may_be_live, photos_of
from gatekeeper_queue.verdicts import newest_verdict

router = APIRouter()

_QUEUE = (SubmissionState.FLAGGED, SubmissionState.CLEAR)
_RECENT = 10
_DONE = {
    "approved": "Approved. It goes out at its time. Here is what is next.",
    "returned": "Sent back to the author. Here is what is next.",
    "several": "Sent back to their authors.",
    "checking": "The register has changed since the check, so the rules run again first.",
    "taken-back": "Taken back: nothing was sent. The rules run once more, then decide anew.",
}


@router.get("/review")
def queue(visit: SignedIn, done: str = "", was: str = "") -> Response:
    return show_queue(visit, message=_DONE.get(done, ""), undo=_undo(visit, was))


def show_queue(
    visit: Visit,
    *,
    message: str = "",
    problem: str = "",
    undo: str = "",
    ticked: Collection[str] = (),
    reason: str = "",
    status: int = 200,
) -> Response:
    """What waits for a person, flagged items first, the oldest first; `ticked` and `reason` are
    what was filled in to send several back when it could not be done."""
    visit.require(Act.REVIEW)
    with visit.school.database.read() as session:
        waiting = [entry(session, row, visit.user) for row in waiting_rows(session)]
        rejected = session.exec(
            select(Submission)
            .where(Submission.state == SubmissionState.REJECTED)
            .order_by(col(Submission.changed_at).desc())
            .limit(_RECENT)
        ).all()
        recent = [entry(session, row, visit.user) for row in rejected]
        open_now = _looking(visit).by_item(visit.school.clock())
        lookers = {row: _names(session, visit, ids) for row, ids in open_now.items()}
    return visit.page(
        "queue.html",
        status=status,
        waiting=waiting,
        recent=recent,
        lookers=lookers,
        undo=undo,
        ticked=ticked,
        reason=reason,
        message=message,
        problem=problem,
    )


def waiting_rows(session: Session) -> list[Submission]:
    """What waits for a person, flagged items first, the oldest first."""
    rows = session.exec(
        select(Submission)
        .where(col(Submission.state).in_(_QUEUE))
        .order_by(col(Submission.changed_at))
    ).all()
    return sorted(rows, key=lambda row: row.state != SubmissionState.FLAGGED)


@router.get("/review/{submission_id}")
def item(submission_id: str, visit: SignedIn, done: str = "", was: str = "") -> Response:
    visit.require(Act.REVIEW)
    with visit.school.database.read() as session:
        own = visible_submission(session, visit, submission_id).author_id == visit.user.id
    if own:
        return RedirectResponse(f"/submissions/{submission_id}", 303)
    return show_item(visit, submission_id, message=_DONE.get(done, ""), undo=_undo(visit, was))


@router.get("/review/{submission_id}/looking.json")
def looking(submission_id: str, visit: SignedIn) -> dict[str, str]:
    """The page says that it is still open, and hears who else has it open."""
    visit.require(Act.REVIEW)
    with visit.school.database.read() as session:
        visible_submission(session, visit, submission_id)
        return {"others": _others(session, visit, submission_id)}


def show_item(
    visit: Visit,
    submission_id: str,
    *,
    message: str = "",
    problem: str = "",
    chosen: Mapping[str, str] | None = None,
    reason: str = "",
    over: OverForm | None = None,
    undo: str = "",
    status: int = 200,
) -> Response:
    """One item; `chosen`, `reason` and `over` are what was filled in when it could not be used."""
    with visit.school.database.read() as session:
        row = visible_submission(session, visit, submission_id)
        view = submission_view(visit.school, session, row)
        naming = Naming.of(visit.school, session, view)
        seen = newest_verdict(session, row)
        steps = steps_of(row, photos_of(session, row.id))
        events = timeline(session, row)
        earlier = earlier_claims(session, view)
        references = frozenset(comparable(visit.school, session, visit.user, row))
        outing = outing_in(visit.school, session, row)
        again = AGAIN.get(why_asked_again(session, row), "")
        others = _others(session, visit, submission_id)
        next_id = _after(session, visit, submission_id)
    return visit.page(
        "item.html",
        status=status,
        view=view,
        naming=naming,
        earlier=earlier,
        references=references,
        seen=seen,
        steps=steps,
        events=events,
        nobody=NOBODY,
        chosen=chosen or {},
        reason=reason,
        open=row.state in _QUEUE,
        outing=outing,
        over=over or over_form(outing, row, visit.school.zone),
        again=again,
        others=others,
        next_id=next_id,
        undo=undo,
        may_name=row.state in NAMEABLE,
        message=message,
        problem=problem,
    )


@router.post("/review/{submission_id}/approve")
def do_approve(submission_id: str, visit: SignedIn, form: Posted) -> Response:
    """Approve what was seen, and go on to the next item."""
    visit.require(Act.REVIEW)
    over = over_in(form)
    try:
        with visit.school.database.write() as session:
            row = visible_submission(session, visit, submission_id)
            next_id = _after(session, visit, submission_id)
            approve(
                visit.school,
                session,
                visit.user,
                row,
                form.number("seen"),
                over_at=over.moment(visit.school.zone),
                tells_nothing=over.tells_nothing,
            )
            approved = row.state == SubmissionState.APPROVED
    except (*CHANGED_MEANWHILE, NoSuchMoment) as refused:
        problem = _over(visit, submission_id) or in_words(refused)
        return show_item(visit, submission_id, problem=problem, over=over, status=409)
    if not approved:
        return RedirectResponse(f"/review/{submission_id}?done=checking", 303)
    return _next(visit, next_id, f"approved&was={submission_id}")


@router.post("/review/{submission_id}/undo")
def do_take_back(submission_id: str, visit: SignedIn, form: Posted) -> Response:
    """Take an approval back while nothing has been sent."""
    visit.require(Act.REVIEW)
    try:
        with visit.school.database.write() as session:
            row = visible_submission(session, visit, submission_id)
            take_back(visit.school, session, visit.user, row)
    except CHANGED_MEANWHILE as refused:
        return show_item(visit, submission_id, problem=in_words(refused), status=409)
    return RedirectResponse(f"/review/{submission_id}?done=taken-back", 303)


@router.post("/review/{submission_id}/send-back")
def do_send_back(submission_id: str, visit: SignedIn, form: Posted) -> Response:
    visit.require(Act.REVIEW)
    reason = form.text("reason")
    try:
        with visit.school.database.write() as session:
            row = visible_submission(session, visit, submission_id)
            next_id = _after(session, visit, submission_id)
            pictures = bool(form.text("pictures"))
            send_back(visit.school, session, visit.user, row, reason, for_the_pictures=pictures)
    except CHANGED_MEANWHILE as refused:
        return show_item(visit, submission_id, problem=in_words(refused), reason=reason, status=409)
    return _next(visit, next_id, "returned")


@router.post("/review/{submission_id}/faces")
def do_say_who(submission_id: str, visit: SignedIn, form: Posted) -> Response:
    """Record who the faces are; the rules run again with it."""
    visit.require(Act.REVIEW)
    chosen = {name: value for name, value in form.data.items() if isinstance(value, str)}
    try:
        with visit.school.database.write() as session:
            row = visible_submission(session, visit, submission_id)
            words = read_words(session, submission_view(visit.school, session, row), form)
            say_who(visit.school, session, visit.user, row, words)
    except (*CHANGED_MEANWHILE, Unreadable) as refused:
        problem = _over(visit, submission_id) or in_words(refused)
        return show_item(visit, submission_id, problem=problem, chosen=chosen, status=409)
    return RedirectResponse(f"/review/{submission_id}", 303)


def _over(visit: Visit, submission_id: str) -> str:
    """Where it is no longer to be decided, what it is now; empty while it is open."""
    with visit.school.database.read() as session:
        row = visible_submission(session, visit, submission_id)
        if row.state in _QUEUE:
            return ""
        words = entry(session, row, visit.user).words
    return f"Nothing was changed: this is not open for a decision now. It is “{words.word}”."


def _after(session: Session, visit: Visit, submission_id: str) -> str:
    """The item after this one that this person may review, from the top again after the last;
    empty where there is no other."""
    rows = waiting_rows(session)
    here = next((at for at, row in enumerate(rows) if row.id == submission_id), -1)
    others = (*rows[here + 1 :], *rows[: max(here, 0)])
    return next((row.id for row in others if row.author_id != visit.user.id), "")


def _next(visit: Visit, next_id: str, done: str) -> Response:
    """On to the next item, or to the queue when there is none."""
    _looking(visit).leaves(visit.user.id)
    return RedirectResponse(
        f"/review/{next_id}?done={done}" if next_id else f"/review?done={done}", 303
    )


def _undo(visit: Visit, submission_id: str) -> str:
    """The id again, where its approval can still be taken back; else empty."""
    if not submission_id:
        return ""
    with visit.school.database.read() as session:
        row = session.get(Submission, submission_id)
        if row is None or not allowed(visit.user, Act.REVIEW, author_id=row.author_id):
            return ""
        approved = row.state == SubmissionState.APPROVED and not may_be_live(session, row)
        return row.id if approved else ""


def _looking(visit: Visit) -> Looking:
    found: Looking = visit.request.app.state.looking
    return found


def _others(session: Session, visit: Visit, submission_id: str) -> str:
    """Colleagues who have the item open as well, by name; notes that this person has."""
    ids = _looking(visit).at(visit.user.id, submission_id, visit.school.clock())
    return _names(session, visit, ids)


def _names(session: Session, visit: Visit, ids: Sequence[str]) -> str:
    """ "Jo Vale and Sam Marsh", without the person who reads it."""
    found = [session.get_one(User, who).display_name for who in ids if who != visit.user.id]
    return " and ".join(found)
