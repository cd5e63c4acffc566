"""The list of parents' accounts: who has one, who is invited, who may not any more (P11)."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gatekeeper.invitations import VALID, CannotInvite, close, invite, revoke
from gatekeeper.web.errors import Conflict, NotFound
from gatekeeper.web.loading import page_number
from gatekeeper.web.parent_lines import find_guardians, guardian_lines, kinds
from gatekeeper.web.qr import qr_code
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit
from gatekeeper_consent.people import folded
from gatekeeper_queue.people import Act

router = APIRouter()

_PAGE = 50
SHOWN = {"all": "All", "account": "With an account", "invited": "Invited", "none": "Without"}
"""What the list can be narrowed to."""


@router.get("/parents")
def parents(visit: SignedIn, q: str = "", show: str = "all", page: str = "1") -> Response:
    """Everybody who has a say about a child, and who still has an account."""
    visit.require(Act.EDIT_REGISTER)
    number, words = page_number(page), folded(q).split()
    show = show if show in SHOWN else "all"
    start = (number - 1) * _PAGE
    with visit.school.database.read() as session:
        counts = kinds(visit.school, session)
        found = find_guardians(visit.school, session, "" if show == "all" else show, words)
        lines = guardian_lines(visit.school, session, found[start : start + _PAGE])
    return visit.page(
        "parents.html",
        lines=lines,
        found=len(found),
        q=q,
        show=show,
        shown=SHOWN,
        counts={name: counts.get(name, 0) for name in SHOWN} | {"all": sum(counts.values())},
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
        lines = guardian_lines(visit.school, session, [guardian_id])
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
