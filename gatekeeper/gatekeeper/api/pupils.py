"""The register: what the families have said, and the office's changes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from gatekeeper.api.access import Known
from gatekeeper.api.problems import Unusable
from gatekeeper.api.pupil_shapes import (
    AnswerIn,
    Changed,
    GuardianOut,
    LeaveIn,
    NewPupil,
    PupilIn,
    PupilOut,
    ReasonIn,
    RecordOut,
    SaidOut,
    WithdrawIn,
    pupil_out,
)
from gatekeeper.api.shapes import Number, Page
from gatekeeper.api.withdrawals import WithdrawalOut
from gatekeeper.register_changes import Change
from gatekeeper.web.answer_form import Answered
from gatekeeper.web.answering import record, take_answer_back
from gatekeeper.web.changing import changing
from gatekeeper.web.errors import Conflict, NotFound
from gatekeeper.web.loading import RowId
from gatekeeper.web.register import Filters, found_pupils, pupil_view
from gatekeeper.web.said import guardian_views, said_views
from gatekeeper.web.site import Caller
from gatekeeper_consent.answers import Decision, Use
from gatekeeper_consent.consenting import NotNewest
from gatekeeper_consent.contents import RollRow
from gatekeeper_consent.finding import Matter
from gatekeeper_consent.ports import NotTheirGuardian, UnknownForm, UnknownPerson
from gatekeeper_consent.protecting import lift_protection, protect
from gatekeeper_consent.roll import add_pupil, change_pupil, come_back, leave
from gatekeeper_queue.people import Act
from gatekeeper_queue.withdrawing import withdraw_consent

router = APIRouter(prefix="/pupils", tags=["register"])
_MOST = 40
Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]


@router.get("")
def pupils(
    caller: Known,
    q: Word = "",
    class_name: Annotated[str, Query(alias="class", max_length=200)] = "",
    year: Annotated[str, Query(max_length=50)] = "",
    show: Literal[""] | Matter = "",
    use: Literal[""] | Use = "",
    number: Number = 1,
) -> Page[PupilOut]:
    """Look children up by name, class or id; the office also by what it has to see to."""
    caller.require(Act.LOOK_UP_CONSENT)
    may_edit = caller.may(Act.EDIT_REGISTER)
    filters = Filters(q, class_name, year, *((str(show), str(use)) if may_edit else ()))
    if filters.nothing and not may_edit:
        return Page(items=[], more=False)
    with caller.school.database.read() as session:
        found, total = found_pupils(
            session, filters, caller.school.today(), (number - 1) * _MOST, _MOST
        )
    return Page(items=[pupil_out(one) for one in found], more=total > number * _MOST)


@router.post("", status_code=201)
def new_pupil(sent: NewPupil, caller: Known) -> Changed:
    """A child who joins."""
    row = RollRow(pupil_id=sent.id, **sent.model_dump(exclude={"id"}))
    return change_child(
        caller, sent.id, lambda change: add_pupil(change.session, row, record=change.record)
    )


@router.get("/{pupil_id}")
def one_pupil(pupil_id: str, caller: Known) -> PupilOut:
    """One child, and what may be shown."""
    caller.require(Act.LOOK_UP_CONSENT)
    with caller.school.database.read() as session:
        return pupil_out(pupil_view(session, pupil_id, caller.school.today()))


@router.get("/{pupil_id}/record")
def pupil_record(pupil_id: str, caller: Known) -> RecordOut:
    """Who said what about the child, for the office."""
    caller.require(Act.EDIT_REGISTER)
    today = caller.school.today()
    with caller.school.database.read() as session:
        pupil = pupil_view(session, pupil_id, today)
        guardians = guardian_views(session, pupil_id)
        said = said_views(session, pupil_id, guardians, today)
    return RecordOut(
        pupil=pupil_out(pupil),
        guardians=[GuardianOut.of(one) for one in guardians],
        said=[SaidOut.of(one) for one in said],
    )


@router.put("/{pupil_id}")
def edit_pupil(pupil_id: str, sent: PupilIn, caller: Known) -> Changed:
    """A changed name or class: the same child, with the same number and answers."""
    row = RollRow(pupil_id=pupil_id, **sent.model_dump())
    return change_child(
        caller, pupil_id, lambda change: change_pupil(change.session, row, record=change.record)
    )


@router.post("/{pupil_id}/leave")
def do_leave(pupil_id: str, sent: LeaveIn, caller: Known) -> Changed:
    """From now on nothing is permitted, and the machine forgets the face."""
    today = caller.school.today()
    return change_child(
        caller,
        pupil_id,
        lambda change: leave(
            change.session, pupil_id, sent.left_on, today=today, record=change.record
        ),
    )


@router.post("/{pupil_id}/return")
def do_return(pupil_id: str, caller: Known) -> Changed:
    """On the roll again, with the answers on record."""
    return change_child(
        caller, pupil_id, lambda change: come_back(change.session, pupil_id, record=change.record)
    )


@router.post("/{pupil_id}/answers")
def record_answer(pupil_id: str, sent: AnswerIn, caller: Known) -> Changed:
    """Record a yes or a no for several uses at once."""
    today = caller.school.today()
    if sent.given_on > today:
        raise Unusable("Give the day of the answer: today, or a day before.")
    if sent.expires_on is not None and sent.expires_on <= today:
        raise Unusable("The day from which it no longer counts must be after today.")
    if sent.guardian_id is None and not sent.signed_by.strip():
        raise Unusable("Say who signed it: mother, father, guardian …")
    answer = Answered(
        uses=sent.uses,
        scopes=sent.scopes,
        decision=Decision(sent.decision),
        guardian_id=sent.guardian_id,
        signed_by=sent.signed_by.strip(),
        given_on=sent.given_on,
        expires_on=sent.expires_on if sent.decision == "yes" else None,
    )
    return change_child(
        caller,
        pupil_id,
        lambda change: record(caller, change, pupil_id, answer, sent.form_id),
    )


@router.post("/{pupil_id}/answers/{answer_id}/undo")
def undo_answer(pupil_id: str, answer_id: RowId, caller: Known) -> Changed:
    """Say again what was said before. What a parent said themselves is not the office's."""
    return change_child(
        caller, pupil_id, lambda change: take_answer_back(change, pupil_id, answer_id)
    )


@router.post("/{pupil_id}/withdraw", status_code=201)
def do_withdraw(pupil_id: str, sent: WithdrawIn, caller: Known) -> WithdrawalOut:
    """Take consent back: what is open is checked again, and what is up comes down."""
    caller.require(Act.EDIT_REGISTER)
    if not sent.uses:
        raise Unusable("Say what the family takes back.")
    school = caller.school
    with school.database.write() as session:
        pupil_view(session, pupil_id, school.today())
        row = withdraw_consent(
            school, session, pupil_id, sent.uses, given_by=sent.given_by, actor=caller.user.id
        )
        return WithdrawalOut.of(row)


@router.post("/{pupil_id}/protect")
def do_protect(pupil_id: str, sent: ReasonIn, caller: Known) -> Changed:
    """Never publish this child, whatever anybody agreed to; by the office or the head."""
    return change_child(
        caller,
        pupil_id,
        lambda change: protect(change.session, pupil_id, sent.reason, **change.entry),
        Act.LIFT_PROTECTION,
        Act.EDIT_REGISTER,
    )


@router.post("/{pupil_id}/unprotect")
def do_lift(pupil_id: str, sent: ReasonIn, caller: Known) -> Changed:
    """Let the answers on record count again; by the head alone."""
    return change_child(
        caller,
        pupil_id,
        lambda change: lift_protection(change.session, pupil_id, sent.reason, **change.entry),
        Act.LIFT_PROTECTION,
    )


def change_child(
    caller: Caller, pupil_id: str, act: Callable[[Change], object], *acts: Act
) -> Changed:
    """Change the register with all that follows from it, and send what it says then; for who
    may do one of `acts`, else for the office."""
    caller.require(*(acts or (Act.EDIT_REGISTER,)))
    with refusals(), changing(caller, pupil_id) as change:
        act(change)
    with caller.school.database.read() as session:
        pupil = pupil_out(pupil_view(session, pupil_id, caller.school.today()))
    return Changed(pupil=pupil, taken_down=change.taken_down)


@contextmanager
def refusals() -> Iterator[None]:
    """What the register refuses, as the API says it."""
    try:
        yield
    except UnknownPerson as error:
        raise NotFound from error
    except NotTheirGuardian as error:
        raise Unusable("This guardian has no say about the child.") from error
    except UnknownForm as error:
        raise Unusable("There is no such scan among this child’s forms.") from error
    except NotNewest as error:
        raise Conflict("A newer answer has followed this one. Read the record again.") from error
    except ValueError as error:
        raise Unusable(str(error)) from error
