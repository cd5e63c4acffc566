"""What became of withdrawals: which posts are gone, which are still up, and the letter."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Response
from sqlmodel import Session, col, select

from gatekeeper.web.errors import NotFound
from gatekeeper.web.letters import Letter, letter_of
from gatekeeper.web.loading import PAGE, page_number
from gatekeeper.web.postlines import PostLine, post_lines
from gatekeeper.web.security import SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_queue.models import Post
from gatekeeper_queue.people import Act
from gatekeeper_queue.record_models import Withdrawal

router = APIRouter()


@router.get("/withdrawals")
def withdrawals(visit: SignedIn, page: str = "1") -> Response:
    """All of them: what is not finished first, then the newest."""
    _require(visit)
    number = page_number(page)
    with visit.school.database.read() as session:
        rows = listed_withdrawals(session, number)
        letters = [letter_of(session, row) for row in rows[:PAGE]]
    return visit.page("withdrawals.html", letters=letters, number=number, more=len(rows) > PAGE)


def listed_withdrawals(session: Session, number: int) -> Sequence[Withdrawal]:
    """A page of them, counted from 1, and the first of the next page where there is one: what is
    not finished first, then the newest."""
    query = select(Withdrawal).order_by(
        col(Withdrawal.finished_at).is_not(None), col(Withdrawal.at).desc(), col(Withdrawal.id)
    )
    return session.exec(query.offset((number - 1) * PAGE).limit(PAGE + 1)).all()


@router.get("/withdrawals/{withdrawal_id}")
def withdrawal(withdrawal_id: str, visit: SignedIn) -> Response:
    """Each post of one withdrawal: gone, or still up in red with what is being done."""
    _require(visit)
    with visit.school.database.read() as session:
        row = _row(session, withdrawal_id)
        letter = letter_of(session, row)
        lines = _lines(session, row.posts)
        unclear = [line for line in _lines(session, row.unclear).values() if line.post.can_remove]
    return visit.page(
        "withdrawal.html",
        letter=letter,
        lines=lines,
        unclear=unclear,
        pupil_id=row.pupil_id,
        may_remove=visit.may(Act.TAKE_DOWN),
        coming_down=letter.coming_down,
    )


@router.get("/withdrawals/{withdrawal_id}/letter")
def letter_page(withdrawal_id: str, visit: SignedIn) -> Response:
    """The letter of confirmation, to be printed."""
    _require(visit)
    with visit.school.database.read() as session:
        letter = letter_of(session, _row(session, withdrawal_id))
    return show_letter(visit, letter, back=f"/withdrawals/{withdrawal_id}", own=False)


def show_letter(visit: Visit, letter: Letter, *, back: str, own: bool) -> Response:
    """`own`: the person who looks is the parent whose withdrawal it is."""
    today = visit.school.today()
    return visit.page("letter.html", letter=letter, back=back, own=own, today=today)


def _require(visit: Visit) -> None:
    """Who keeps the register, and who takes posts down."""
    if not visit.may(Act.EDIT_REGISTER):
        visit.require(Act.TAKE_DOWN)


def _row(session: Session, withdrawal_id: str) -> Withdrawal:
    found = session.get(Withdrawal, withdrawal_id)
    if found is None:
        raise NotFound
    return found


def _lines(session: Session, post_ids: Sequence[str]) -> dict[str, PostLine]:
    posts = session.exec(select(Post).where(col(Post.id).in_(post_ids))).all()
    return {line.post.id: line for line in post_lines(session, posts)}
