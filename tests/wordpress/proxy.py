"""A proxy on loopback that stands before a site and loses, delays or garbles what passes.

A fault is one of:

- `drop-before`: the request is cut off and never arrives; `drop-after`: it is carried out and
  its answer is cut off;
- `late`: the request is cut off, but arrives all the same: at `release`;
- `hang-after`: it is carried out and its answer kept;
- `trickle`: an answer that never ends;
- an answer of `(status, headers, body)`: the request never arrives; with `after=True` it does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Request = tuple[str, str, dict[str, str], bytes]
"""Method, path, headers, body."""
Answer = tuple[int, dict[str, str], bytes]
TRICKLE = -1
"""Stands for the status of an answer that never ends."""


@dataclass
class Fault:
    """What happens to the `nth` request with this method and a route that begins like this."""

    method: str
    route: str
    what: str | Answer
    nth: int = 1
    after: bool = False
    lasting: bool = False
    """Also to every later one."""
    seen: int = 0

    def strikes(self, method: str, route: str) -> bool:
        if method != self.method or not route.startswith(self.route):
            return False
        self.seen += 1
        return self.seen == self.nth or (self.lasting and self.seen > self.nth)


@dataclass
class Proxy:
    """One proxy; `calls` are the requests that came, as "POST media"."""

    behind: str
    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    late: Request | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def fault(self, method: str, route: str, what: str | Answer, **more: int) -> None:
        self.faults.append(Fault(method, route, what, **more))

    def release(self) -> None:
        """Let the late request arrive, and wait until the site has answered it."""
        assert self.late is not None
        self.fetch(*self.late)

    def fetch(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        connection = HTTPConnection(urlsplit(self.behind).netloc, timeout=60)
        try:
            connection.request(method, path, body, headers | {"Connection": "close"})
            answer = connection.getresponse()
            skip = ("transfer-encoding", "content-length", "connection", "date", "server")
            kept = {n: v for n, v in answer.getheaders() if n.lower() not in skip}
            return answer.status, kept, answer.read()
        finally:
            connection.close()

    def handle(self, handler: BaseHTTPRequestHandler) -> Answer | None:
        """The answer to give; None: cut the connection."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        request: Request = (handler.command, handler.path, dict(handler.headers), body)
        query = parse_qs(urlsplit(handler.path).query)
        route = query.get("rest_route", [""])[0].removeprefix("/wp/v2/")
        route = route or urlsplit(handler.path).path
        self.calls.append(f"{handler.command} {route}")
        struck = [one for one in self.faults if one.strikes(handler.command, route)]
        if not struck:
            return self.fetch(*request)
        fault = struck[0]
        if fault.what == "drop-before":
            return None
        if fault.what == "trickle":
            return TRICKLE, {}, b""
        if fault.what == "late":
            self.late = request
            return None
        if fault.what in ("drop-after", "hang-after") or fault.after:
            self.fetch(*request)
        if fault.what == "hang-after":
            self.done.wait(30)
        return fault.what if isinstance(fault.what, tuple) else None


@contextmanager
def proxy_before(url: str) -> Iterator[Proxy]:
    """A proxy before the site at this address."""
    proxy = Proxy(url)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = proxy.handle(self)
            self.close_connection = True
            if answer is None:
                return
            status, headers, body = answer
            try:
                if status == TRICKLE:
                    self.send_response(200)
                    self.end_headers()
                    while not proxy.done.wait(0.05):
                        self.wfile.write(b" ")
                    return
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # who asked has given up

        do_POST = do_DELETE = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.done.set()
        server.shutdown()
        thread.join()
        server.server_close()
