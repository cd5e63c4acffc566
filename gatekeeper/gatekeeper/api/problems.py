"""What programs are told when something cannot be done: one shape for every refusal."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from gatekeeper.enrolling import CannotEnrol
from gatekeeper.importing import PreviewPassed
from gatekeeper.settings import SettingsError
from gatekeeper.web.errors import (
    BREAK,
    BREAK_LASTS,
    CHANGED_MEANWHILE,
    Conflict,
    NotFound,
    OnBreak,
    in_words,
)
from gatekeeper.web.face_changes import UnusableAnswer
from gatekeeper.web.headers import put_headers
from gatekeeper.web.problem import Problem, problem_response
from gatekeeper_consent.exports.drafts import NoDraft
from gatekeeper_consent.exports.mapping import BadMapping
from gatekeeper_consent.exports.workbook import Unreadable
from gatekeeper_consent.forms import UnusableForm
from gatekeeper_consent.register import ImportRefused
from gatekeeper_queue.access_review import BadReview
from gatekeeper_queue.by_hand import BadAnswer
from gatekeeper_queue.change_kinds import BadChange
from gatekeeper_queue.channel import ChannelError
from gatekeeper_queue.erasing import CannotErase
from gatekeeper_queue.objections import CannotDecide
from gatekeeper_queue.operating import CannotOperate
from gatekeeper_queue.people import NotAllowed
from gatekeeper_queue.recognition import BadSafeguards, StillInUse
from gatekeeper_queue.submissions import BadSubmission
from gatekeeper_queue.training import BadTraining


class Unusable(Exception):
    """Something that was sent cannot be used; the message says what to change."""


_NOT_NOW: tuple[type[Exception], ...] = (
    *CHANGED_MEANWHILE,
    Conflict,
    CannotOperate,
    CannotDecide,
    BadReview,
    BadAnswer,
    CannotEnrol,
    ImportRefused,
    PreviewPassed,
    StillInUse,
)
_UNUSABLE: tuple[type[Exception], ...] = (
    Unusable,
    BadChange,
    BadMapping,
    BadTraining,
    CannotErase,
    ChannelError,
    SettingsError,
    Unreadable,
    UnusableAnswer,
    UnusableForm,
)

RESPONSES: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The body could not be read."},
    401: {"model": Problem, "description": "No token, or one that is not good (any more)."},
    403: {"model": Problem, "description": "The person, or the token, may not do this."},
    404: {"model": Problem, "description": "There is nothing here for this person."},
    409: {"model": Problem, "description": "Not possible in the state that it is in now."},
    413: {"model": Problem, "description": "More was sent than is taken."},
    422: {"model": Problem, "description": "A field cannot be used."},
    503: {"model": Problem, "description": "In incident mode nothing that is published is shown."},
}

_TITLES = {
    400: "This could not be read",
    403: "You may not do this",
    404: "There is nothing here",
    405: "This cannot be asked like that",
    409: "This cannot be done now",
    413: "That is too much at once",
    422: "Something that was sent cannot be used",
}
_DETAILS = {
    400: "The body could not be read. Nothing was changed.",
    404: "There is no such address, or nothing at it that this person may see.",
    405: "There is such an address, but not for this method.",
    413: "A photo may have at most 40 MB and a post at most four photos, a scan of a form 5 MB, "
    "and a file of the register 20 MB. Nothing was changed.",
}


def add_problems(api: FastAPI) -> None:
    """Every known refusal in the one shape; everything else without details."""

    def answer(status: int) -> Any:
        def handler(_: Request, error: Exception) -> JSONResponse:
            detail = _DETAILS.get(status) or in_words(error)
            return problem_response(status, _TITLES[status], detail)

        return handler

    for kind in _NOT_NOW:
        api.add_exception_handler(kind, answer(409))
    api.add_exception_handler(NotAllowed, answer(403))
    api.add_exception_handler(OnBreak, _on_break)
    for kind in (NotFound, NoDraft):
        api.add_exception_handler(kind, answer(404))
    for kind in _UNUSABLE:
        api.add_exception_handler(kind, answer(422))
    api.add_exception_handler(BadSubmission, _bad_submission)
    api.add_exception_handler(BadSafeguards, _bad_safeguards)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http_error)
    api.add_exception_handler(Exception, _fault)


def _on_break(_: Request, error: Exception) -> JSONResponse:
    response = problem_response(503, "News is taking a break", BREAK)
    response.headers["Retry-After"] = BREAK_LASTS
    return response


def _bad_submission(_: Request, error: Exception) -> JSONResponse:
    problems = error.problems if isinstance(error, BadSubmission) else {}
    status = 409 if problems.keys() & {"state", "version"} else 422
    return problem_response(status, _TITLES[status], str(error), problems)


def _bad_safeguards(_: Request, error: Exception) -> JSONResponse:
    problems = error.problems if isinstance(error, BadSafeguards) else {}
    return problem_response(422, _TITLES[422], str(error), problems)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    """What pydantic says, by field; never what was sent."""
    if getattr(request.state, "too_large", False):
        return problem_response(413, _TITLES[413], _DETAILS[413])
    found = error.errors() if isinstance(error, RequestValidationError) else ()
    problems = {_field(one["loc"]): str(one["msg"]) for one in found}
    detail = "; ".join(f"{field}: {text}" for field, text in problems.items())
    return problem_response(422, _TITLES[422], detail, problems)


def _field(place: tuple[int | str, ...]) -> str:
    """ "words.0.box" of a body, and the name of anything else."""
    return ".".join(map(str, place[1:] or place))


def _http_error(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if getattr(request.state, "too_large", False):
        status = 413
    response = problem_response(
        status, _TITLES.get(status, _TITLES[400]), _DETAILS.get(status, _DETAILS[400])
    )
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)  # a refused method comes with those that are not
    return response


def _fault(_: Request, error: Exception) -> JSONResponse:
    """The application around this one notes the error, for it is raised on to there."""
    response = problem_response(
        500,
        "Something went wrong here",
        "It is our fault, not yours. Nothing was published because of it.",
    )
    put_headers(response.headers)  # this answer does not pass through the middleware
    return response
