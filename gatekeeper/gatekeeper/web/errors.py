"""What people see when something cannot be done."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from gatekeeper.web.headers import put_headers
from gatekeeper.web.problem import API, problem_response
from gatekeeper.web.security import BadForm, Forged, NotSignedIn, signed_in
from gatekeeper.web.site import site_of
from gatekeeper.web.uploads import MAX_PHOTO, MEGABYTE, TooLarge
from gatekeeper_queue.face_words import CannotName
from gatekeeper_queue.incidents import CannotHandle
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.review import CannotReview
from gatekeeper_queue.schedule import CannotMove
from gatekeeper_queue.states import ImpossibleChange, Stale

log = logging.getLogger(__name__)

CHANGED_MEANWHILE = (
    CannotHandle, CannotMove, CannotName, CannotReview, ImpossibleChange, Stale
)  # fmt: skip
"""What the domain refuses because of the state that something is in."""


class NotFound(Exception):
    """There is no such page, or nothing in it for this person."""


class OnBreak(Exception):
    """In incident mode nothing that is published is shown."""


class Conflict(Exception):
    """The page was made for a state that has passed; the message says what to do."""


def in_words(error: Exception) -> str:
    """A refused change in words for the person who asked for it."""
    if isinstance(error, ImpossibleChange):
        return "This is not possible any more: its state has changed since you opened it."
    return str(error)


def add_error_pages(app: FastAPI) -> None:
    """Every known refusal gets a clear page; everything else a page without details."""

    def show(status: int, title: str, text: str = "") -> Any:
        async def handler(request: Request, error: Exception) -> Response:
            return await _page(request, status, title, text or in_words(error))

        return handler

    conflict = show(409, "This cannot be done now")
    for kind in (*CHANGED_MEANWHILE, Conflict):
        app.add_exception_handler(kind, conflict)
    app.add_exception_handler(NotAllowed, show(403, "You may not do this"))
    app.add_exception_handler(Forged, show(403, "This form has expired", _FORGED))
    app.add_exception_handler(TooLarge, show(413, "That is too much at once", _TOO_LARGE))
    app.add_exception_handler(BadForm, show(400, "This could not be read", _BAD_FORM))
    missing = show(404, "There is nothing here", _NOT_FOUND)
    app.add_exception_handler(NotFound, missing)
    app.add_exception_handler(RequestValidationError, missing)
    app.add_exception_handler(NotSignedIn, _to_sign_in)
    app.add_exception_handler(OnBreak, _on_break)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _fault)


_FORGED = (
    "The form did not come from a page of your present sign-in. Nothing was changed. "
    "Go back, load the page again and send it once more."
)
_TOO_LARGE = (
    f"You sent more than can be taken at once. A photo may have at most {MAX_PHOTO // MEGABYTE} MB "
    "and a post at most four photos. Go back: what you wrote is still there. "
    "Choose smaller photos and send it again."
)
_BAD_FORM = "What was sent could not be read. Go back and send it again. Nothing was changed."
BREAK_LASTS = "3600"
"""Seconds after which to ask again."""
BREAK = "Nothing is shown here at present. Please come back later."
_NOT_FOUND = "The page does not exist, or it is no longer there."


async def _to_sign_in(request: Request, _: Exception) -> Response:
    target = request.url.path if request.method == "GET" else "/"
    if request.url.query and request.method == "GET":
        target += f"?{request.url.query}"
    after = "" if target == "/" else f"?next={quote(target, safe='/')}"
    return RedirectResponse(f"/sign-in{after}", 303)


async def _on_break(request: Request, _: Exception) -> Response:
    """503 keeps search engines from forgetting the pages; no cache keeps the answer."""
    if request.url.path.startswith("/news"):
        response: Response = site_of(request).page(request, "news_break.html", {}, status=503)
    else:
        response = await _page(request, 503, "News is taking a break", BREAK)
    response.headers["Retry-After"] = BREAK_LASTS
    return response


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 405:
        return await _page(request, 405, "This cannot be opened like that", _NOT_FOUND)
    if status == 404:
        return await _page(request, 404, "There is nothing here", _NOT_FOUND)
    return await _page(request, status, "This could not be read", _BAD_FORM)


async def _fault(request: Request, error: Exception) -> Response:
    log.error("page %s failed", request.url.path, exc_info=error)
    response = site_of(request).page(
        request,
        "error.html",
        {
            "code": 500,
            "title": "Something went wrong here",
            "text": "It is our fault, not yours. Nothing was published because of it. Try again; "
            "if it happens again, tell the person who looks after Gatekeeper.",
        },
        status=500,
    )
    put_headers(response.headers)  # this answer does not pass through the middleware
    return response


async def _page(request: Request, status: int, title: str, text: str) -> Response:
    """The message, with the navigation of the person where somebody is signed in; on the
    public pages it looks like them."""
    if request.url.path.startswith(f"{API}/"):  # an address that the API itself was not asked for
        return problem_response(status, title, text)
    context = {"code": status, "title": title, "text": text}
    if request.url.path.startswith("/news/"):
        return site_of(request).page(request, "news_error.html", context, status=status)
    try:
        visit = await run_in_threadpool(signed_in, request)
    except NotSignedIn:
        return site_of(request).page(request, "error.html", context, status=status)
    return visit.page("error.html", status=status, **context)
