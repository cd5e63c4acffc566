"""A person's own password: changed by who knows it, or set by a link that was made for them."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from gatekeeper.hashing import MIN_PASSWORD, Refused
from gatekeeper.signin import change_password
from gatekeeper.staffing import BadLink, use_link, whose_link
from gatekeeper.web.security import Posted, PostedOpenly, SignedIn, set_cookie
from gatekeeper.web.site import OpenSite, Site

router = APIRouter()

_DIFFER = "The two new passwords differ. Nothing was changed."


@router.get("/password")
def password_page(visit: SignedIn, done: str = "") -> Response:
    message = "Your password is changed. Every other device is signed out." if done else ""
    return visit.page("password.html", least=MIN_PASSWORD, message=message)


@router.post("/password")
def do_change(visit: SignedIn, request: Request, form: Posted) -> Response:
    """Change it, end every session, and go on in a new one."""
    new, browser = form.text("password"), request.headers.get("user-agent", "")
    try:
        if new != form.text("again"):
            raise ValueError(_DIFFER)
        present = form.text("present")
        token = change_password(visit.school, visit.user, present, new, browser)
    except (Refused, ValueError) as error:
        return visit.page("password.html", least=MIN_PASSWORD, problem=str(error), status=422)
    response = RedirectResponse("/password?done=changed", 303)
    set_cookie(response, visit.site, token)
    return response


@router.get("/set-password/{token}")
def link_page(token: str, request: Request, site: OpenSite) -> Response:
    """The form, or why the link cannot be used."""
    return _form(request, site, token)


@router.post("/set-password/{token}")
def do_set(token: str, request: Request, site: OpenSite, form: PostedOpenly) -> Response:
    """Set the password; then the person signs in with it."""
    password = form.text("password")
    if password != form.text("again"):
        return _form(request, site, token, _DIFFER)
    try:
        with site.school.database.write() as session:
            use_link(site.school, session, token, password)
    except BadLink as error:
        return _bad(request, site, error)
    except ValueError as error:
        return _form(request, site, token, str(error))
    return RedirectResponse("/sign-in", 303)


def _form(request: Request, site: Site, token: str, problem: str = "") -> Response:
    try:
        with site.school.database.read() as session:
            user = whose_link(site.school, session, token)
    except BadLink as error:
        return _bad(request, site, error)
    context = {
        "name": user.display_name,
        "email": user.email,
        "least": MIN_PASSWORD,
        "problem": problem,
    }
    return site.page(request, "set_password.html", context, status=422 if problem else 200)


def _bad(request: Request, site: Site, error: BadLink) -> Response:
    context = {"code": 410, "title": "This link cannot be used", "text": str(error)}
    return site.page(request, "error.html", context, status=410)
