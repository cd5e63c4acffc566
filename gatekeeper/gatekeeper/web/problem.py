"""A refusal as programs read it."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

API = "/api/v1"
"""Below this path every answer is for programs."""


class Problem(BaseModel):
    """Why something was refused."""

    status: int = Field(description="The HTTP status again.")
    title: str
    detail: str = Field(description="In words for a person: what is wrong, and what to do.")
    problems: dict[str, str] = Field(
        default_factory=dict, description="What is wrong with each field that cannot be used."
    )


def problem_response(
    status: int, title: str, detail: str, problems: Mapping[str, str] | None = None
) -> JSONResponse:
    said = Problem(status=status, title=title, detail=detail, problems=dict(problems or {}))
    return JSONResponse(said.model_dump(), status)
