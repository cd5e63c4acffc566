"""Signing in and out, and the devices on which a person is signed in."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from gatekeeper.hashing import Refused
from gatekeeper.signin import IDLE, SignIn, end, sign_in
from gatekeeper.web.security import (
    NotSignedIn,
    Posted,
    PostedOpenly,
    SignedIn,
    drop_cookie,
    set_cookie,
    signed_in,
)
from gatekeeper.web.site import OpenSite, Site, Visit

router = APIRouter()


@router.get("/sign-in")
def sign_in_page(request: Request, site: OpenSite, next: str = "") -> Response:
    """The form; who is signed in already goes on."""
    try:
        signed_in(request)
    except NotSignedIn:
        return _form(request, site, next=local_path(next))
    return RedirectResponse(local_path(next), 303)


@router.post("/sign-in")
def do_sign_in(request: Request, site: OpenSite, form: PostedOpenly) -> Response:
    email, after = form.text("email"), local_path(form.text("next"))
    token, refusal = _try(site, email, form.text("password"), request.headers.get("user-agent", ""))
    if refusal:
        return _form(request, site, email=email, next=after, problem=refusal, status=401)
    response = RedirectResponse(after, 303)
    set_cookie(response, site, token)
    return response


def _try(site: Site, email: str, password: str, browser: str) -> tuple[str, str]:
    """The token, or why not."""
    try:
        return sign_in(site.school, email, password, browser), ""
    except Refused as refused:
        return "", str(refused)


def _form(
    request: Request,
    site: Site,
    *,
    next: str,
    email: str = "",
    problem: str = "",
    status: int = 200,
) -> Response:
    context = {"email": email, "next": next, "problem": problem}
    return site.page(request, "sign_in.html", context, status=status)


def local_path(text: str) -> str:
    """A path on this site; anything else is the front door."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    strange = "\\" in text or text.startswith("//") or any(ord(char) < 32 for char in text)
    return "/" if parts.scheme or parts.netloc or not text.startswith("/") or strange else text


@router.post("/sign-out")
def sign_out(visit: SignedIn, form: Posted) -> Response:
    with visit.school.database.write() as session:
        end(visit.school, session, visit.user, visit.session.token_sha256)
    response = RedirectResponse("/sign-in", 303)
    drop_cookie(response, visit.site)
    return response


@router.get("/devices")
def devices(visit: SignedIn) -> Response:
    """Where the person is signed in."""
    with visit.school.database.read() as session:
        rows = _open_sessions(session, visit)
    return visit.page("devices.html", rows=rows, here=visit.session.token_sha256)


@router.post("/devices/end")
def end_device(visit: SignedIn, form: Posted) -> Response:
    """End one of the person's own sessions, or all of them."""
    chosen = form.text("session")
    with visit.school.database.write() as session:
        end(visit.school, session, visit.user, None if chosen == "all" else chosen)
    return RedirectResponse("/devices", 303)


def _open_sessions(session: Session, visit: Visit) -> list[SignIn]:
    return list(
        session.exec(
            select(SignIn)
            .where(
                SignIn.user_id == visit.user.id,
                col(SignIn.ended_at).is_(None),
                SignIn.seen_at > visit.school.clock() - IDLE,
            )
            .order_by(col(SignIn.seen_at).desc())
        )
    )
