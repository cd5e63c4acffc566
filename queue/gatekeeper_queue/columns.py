"""Columns that the tables share."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import Column

from gatekeeper_consent.columns import Instant


def new_id() -> str:
    return str(uuid4())


def instant(*, nullable: bool = False, index: bool = False) -> Any:
    """A moment, stored in UTC and read back aware."""
    return Column(Instant, nullable=nullable, index=index)
