"""Rows of the database by their key."""

from __future__ import annotations

from typing import TypeVar

from sqlmodel import Session, SQLModel

from gatekeeper.web.errors import NotFound

R = TypeVar("R", bound=SQLModel)


def known(session: Session, kind: type[R], key: str | int) -> R:
    """The row. Raises `NotFound`."""
    found = session.get(kind, key)
    if found is None:
        raise NotFound
    return found
