"""Going wrong on request, in the ways in which X goes wrong."""

from __future__ import annotations

import time
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gatekeeper.sandbox_x import problems


class Fault(BaseModel):
    """One thing to go wrong, `times` calls long, with calls to `path` (a * stands for any)."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(pattern=r"^/(2|1\.1)/")
    method: Literal["GET", "POST", "DELETE"]
    kind: str = Field(
        pattern=r"^(rate-limit|garbage|(hang|drop)(-after)?"
        r"|status(-after)?:([45]\d\d|403-duplicate|404-empty|200-not-found))$"
    )
    times: int = Field(default=1, ge=1, le=1000)
    reset_in: int | None = None
    """Seconds until a rate limit ends; None sends no reset header."""
    window: Literal["15min", "24hour"] = "15min"
    """Which of X's limits a rate limit names."""

    @property
    def commits(self) -> bool:
        """Is the request carried out before it goes wrong?"""
        return self.kind == "garbage" or self.kind.split(":")[0].endswith("-after")


class Faults:
    """The faults that are switched on."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Switch one on, behind those that are on already."""
        self.waiting.append(fault)

    def clear(self) -> None:
        """Switch all off."""
        self.waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this call, if there is one; it is used up by one."""
        for place, fault in enumerate(self.waiting):
            if fault.method == method and fnmatchcase(path, fault.path):
                if fault.times > 1:
                    self.waiting[place] = fault.model_copy(update={"times": fault.times - 1})
                else:
                    del self.waiting[place]
                return fault
        return None


async def carry_out(fault: Fault, request: Request, answer: Response | None) -> Response:
    """Answer wrongly, or not at all. `answer` is what X would have said, when it was done."""
    kind, _, detail = fault.kind.partition(":")
    if kind.startswith("status"):
        return _status(detail)
    if kind == "rate-limit":
        return _rate_limit(fault)
    if kind == "garbage":
        status = answer.status_code if answer else 200
        return Response(b'{"data": {"id": "1', status, media_type="application/json")
    if kind.startswith("hang"):
        while (await request.receive())["type"] != "http.disconnect":
            pass
    else:
        request.state.hang_up()
    return Response()


def _status(detail: str) -> Response:
    if detail == "403-duplicate":
        return problems.duplicate()
    if detail == "404-empty":
        return Response(status_code=404)
    if detail == "200-not-found":
        return problems.not_found("tweet", "0", 200)
    return problems.plain(int(detail))


def _rate_limit(fault: Fault) -> JSONResponse:
    response = problems.plain(429)
    if fault.reset_in is None:
        return response
    now = int(time.time())
    limits = {"x-rate-limit": (0, fault.reset_in)}
    if fault.window == "24hour":
        limits = {"x-rate-limit": (39_999, 900), "x-user-limit-24hour": (0, fault.reset_in)}
    for family, (remaining, seconds) in limits.items():
        response.headers[f"{family}-remaining"] = str(remaining)
        response.headers[f"{family}-reset"] = str(now + seconds)
    return response
