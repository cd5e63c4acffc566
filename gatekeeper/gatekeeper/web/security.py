"""Who is asking, and did they mean to: the session cookie and the CSRF token."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from gatekeeper.signin import touch, who
from gatekeeper.web.site import Site, Visit, site_of
from gatekeeper.web.uploads import TooLarge, was_chosen

COOKIE = "gatekeeper_session"
_TOUCH_AFTER = timedelta(minutes=5)
"""A session is marked as used only so often: each mark is a write."""


class NotSignedIn(Exception):
    """The page needs a signed-in person."""


class Forged(Exception):
    """The form did not come from our own page, or from a session that has ended."""


class BadForm(Exception):
    """What was sent cannot be read as a form."""


@dataclass(frozen=True)
class Form:
    """What was sent. A field that is missing or a file where text belongs reads as empty."""

    data: FormData

    def text(self, name: str) -> str:
        value = self.data.get(name, "")
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(value for value in self.data.getlist(name) if isinstance(value, str))

    def upload(self, name: str) -> UploadFile | None:
        """The file of that field; None when nobody chose one."""
        value = self.data.get(name)
        return value if isinstance(value, UploadFile) and was_chosen(value) else None

    def uploads(self, name: str) -> list[UploadFile]:
        """Every file of that field."""
        values = self.data.getlist(name)
        return [one for one in values if isinstance(one, UploadFile) and was_chosen(one)]

    def number(self, name: str) -> int:
        """A whole number; -1 for anything else, which no version and no id equals."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def signed_in(request: Request) -> Visit:
    """The visit of a signed-in person. Raises `NotSignedIn`."""
    site = site_of(request)
    token = request.cookies.get(COOKIE, "")
    if not token:
        raise NotSignedIn
    with site.school.database.read() as session:
        found = who(site.school, session, token)
    if found is None:
        raise NotSignedIn
    user, row = found
    if site.school.clock() - row.seen_at > _TOUCH_AFTER:
        with site.school.database.write() as session:
            touch(site.school, session, token)
    return Visit(site, user, request, row)


SignedIn = Annotated[Visit, Depends(signed_in)]


async def posted(request: Request, visit: SignedIn) -> AsyncIterator[Form]:
    """The form that a signed-in person sent from our own page.

    Raises `Forged`, `TooLarge` or `BadForm`.
    """
    require_own_page(request, visit.site)
    async for form in _parsed(request):
        if not hmac.compare_digest(form.text("csrf").encode(), visit.session.csrf.encode()):
            raise Forged
        yield form


async def posted_openly(request: Request) -> AsyncIterator[Form]:
    """The sign-in form: there is no session yet, so only the page it came from is checked."""
    require_own_page(request, site_of(request))
    async for form in _parsed(request):
        yield form


Posted = Annotated[Form, Depends(posted)]
PostedOpenly = Annotated[Form, Depends(posted_openly)]


async def _parsed(request: Request) -> AsyncIterator[Form]:
    try:
        data = await request.form(max_files=8, max_fields=2000)
    except HTTPException as error:  # what the parser says of a body that it cannot take
        raise _known(request) from error
    try:
        yield Form(data)
    finally:
        await data.close()


def _known(request: Request) -> Exception:
    return TooLarge() if getattr(request.state, "too_large", False) else BadForm()


def require_own_page(request: Request, site: Site) -> None:
    """Browsers say where a form came from. Raises `Forged` when it was another site."""
    fetched_from = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    if fetched_from not in ("same-origin", "none"):
        raise Forged
    if origin is None:
        return
    own = (request.headers.get("host", ""), urlsplit(site.settings.address).netloc)
    if urlsplit(origin).netloc not in own or not urlsplit(origin).netloc:
        raise Forged


def set_cookie(response: Response, site: Site, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        httponly=True,
        samesite="lax",
        secure=site.settings.secure_cookies,
        path="/",
    )


def drop_cookie(response: Response, site: Site) -> None:
    response.delete_cookie(
        COOKIE, httponly=True, samesite="lax", secure=site.settings.secure_cookies, path="/"
    )
