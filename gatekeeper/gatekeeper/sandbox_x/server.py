"""The sandbox X as an application, as a process of the demo, and as a helper of tests."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from gatekeeper.sandbox_x.api import Api
from gatekeeper.sandbox_x.control import Control
from gatekeeper.sandbox_x.faults import Faults
from gatekeeper.sandbox_x.gate import Gate, Handler
from gatekeeper.sandbox_x.pages import HERE, Pages
from gatekeeper.sandbox_x.signature import SignatureCheck
from gatekeeper.sandbox_x.state import State
from gatekeeper.sandbox_x.users import SandboxUser

LOOPBACK = "127.0.0.1"
HOSTS = [
    "api.x.com",
    "api.twitter.com",
    "upload.twitter.com",
    "pbs.twimg.com",
    "abs.twimg.com",
    LOOPBACK,
    "localhost",
]
START_TIMEOUT = 15


def create_app(users: Sequence[SandboxUser], state_path: Path | None = None) -> Starlette:
    """The application. With `state_path` (a SQLite file) a restart keeps posts and pictures.

    Only under `serve` or `SandboxX` can it hang up without an answer.
    """
    by_id = {user.id: user for user in users}
    state, faults = State(state_path), Faults()
    gate = Gate(SignatureCheck(users), faults)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        state.close()

    return Starlette(
        routes=[
            *_api_routes(Api(state, by_id), gate),
            *_control_routes(Control(state, by_id, faults, gate)),
            *_page_routes(Pages(state, by_id, faults)),
        ],
        # A page elsewhere that points its own name at this computer gets no answer.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)],
        lifespan=lifespan,
    )


def _api_routes(api: Api, gate: Gate) -> list[Route]:
    calls = (
        ("/2/media/upload", "POST", api.upload),
        ("/2/media/metadata", "POST", api.metadata),
        ("/1.1/media/upload.json", "POST", api.upload_v1),
        ("/1.1/media/metadata/create.json", "POST", api.metadata_v1),
        ("/2/tweets", "POST", api.create),
        ("/2/tweets/{id}", "DELETE", api.delete),
        ("/2/tweets/{id}", "GET", api.tweet),
        ("/2/users/me", "GET", api.me),
        ("/2/users/{id}/tweets", "GET", api.users_tweets),
    )
    return [Route(path, gate.guard(call), methods=[method]) for path, method, call in calls] + [
        # X answers a call that it does not have with an empty 404.
        Route("/2/{rest:path}", _unknown, methods=["GET", "POST", "PUT", "DELETE"]),
        Route("/1.1/{rest:path}", _unknown, methods=["GET", "POST", "PUT", "DELETE"]),
        Route("/profile_images/{id}/{name}", api.profile_picture, methods=["GET"]),
    ]


async def _unknown(_: Request) -> Response:
    return Response(status_code=404)


def _control_routes(control: Control) -> list[Route]:
    return [
        Route("/_sandbox/state", control.state, methods=["GET"]),
        Route("/_sandbox/state", _from_here(control.clear_state), methods=["DELETE"]),
        Route("/_sandbox/faults", _from_here(control.add_fault), methods=["POST"]),
        Route("/_sandbox/press", _from_here(control.press), methods=["POST"]),
    ]


def _from_here(handler: Handler) -> Handler:
    """Refuse what a page of another site sends through the browser."""

    async def guarded(request: Request) -> Response:
        own = f"http://{request.headers.get('host', '')}"
        if request.headers.get("origin", own) != own:
            return PlainTextResponse("Only the sandbox's own page may do that.", 403)
        return await handler(request)

    return guarded


def _page_routes(pages: Pages) -> list[BaseRoute]:
    return [
        Route("/", pages.home),
        Route("/i/status/{id:int}", pages.post),
        Route("/media/{id:int}.jpg", pages.picture),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]


class HangUpProtocol(H11Protocol):
    """Gives the application `request.state.hang_up()`, which closes without an answer."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        hang_up = {"hang_up": lambda: self.transport.abort()}
        super().__init__(config, server_state, app_state | hang_up, _loop)


def _server(app: Starlette, port: int) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        host=LOOPBACK,
        port=port,
        loop="asyncio",
        http=HangUpProtocol,
        ws="none",
        log_level="warning",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _listener() -> socket.socket:
    """A listening socket on a free port."""
    # asyncio sends small answers at once only on sockets that name the protocol.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind((LOOPBACK, 0))
    listener.listen()
    return listener


def serve(port: int, users: Sequence[SandboxUser], state_path: Path | None = None) -> None:
    """Run on 127.0.0.1:port until the process is told to end. Exits when the port is taken."""
    _server(create_app(users, state_path), port).run()


class SandboxX:
    """A sandbox X in a thread of this process, on a free port, for as long as the block lasts."""

    def __init__(self, users: Sequence[SandboxUser], state_path: Path | None = None) -> None:
        self.users = tuple(users)
        self._state_path = state_path
        self.url = ""
        self._http = requests.Session()
        self._http.trust_env = False

    def __enter__(self) -> Self:
        listener = _listener()
        port = listener.getsockname()[1]
        self.url = f"http://{LOOPBACK}:{port}"
        self._server = _server(create_app(self.users, self._state_path), port)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, daemon=True
        )
        self._thread.start()
        self.state()  # the socket listens already, so this waits until the server answers
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()
        self._server.should_exit = True
        self._thread.join()

    def state(self) -> dict[str, Any]:
        """Users, tweets (newest first), media, faults that wait, and the calls so far."""
        response = self._http.get(f"{self.url}/_sandbox/state", timeout=START_TIMEOUT)
        response.raise_for_status()
        return dict(response.json())

    def fault(self, method: str, path: str, kind: str, **more: Any) -> None:
        """Switch a `faults.Fault` on."""
        body = {"method": method, "path": path, "kind": kind, **more}
        url = f"{self.url}/_sandbox/faults"
        self._http.post(url, json=body, timeout=START_TIMEOUT).raise_for_status()

    def reset(self) -> None:
        """Forget posts, pictures, faults and calls. Used nonces stay used."""
        self._http.delete(f"{self.url}/_sandbox/state", timeout=START_TIMEOUT).raise_for_status()
