"""A guardian follows the link from the office and chooses a password."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from gatekeeper.hashing import MIN_PASSWORD, Refused
from gatekeeper.invitations import BadLink, accept, account_of, invited
from gatekeeper.signin import AddressTaken, sign_in
from gatekeeper.web.security import PostedOpenly, set_cookie
from gatekeeper.web.site import OpenSite, Site

router = APIRouter()


@router.get("/invitation/{token}")
def invitation_page(token: str, request: Request, site: OpenSite) -> Response:
    """The form, or why the link cannot be used."""
    return _form(request, site, token)


@router.post("/invitation/{token}")
def do_accept(token: str, request: Request, site: OpenSite, form: PostedOpenly) -> Response:
    """Make the account and sign in."""
    email, password = form.text("email").strip(), form.text("password")
    if password != form.text("again"):
        return _form(request, site, token, email=email, problem="The two passwords differ.")
    try:
        with site.school.database.write() as session:
            accept(site.school, session, token, email=email, password=password)
    except BadLink as error:
        return _bad(request, site, error)
    except AddressTaken as error:
        return _form(request, site, token, email=email, problem=f"{error} {_ANOTHER}")
    except ValueError as error:
        return _form(request, site, token, email=email, problem=str(error))
    try:
        browser = request.headers.get("user-agent", "")
        session_token = sign_in(site.school, email, password, browser)
    except Refused:  # too busy at this moment: the account is made, and the form lets them in
        return RedirectResponse("/sign-in", 303)
    response = RedirectResponse("/family", 303)
    set_cookie(response, site, session_token)
    return response


_ANOTHER = (
    "Give another address: each account has one of its own, also where two parents share one or "
    "a parent works at the school."
)


def _form(
    request: Request, site: Site, token: str, *, email: str = "", problem: str = ""
) -> Response:
    try:
        with site.school.database.read() as session:
            guardian = invited(site.school, session, token)
            account = account_of(session, guardian.id)
    except BadLink as error:
        return _bad(request, site, error)
    context = {
        "name": guardian.name,
        "email": email or (account.email if account else guardian.email),
        "again": account is not None,
        "least": MIN_PASSWORD,
        "problem": problem,
    }
    return site.page(request, "invitation.html", context, status=422 if problem else 200)


def _bad(request: Request, site: Site, error: BadLink) -> Response:
    context = {"code": 410, "title": "This link cannot be used", "text": str(error)}
    return site.page(request, "error.html", context, status=410)
