"""What every call to the API passes: signature, faults, rate-limit headers, the list of calls."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gatekeeper.sandbox_x import problems
from gatekeeper.sandbox_x.faults import Faults, carry_out
from gatekeeper.sandbox_x.signature import SignatureCheck
from gatekeeper.sandbox_x.users import SandboxUser

Call = Callable[[Request, SandboxUser], Awaitable[Response]]
Handler = Callable[[Request], Awaitable[Response]]

LIMIT = 40_000
"""Calls in 15 minutes that the headers promise; only a fault makes X refuse one."""
WINDOW = 900
KEPT_CALLS = 1000


class Gate:
    """Stands before the calls of the API."""

    def __init__(self, check: SignatureCheck, faults: Faults) -> None:
        self._check = check
        self._faults = faults
        self._counts: Counter[tuple[int, str, str]] = Counter()
        self.calls: deque[dict[str, Any]] = deque(maxlen=KEPT_CALLS)

    def guard(self, call: Call) -> Handler:
        """The call as the server runs it."""

        async def handler(request: Request) -> Response:
            record = {
                "method": request.method,
                "path": request.url.path,
                "query": dict(request.query_params),
                "signed_by": None,
            }
            self.calls.append(record)
            user = await self._signer(request)
            if user is None:
                return problems.plain(401)
            record["signed_by"] = user.username
            answer = await self._answer(call, request, user)
            # A 429 comes from a fault, which says itself what the limits are.
            if answer.status_code != 429:
                answer.headers.update(self._limits(request, user))
            return answer

        return handler

    async def _signer(self, request: Request) -> SandboxUser | None:
        # The client signed for X's https address and was sent here afterwards.
        path = request.scope["raw_path"].decode("latin-1")
        uri = f"https://{request.headers.get('host', '')}{path}"
        if request.url.query:
            uri += f"?{request.url.query}"
        return self._check.signer(uri, request.method, await request.body(), request.headers)

    async def _answer(self, call: Call, request: Request, user: SandboxUser) -> Response:
        fault = self._faults.take(request.method, request.url.path)
        if fault is None:
            return await call(request, user)
        done = await call(request, user) if fault.commits else None
        return await carry_out(fault, request, done)

    def _limits(self, request: Request, user: SandboxUser) -> dict[str, str]:
        window = int(time.time()) // WINDOW
        key = (window, user.id, f"{request.method} {request.url.path}")
        self._counts = Counter({k: n for k, n in self._counts.items() if k[0] == window})
        self._counts[key] += 1
        return {
            "x-rate-limit-limit": str(LIMIT),
            "x-rate-limit-remaining": str(max(0, LIMIT - self._counts[key])),
            "x-rate-limit-reset": str((window + 1) * WINDOW),
        }
