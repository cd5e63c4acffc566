"""A person's tokens for their own programs: making one, which is shown once, and ending it."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from gatekeeper.hashing import Refused
from gatekeeper.signin import confirm
from gatekeeper.tokens import LASTS, BadToken, issue, revoke, tokens_of
from gatekeeper.web.security import Posted, SignedIn
from gatekeeper.web.site import Visit

router = APIRouter()

_USUAL = 90


@router.get("/tokens")
def tokens(visit: SignedIn, done: str = "") -> Response:
    message = "Revoked. A program that used it is not answered any more." if done else ""
    return _show(visit, message=message)


@router.post("/tokens")
def make(visit: SignedIn, form: Posted) -> Response:
    """Make one and show it; the password is asked for again."""
    name, days, writes = form.text("name"), form.number("days"), form.text("may_write") == "yes"
    typed = {"name": name, "days": days, "may_write": writes}
    try:
        confirm(visit.school, visit.user, form.text("password"))
        with visit.school.database.write() as session:
            made = issue(visit.school, session, visit.user, name=name, may_write=writes, days=days)
    except (Refused, BadToken) as error:
        return _show(visit, problem=str(error), typed=typed, status=422)
    return _show(visit, made=made)


@router.post("/tokens/revoke")
def do_revoke(visit: SignedIn, form: Posted) -> Response:
    with visit.school.database.write() as session:
        revoke(visit.school, session, visit.user, form.text("token"))
    return RedirectResponse("/tokens?done=revoked", 303)


def _show(
    visit: Visit,
    *,
    made: str = "",
    message: str = "",
    problem: str = "",
    typed: dict[str, object] | None = None,
    status: int = 200,
) -> Response:
    with visit.school.database.read() as session:
        rows = tokens_of(visit.school, session, visit.user.id)
    return visit.page(
        "tokens.html",
        status=status,
        rows=rows,
        made=made,
        lasts=LASTS,
        typed=typed or {"name": "", "days": _USUAL, "may_write": False},
        address=f"{visit.site.settings.address}/api/v1",
        message=message,
        problem=problem,
    )
