"""The list of parents' accounts: who has one, who is invited, who may not any more (P11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote

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
from gatekeeper.web.letters import name_of
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
    with visit.school.database.read() as session:
        everybody = guardian_lines(session, account_states(visit.school, session))
    counts = {name: sum(line.kind == name for line in everybody) for name in SHOWN}
    found = [line for line in everybody if show in ("all", line.kind) and line.fits(words)]
    start = (number - 1) * _PAGE
    return visit.page(
        "parents.html",
        lines=found[start : start + _PAGE],
        found=len(found),
        q=q,
        show=show,
        shown=SHOWN,
        counts={**counts, "all": len(everybody)},
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
        lines = guardian_lines(session, states, guardian_id)
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
    session: Session, states: Mapping[str, AccountState], guardian_id: str | None = None
) -> list[ParentLine]:
    """Guardians with a child, or with an account or a link; by name."""
    query = select(Guardian)
    if guardian_id is not None:
        query = query.where(Guardian.id == guardian_id)
    children = _children(session, guardian_id)
    found = [
        ParentLine(row.id, row.name, row.email, children.get(row.id, []), state)
        for row in session.exec(query)
        if (state := states.get(row.id, _NOTHING)) is not _NOTHING
        or row.id in children
        or guardian_id is not None
    ]
    return sorted(found, key=lambda line: (line.name.casefold(), line.id))


def _children(session: Session, guardian_id: str | None) -> dict[str, list[ChildOf]]:
    query = (
        select(Guardianship.guardian_id, Pupil)
        .join(Pupil, col(Pupil.pupil_id) == col(Guardianship.pupil_id))
        .where(col(Guardianship.ended_at).is_(None))
    )
    if guardian_id is not None:
        query = query.where(Guardianship.guardian_id == guardian_id)
    return _by_guardian(session.exec(query).all())


def _by_guardian(rows: Iterable[tuple[str, Pupil]]) -> dict[str, list[ChildOf]]:
    found: dict[str, list[ChildOf]] = {}
    for guardian_id, child in rows:
        one = ChildOf(child.pupil_id, name_of(child), child.class_name, child.left_on is None)
        found.setdefault(guardian_id, []).append(one)
    return found
