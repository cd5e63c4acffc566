"""A server on this computer that stands for a platform in tests, and goes wrong on demand."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gatekeeper.sandbox_x.server import HangUpProtocol

Handler = Callable[[Request], Awaitable[Response]]


class Refused(Exception):
    """The platform says no; `response` is how it says it."""

    def __init__(self, response: Response) -> None:
        self.response = response


@dataclass
class Fault:
    """One thing to go wrong, once, with calls to `path` (a * stands for any).

    Kinds: status:NNN, html:NNN, drop, hang, drip, garbage, headers (right, with odd headers);
    with "-after" behind the first word the request is carried out all the same, as it is with the
    last two.
    """

    method: str
    path: str
    kind: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    """What a status answers instead of the platform's own words."""

    @property
    def commits(self) -> bool:
        return self.kind.split(":")[0].endswith(("-after", "garbage", "headers"))


class LoopbackServer:
    """Runs in a thread for as long as the block lasts. What it holds can be looked at."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[tuple[str, str]] = []
        self.faults: list[Fault] = []

    def routes(self) -> list[tuple[str, str, Handler]]:
        """(method, path, what answers)."""
        raise NotImplementedError

    def problem(self, status: int) -> Response:
        """How the platform words a status."""
        raise NotImplementedError

    def unknown(self, request: Request) -> Response:
        """The answer to a call that the platform does not have."""
        raise NotImplementedError

    def fault(self, method: str, path: str, kind: str, **headers: str) -> None:
        """Switch one on, behind those that are on; in header names _ stands for -."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.faults.append(Fault(method, path, kind, names))

    def answer(self, method: str, path: str, status: int, body: bytes) -> None:
        """Give this answer once, instead of carrying the call out."""
        headers = {"Content-Type": "application/json"}
        self.faults.append(Fault(method, path, f"body:{status}", headers, body))

    def called(self, method: str, path: str) -> int:
        """How often this was called."""
        return sum(m == method and fnmatchcase(p, path) for m, p in self.calls)

    def __enter__(self) -> Self:
        # asyncio sends small answers at once only on sockets that name the protocol.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            self._app(),
            loop="asyncio",
            http=HangUpProtocol,
            ws="none",
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()

    def _app(self) -> Starlette:
        paths: dict[str, dict[str, Handler]] = {}
        for method, path, handler in self.routes():
            paths.setdefault(path, {})[method] = handler
        every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        routes = [Route(path, self._dispatch(by), methods=every) for path, by in paths.items()]

        async def unknown(request: Request) -> Response:
            return self.unknown(request)

        everything = self._dispatch(dict.fromkeys(every, unknown))
        return Starlette(routes=[*routes, Route("/{rest:path}", everything, methods=every)])

    def _dispatch(self, by_method: dict[str, Handler]) -> Handler:
        async def answer(request: Request) -> Response:
            self.calls.append((request.method, request.url.path))
            handler = by_method.get(request.method)
            fault = self._take(request)
            try:
                if fault is None:
                    return await handler(request) if handler else self.problem(405)
                done = await handler(request) if fault.commits and handler else None
            except Refused as refused:
                return refused.response
            return await self._go_wrong(fault, request, done)

        return answer

    def _take(self, request: Request) -> Fault | None:
        for fault in self.faults:
            if fault.method == request.method and fnmatchcase(request.url.path, fault.path):
                self.faults.remove(fault)
                return fault
        return None

    async def _go_wrong(self, fault: Fault, request: Request, done: Response | None) -> Response:
        kind, _, detail = fault.kind.partition(":")
        if kind.startswith("status"):
            answer = self.problem(int(detail))
        elif kind == "body":
            answer = Response(fault.body, int(detail))
        elif kind == "html":
            answer = Response("<html>Not here</html>", int(detail), media_type="text/html")
        elif kind == "headers" and done is not None:
            answer = done
        elif kind == "drip-after" and done is not None:
            answer = StreamingResponse(_drip(bytes(done.body)), done.status_code)
        elif kind == "garbage" and done is not None:
            answer = Response(b'{"id": "1', done.status_code, media_type="application/json")
        elif kind.startswith("hang"):
            while (await request.receive())["type"] != "http.disconnect":
                await asyncio.sleep(0)
            answer = Response()
        else:
            request.state.hang_up()
            answer = Response()
        answer.headers.update(fault.headers)
        return answer


async def _drip(body: bytes) -> AsyncIterator[bytes]:
    """Byte by byte, for some seconds."""
    for number in range(len(body)):
        yield body[number : number + 1]
        await asyncio.sleep(0.02)


def milliseconds() -> int:
    """The time since 1970."""
    return time.time_ns() // 1_000_000
