"""Rows of the database as what is sent."""

from __future__ import annotations

from typing import TypeVar

from sqlmodel import Session, SQLModel

from gatekeeper.api.shapes import Shape
from gatekeeper.web.errors import NotFound

S = TypeVar("S", bound=Shape)
R = TypeVar("R", bound=SQLModel)


def known(session: Session, kind: type[R], key: str | int) -> R:
    """The row. Raises `NotFound`."""
    found = session.get(kind, key)
    if found is None:
        raise NotFound
    return found


def from_row(shape: type[S], row: object) -> S:
    """The shape with the row's values of the same names."""
    return shape(**{name: getattr(row, name) for name in shape.model_fields})
