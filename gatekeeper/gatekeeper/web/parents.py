"""The list of parents' accounts: who has one, who is invited, who may not any more (P11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

import sqlalchemy as sa
from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from gatekeeper.invitations import (
    VALID,
    AccountState,
    CannotInvite,
    account_states,
    close,
    invite,
    revoke,
)
from gatekeeper.web.errors import Conflict, NotFound
from gatekeeper.web.loading import page_number
from gatekeeper.web.qr import qr_code
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_consent.models import Guardian, Guardianship, Pupil
from gatekeeper_consent.people import folded
from gatekeeper_detectors.values import classes_in
from gatekeeper_queue.people import Act

router = APIRouter()

_PAGE = 50
_NOTHING = AccountState(None, None, None)
SHOWN = {"all": "All", "account": "With an account", "invited": "Invited", "none": "Without"}
"""What the list can be narrowed to."""


class ChildOf(NamedTuple):
    """A child, as the list of parents names it."""

    id: str
    name: str
    class_name: str
    here: bool
    """Has not left the school."""

    def is_in(self, class_name: str) -> bool:
        return class_name in classes_in(self.class_name)


@dataclass(frozen=True)
class ParentLine:
    """A guardian with the children they have a say about, and their account."""

    id: str
    name: str
    email: str
    children: list[ChildOf]
    state: AccountState

    @property
    def kind(self) -> str:
        if self.state.open:
            return "account"
        return "invited" if self.state.invited_until else "none"

    @property
    def last_sign_in(self) -> datetime | None:
        return self.state.last_sign_in

    def fits(self, words: list[str]) -> bool:
        told = f"{self.name} {self.email} {' '.join(child.name for child in self.children)}"
        tokens = folded(told).split()
        return all(any(token.startswith(word) for token in tokens) for word in words)


@router.get("/parents")
def parents(visit: SignedIn, q: str = "", show: str = "all", page: str = "1") -> Response:
    """Everybody who has a say about a child, and who still has an account."""
    visit.require(Act.EDIT_REGISTER)
    number, words = page_number(page), folded(q).split()
    show = show if show in SHOWN else "all"
    start = (number - 1) * _PAGE
    with visit.school.database.read() as session:
        everybody = guardian_lines(
            session, account_states(visit.school, session), children=bool(words)
        )
        counts = Counter(line.kind for line in everybody)
        found = [line for line in everybody if show in ("all", line.kind) and line.fits(words)]
        lines = found[start : start + _PAGE]
        if not words:
            children = _children(session, [line.id for line in lines])
            lines = [replace(line, children=children.get(line.id, [])) for line in lines]
    return visit.page(
        "parents.html",
        lines=lines,
        found=len(found),
        q=q,
        show=show,
        shown=SHOWN,
        counts={**{name: counts[name] for name in SHOWN}, "all": len(everybody)},
        number=number,
        more=len(found) > start + _PAGE,
    )


@router.get("/parents/{guardian_id}")
def parent(guardian_id: str, visit: SignedIn, told: str = "") -> Response:
    visit.require(Act.EDIT_REGISTER)
    return _show(visit, guardian_id, message=_TOLD.get(told, ""))


_TOLD = {
    "revoked": "The link cannot be used any more.",
    "closed": "The account is closed, and every session of it has ended.",
}


@router.post("/parents/{guardian_id}/invite")
def do_invite(guardian_id: str, visit: SignedIn, form: Posted) -> Response:
    """Make a link and show it, once: only its digest is kept."""
    visit.require(Act.EDIT_REGISTER)
    try:
        with visit.school.database.write() as session:
            token = invite(visit.school, session, guardian_id, actor=visit.user.id)
    except CannotInvite as error:
        raise Conflict(str(error)) from error
    return _show(visit, guardian_id, link=link_of(visit, token))


def link_of(visit: Visit, token: str) -> str:
    return f"{visit.site.settings.address}/invitation/{token}"


@router.post("/parents/{guardian_id}/revoke")
def do_revoke(guardian_id: str, visit: SignedIn, form: Posted) -> Response:
    visit.require(Act.EDIT_REGISTER)
    with visit.school.database.write() as session:
        revoke(visit.school, session, guardian_id, actor=visit.user.id)
    return RedirectResponse(f"/parents/{quote(guardian_id)}?told=revoked", 303)


@router.post("/parents/{guardian_id}/close")
def do_close(guardian_id: str, visit: SignedIn, form: Posted) -> Response:
    visit.require(Act.EDIT_REGISTER)
    with visit.school.database.write() as session:
        close(visit.school, session, guardian_id, actor=visit.user.id)
    return RedirectResponse(f"/parents/{quote(guardian_id)}?told=closed", 303)


def _show(visit: Visit, guardian_id: str, *, link: str = "", message: str = "") -> Response:
    with visit.school.database.read() as session:
        states = account_states(visit.school, session)
        lines = guardian_lines(session, states, [guardian_id])
    if not lines:
        raise NotFound
    school = visit.site.settings.school_name
    body = (
        f"With this link you make your account at {school}. It works once, and for {VALID.days} "
        f"days.\n\n{link}\n\nWith the account you see what may be published of your children, "
        "and change it at any time.\n"
    )
    subject = f"Your account at {school}"
    mail = f"mailto:{quote(lines[0].email)}?subject={quote(subject)}&body={quote(body)}"
    code = qr_code(link) if link else None
    return visit.page(
        "parent.html", line=lines[0], link=link, code=code, mail=mail, message=message
    )


def guardian_lines(
    session: Session,
    states: Mapping[str, AccountState],
    ids: Collection[str] | None = None,
    *,
    children: bool = True,
) -> list[ParentLine]:
    """Guardians with a child, or with an account or a link, or with these `ids`; by name.
    Without their `children` where these are not asked for: a large school has thousands."""
    query = select(Guardian.id, Guardian.name, Guardian.email)
    if ids is not None:
        query = query.where(col(Guardian.id).in_(ids))
    with_say = select(Guardianship.guardian_id).where(col(Guardianship.ended_at).is_(None))
    shown = {*session.exec(with_say), *states} if ids is None else {*ids}
    theirs = _children(session, ids) if children else {}
    found = [
        ParentLine(one, name, email, theirs.get(one, []), states.get(one, _NOTHING))
        for one, name, email in session.exec(query)
        if one in shown
    ]
    return sorted(found, key=lambda line: (line.name.casefold(), line.id))


def _children(session: Session, ids: Collection[str] | None) -> dict[str, list[ChildOf]]:
    query = (
        sa.select(
            col(Guardianship.guardian_id), col(Pupil.pupil_id), col(Pupil.first_name),
            col(Pupil.preferred_name), col(Pupil.last_name), col(Pupil.class_name),
            col(Pupil.left_on),
        )
        .join(Pupil, col(Pupil.pupil_id) == col(Guardianship.pupil_id))
        .where(col(Guardianship.ended_at).is_(None))
        .order_by(col(Guardianship.id))
    )  # fmt: skip
    if ids is not None:
        query = query.where(col(Guardianship.guardian_id).in_(ids))
    found: dict[str, list[ChildOf]] = {}
    # Columns, not objects: a large school has thousands.
    for guardian_id, pupil_id, first, preferred, last, written, left_on in session.execute(query):
        one = ChildOf(pupil_id, f"{preferred or first} {last}", written, left_on is None)
        found.setdefault(guardian_id, []).append(one)
    return found
