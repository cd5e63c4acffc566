"""One child's page: for everybody what may be shown, for the office who said what and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from fastapi import APIRouter, Response
from sqlmodel import Session

from gatekeeper.web.answer_form import TypedAnswer
from gatekeeper.web.changing import told
from gatekeeper.web.face_views import face_card
from gatekeeper.web.letters import letter_of
from gatekeeper.web.postlines import PostLine, post_lines, posts_with
from gatekeeper.web.register import pupil_view
from gatekeeper.web.said import guardian_views, protection_views, said_views
from gatekeeper.web.security import SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_consent.finding import namesakes
from gatekeeper_consent.models import Pupil
from gatekeeper_consent.register import Use
from gatekeeper_queue.people import Act
from gatekeeper_queue.withdrawing import withdrawals_of

router = APIRouter()

_NOTHING = "Nothing was ticked. Tick what the family withdraws, or choose “Withdraw everything”."


class TypedGuardian(NamedTuple):
    """A guardian's form that could not be carried out, as it was filled in."""

    name: str = ""
    email: str = ""
    relation: str = ""


@router.get("/register/{pupil_id}")
def pupil_page(
    pupil_id: str, visit: SignedIn, withdrawn: str = "", done: str = "", down: str = ""
) -> Response:
    return show_pupil(
        visit,
        pupil_id,
        message=told(done, down),
        problem=_NOTHING if withdrawn == "nothing" else "",
    )


def show_pupil(
    visit: Visit,
    pupil_id: str,
    *,
    message: str = "",
    problem: str = "",
    typed: TypedAnswer | None = None,
    new_guardian: TypedGuardian | None = None,
    status: int = 200,
) -> Response:
    """The page; a form that could not be carried out comes back with what was `typed`."""
    visit.require(Act.LOOK_UP_CONSENT)
    may_edit, may_lift = visit.may(Act.EDIT_REGISTER), visit.may(Act.LIFT_PROTECTION)
    with visit.school.database.read() as session:
        pupil = pupil_view(session, pupil_id, visit.school.today())
        row = session.get_one(Pupil, pupil_id)
        same = namesakes(session, row)
        office = _for_the_office(visit, session, pupil_id) if may_edit else {}
        markings = protection_views(session, pupil_id) if may_edit or may_lift else []
    lines: Sequence[PostLine] = office.get("lines", ())
    return visit.page(
        "pupil.html",
        status=status,
        pupil=pupil,
        row=row,
        namesakes=same,
        may_edit=may_edit,
        may_protect=may_edit or may_lift,
        may_lift=may_lift,
        markings=markings,
        uses=list(Use),
        today=visit.school.today(),
        typed=typed or TypedAnswer.new(visit.school.today()),
        new_guardian=new_guardian or TypedGuardian(),
        coming_down=any(line.post.overdue_removal and not line.post.stubborn for line in lines),
        message=message,
        problem=problem,
        **({"lines": [], "letters": [], "said": [], "guardians": [], "faces": None} | office),
    )


def _for_the_office(visit: Visit, session: Session, pupil_id: str) -> dict[str, Any]:
    guardians = guardian_views(session, pupil_id)
    return {
        "faces": face_card(visit.school, session, pupil_id),
        "lines": post_lines(session, posts_with(session, pupil_id)),
        "letters": [letter_of(session, row) for row in withdrawals_of(session, pupil_id)],
        "guardians": guardians,
        "said": said_views(session, pupil_id, guardians, visit.school.today()),
    }
