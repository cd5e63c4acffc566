"""Errors in the JSON forms in which X gives them (docs.x.com/x-api/fundamentals)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.responses import JSONResponse

PROBLEMS = "https://api.twitter.com/2/problems"


def plain(status: int, detail: str | None = None) -> JSONResponse:
    """401, 403, 429, 5xx: a bare problem."""
    try:
        title = HTTPStatus(status).phrase
    except ValueError:
        title = "Error"
    body = {"title": title, "type": "about:blank", "status": status, "detail": detail or title}
    return JSONResponse(body, status)


def duplicate() -> JSONResponse:
    """403 for a text that the account has posted already."""
    return plain(403, "You are not allowed to create a Tweet with duplicate content.")


def invalid(message: str, **parameters: str) -> JSONResponse:
    """400 for a request that X does not accept; `parameters` are repeated as X does."""
    shown = {name: [value] for name, value in parameters.items()}
    body = {
        "errors": [{"parameters": shown, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{PROBLEMS}/invalid-request",
    }
    return JSONResponse(body, 400)


def not_found(kind: str, value: str, status: int = 404) -> JSONResponse:
    """A post or an account that is not there; X gives the same body with 200 as well."""
    problem: dict[str, Any] = {
        "value": value,
        "detail": f"Could not find {kind} with id: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": "id",
        "resource_id": value,
        "type": f"{PROBLEMS}/resource-not-found",
    }
    return JSONResponse({"errors": [problem]}, status)
