"""A database file with all tables and nothing in them: to copy it is quicker than to make it."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from sqlmodel import SQLModel

import gatekeeper.signin  # noqa: F401 - its tables, whichever test is the first to ask
import gatekeeper_queue.record_models  # noqa: F401
from gatekeeper_queue.database import Database


def put_empty_database(path: Path) -> None:
    """Unless there is one already."""
    if not path.exists():
        path.write_bytes(_made())


@cache
def _made() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        database = Database(f"sqlite:///{path}")
        SQLModel.metadata.create_all(database.engine)
        database.close()
        return path.read_bytes()
