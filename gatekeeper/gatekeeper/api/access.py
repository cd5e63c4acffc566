"""Whose program is asking: nothing but the API's description is answered without a good token."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gatekeeper.signin import may_enter
from gatekeeper.tokens import holder, is_due, note_use
from gatekeeper.web.problem import problem_response
from gatekeeper.web.site import Caller, Site

_OPEN = "/openapi.json"
_READS = ("GET", "HEAD", "OPTIONS")
_NOBODY = (
    "Send a token as “Authorization: Bearer …”. Make one on the page “Tokens for programs”; one "
    "that was sent is wrong, has ended, or was revoked."
)
_READ_ONLY = "This token may only read. Make one that may change things too."


class TokenGate:
    """Middleware that looks at the token before anything of a request is read."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: ASGIApp = self._app
        if scope["type"] == "http" and scope["path"] != scope.get("root_path", "") + _OPEN:
            token = _bearer(Headers(scope=scope).get("authorization", ""))
            found = await run_in_threadpool(_known, self._site, token) if token else None
            if found is None:
                answer = _refusal(401, "Who is asking?", _NOBODY)
            elif not found[1] and scope["method"] not in _READS:
                answer = _refusal(403, "This token may not do this", _READ_ONLY)
            else:
                scope.setdefault("state", {})["caller"] = found[0]
        await answer(scope, receive, send)


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _known(site: Site, token: str) -> tuple[Caller, bool] | None:
    """The person, and whether the token may change things; None where it is not good."""
    school = site.school
    with school.database.read() as session:
        found = holder(school, session, token)
        if found is None or not may_enter(session, found[0]):
            return None
    user, row = found
    if is_due(school, row):
        with school.database.write() as session:
            note_use(school, session, row.id)
    return Caller(site, user), row.may_write


def _refusal(status: int, title: str, detail: str) -> JSONResponse:
    response = problem_response(status, title, detail)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


_SCHEME = HTTPBearer(auto_error=False, description="A token of a person, beginning with gk_.")


def _caller(request: Request, _: Annotated[object, Depends(_SCHEME)]) -> Caller:
    found: Caller = request.state.caller  # the gate lets nobody through without
    return found


Known = Annotated[Caller, Depends(_caller)]
