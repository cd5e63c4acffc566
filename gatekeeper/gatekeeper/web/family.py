"""A parent's own children: what may be published of them, changed in two taps (G04, P11).

Every route asks first whose parent it is; another child is as if it did not exist.
"""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from gatekeeper.web.errors import Conflict, NotFound
from gatekeeper.web.family_views import child_view, is_alone, relation_of
from gatekeeper.web.letters import fate_of, letter_of
from gatekeeper.web.own_children import (
    GIVEN_BY,
    own_child,
    own_children,
    recorder,
    refuse_unasked,
)
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Caller, Visit
from gatekeeper.web.withdrawals import show_letter
from gatekeeper_consent.models import Pupil
from gatekeeper_consent.register import (
    Answer,
    Decision,
    Scope,
    Use,
    give_biometric,
    set_consent,
    withdraw_biometric,
)
from gatekeeper_consent.supposing import answer_if
from gatekeeper_queue.appearing import appearances
from gatekeeper_queue.models import User
from gatekeeper_queue.notices import tell
from gatekeeper_queue.objections import answer_of, still_seen
from gatekeeper_queue.people import Act
from gatekeeper_queue.recheck import register_changed
from gatekeeper_queue.recognition import recognises, tell_guardians
from gatekeeper_queue.record_models import Objection, Withdrawal
from gatekeeper_queue.withdrawing import follow_answer, withdraw_consent

router = APIRouter()

_TOLD = {
    "answer": "Your answer is recorded.",
    "answers": "Your answers are recorded.",
    "outweighed": "Your yes is recorded. While another no stands, that no counts.",
    "withdrawn": "Everything is taken back. See below what becomes of it.",
    "recognition": "Your answer about recognition is recorded.",
}


@router.get("/family")
def family(visit: SignedIn, told: str = "") -> Response:
    """My children, with what is permitted; my objections and withdrawals."""
    visit.require(Act.OWN_CHILDREN)
    school, user = visit.school, visit.user
    with school.database.read() as session:
        children = [child_view(school, session, user, one) for one in own_children(session, user)]
        letters = [letter_of(session, row) for row in own_withdrawals(session, user)]
        objections = own_objections(session, user)
    return visit.page(
        "family.html",
        children=children,
        letters=letters,
        objections=objections,
        coming_down=any(letter.coming_down for letter in letters),
        message=_told(visit, told),
    )


def _told(visit: Visit, told: str) -> str:
    """What was done; by mail it is confirmed only where there is mail."""
    if told not in _TOLD:
        return ""
    by = "An e-mail confirms it." if visit.site.settings.mails_people else "A notice confirms it."
    return f"{_TOLD[told]} {by}"


# --- one answer: the first tap asks, the second confirms -------------------------------------


@router.get("/family/children/{pupil_id}/answer")
def answer_page(
    pupil_id: str, visit: SignedIn, use: str = "", scope: str = "", decision: str = ""
) -> Response:
    """What the answer would do."""
    visit.require(Act.OWN_CHILDREN)
    asked = _asked(use, scope, decision)
    with visit.school.database.read() as session:
        child = _child(session, visit, pupil_id)
        refuse_unasked(session, child)
        yes = asked[2] is Decision.YES
        up = 0 if yes else _up(session, child, [asked[0]])
        comes_to = answer_if(
            session, pupil_id, *asked, guardian_id=visit.user.guardian_id, on=visit.school.today()
        )
        alone = is_alone(session, pupil_id)
    return visit.page(
        "family_answer.html",
        name=child.preferred_name or child.first_name,
        child=child,
        use=asked[0].value,
        scope=asked[1].value,
        yes=yes,
        up=up,
        counts=not yes or comes_to is Answer.YES,
        alone=alone,
    )


@router.post("/family/children/{pupil_id}/answer")
def do_answer(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """Record it as this guardian's own answer, with all that follows."""
    visit.require(Act.OWN_CHILDREN)
    asked = _asked(form.text("use"), form.text("scope"), form.text("decision"))
    outweighed = answer_for(visit, pupil_id, *asked)
    return _back("outweighed" if outweighed else "answer")


def answer_for(caller: Caller, pupil_id: str, use: Use, scope: Scope, decision: Decision) -> bool:
    """Record a parent's own answer with all that follows; does another's no outweigh it?

    Raises `NotAllowed`, `NotFound`, `Conflict`.
    """
    school, user = caller.school, caller.user
    with school.database.write() as session:
        child = _child(session, caller, pupil_id)
        refuse_unasked(session, child)
        change = set_consent(
            session,
            pupil_id,
            use,
            scope,
            decision,
            given_by=relation_of(session, user, pupil_id) or GIVEN_BY,
            given_on=school.today(),
            guardian_id=user.guardian_id,
            recorded_by=user.id,
            now=school.clock(),
            record=recorder(caller, session),
        )
        follow_answer(school, session, change, actor=user.id, guardian_id=user.guardian_id)
        tell(school, session, "consent-changed", pupil_id, users=[user.id])
    return decision is Decision.YES and change.after is not Answer.YES


def _asked(use: str, scope: str, decision: str) -> tuple[Use, Scope, Decision]:
    """Raises `NotFound` for what there is not."""
    try:
        asked = Use(use), Scope(scope), Decision(decision)
    except ValueError as error:
        raise NotFound from error
    if asked[2] not in (Decision.YES, Decision.NO):
        raise NotFound
    return asked


# --- everything at once ------------------------------------------------------------------------


@router.get("/family/children/{pupil_id}/withdraw")
def withdraw_page(pupil_id: str, visit: SignedIn) -> Response:
    with visit.school.database.read() as session:
        child = _child(session, visit, pupil_id)
        up = _up(session, child, list(Use))
    name = child.preferred_name or child.first_name
    return visit.page("family_withdraw.html", name=name, child=child, up=up)


@router.post("/family/children/{pupil_id}/withdraw")
def do_withdraw(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    withdraw_for(visit, pupil_id)
    return _back("withdrawn")


def withdraw_for(caller: Caller, pupil_id: str) -> None:
    """Take back everything that this parent ever agreed to. Raises `NotAllowed`, `NotFound`."""
    school, user = caller.school, caller.user
    with school.database.write() as session:
        _child(session, caller, pupil_id)
        withdraw_consent(
            school,
            session,
            pupil_id,
            "all",
            given_by=relation_of(session, user, pupil_id) or GIVEN_BY,
            actor=user.id,
            guardian_id=user.guardian_id,
        )
        tell(school, session, "consent-changed", pupil_id, users=[user.id])


# --- recognition by the machine ------------------------------------------------------------------


@router.get("/family/children/{pupil_id}/recognition")
def recognition_page(pupil_id: str, visit: SignedIn, decision: str = "no") -> Response:
    """What it means, before anybody agrees to it (G02)."""
    with visit.school.database.read() as session:
        child = _child(session, visit, pupil_id)
        if decision == "yes" and not recognises(visit.school, session):
            raise NotFound
    name = child.preferred_name or child.first_name
    return visit.page("family_recognition.html", name=name, child=child, yes=decision == "yes")


@router.post("/family/children/{pupil_id}/recognition")
def do_recognition(pupil_id: str, visit: SignedIn, form: Posted) -> Response:
    """Give it, or take it back: then what was learnt is deleted at once."""
    decision = form.text("decision")
    if decision not in ("yes", "no"):
        raise NotFound
    recognition_for(visit, pupil_id, decision == "yes")
    return _back("recognition")


def recognition_for(caller: Caller, pupil_id: str, yes: bool) -> None:
    """A parent's own yes or no to recognition. Raises `NotAllowed`, `NotFound`, `Conflict`."""
    school, user = caller.school, caller.user
    with school.database.write() as session:
        child = _child(session, caller, pupil_id)
        given_by = relation_of(session, user, pupil_id) or GIVEN_BY
        record = recorder(caller, session)
        if yes:
            if child.left_on is not None or not recognises(school, session):
                raise Conflict("No faces are learnt here at present. Nothing was changed.")
            give_biometric(
                session, pupil_id, given_by=given_by, given_on=school.today(),
                guardian_id=user.guardian_id, recorded_by=user.id, now=school.clock(),
                record=record,
            )  # fmt: skip
            tell_guardians(school, session, pupil_id, but=user.guardian_id)
        else:
            withdraw_biometric(
                session, pupil_id, given_by=given_by, on=school.today(),
                guardian_id=user.guardian_id, recorded_by=user.id, now=school.clock(),
                record=record,
            )  # fmt: skip
        register_changed(school, session, [pupil_id], actor=user.id)
        tell(school, session, "consent-changed", pupil_id, users=[user.id])


# --- letters and objections of one's own ---------------------------------------------------------


@router.get("/family/withdrawals/{withdrawal_id}")
def own_letter(withdrawal_id: str, visit: SignedIn) -> Response:
    """The letter of confirmation of a withdrawal of one's own."""
    visit.require(Act.OWN_CHILDREN)
    with visit.school.database.read() as session:
        rows = {row.id: row for row in own_withdrawals(session, visit.user)}
        if withdrawal_id not in rows:
            raise NotFound
        letter = letter_of(session, rows[withdrawal_id])
    return show_letter(visit, letter, back="/family", own=True)


@router.get("/family/objections/{objection_id}")
def own_objection(objection_id: str, visit: SignedIn) -> Response:
    """What has become of an objection of one's own."""
    visit.require(Act.OWN_CHILDREN)
    with visit.school.database.read() as session:
        row = own_objection_of(session, visit.user, objection_id)
        fates = [fate_of(post) for post in still_seen(session, row)]
    return visit.page(
        "family_objection.html",
        row=row,
        fates=fates,
        mails=visit.site.settings.mails_people,
        coming_down=any(not fate.error for fate in fates),
        answer=answer_of(visit.school, row),
    )


def own_withdrawals(session: Session, user: User) -> list[Withdrawal]:
    """This guardian's own, of children of theirs today; another's are not theirs to know."""
    children = [child.pupil_id for child in own_children(session, user)]
    query = select(Withdrawal).where(
        col(Withdrawal.pupil_id).in_(children), Withdrawal.guardian_id == user.guardian_id
    )
    return list(session.exec(query.order_by(col(Withdrawal.at).desc())))


def own_objection_of(session: Session, user: User, objection_id: str) -> Objection:
    """One of theirs. Raises `NotFound`."""
    row = session.get(Objection, objection_id)
    if row is None or row.by != user.id:
        raise NotFound
    return row


def own_objections(session: Session, user: User) -> list[Objection]:
    query = select(Objection).where(Objection.by == user.id)
    return list(session.exec(query.order_by(col(Objection.at).desc())))


# --- what the routes share -----------------------------------------------------------------------


def _child(session: Session, caller: Caller, pupil_id: str) -> Pupil:
    """Raises `NotAllowed` for who is no parent, `NotFound` for another's child."""
    caller.require(Act.OWN_CHILDREN)
    return own_child(session, caller.user, pupil_id)


def _up(session: Session, child: Pupil, uses: list[Use]) -> int:
    """How many posts on these channels show the child."""
    channels = {use.value for use in uses}
    return sum(
        child.pupil_id in found.sure and found.post.channel in channels
        for found in appearances(session, [child.pupil_id])
    )


def _back(told: str) -> Response:
    return RedirectResponse(f"/family?told={told}", 303)
