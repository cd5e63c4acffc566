"""How Alembic reaches the database: through the engine that `migrate` hands it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

import gatekeeper.signin
import gatekeeper_consent.models
import gatekeeper_queue.models
import gatekeeper_queue.record_models

TABLES = (
    gatekeeper_consent.models,
    gatekeeper_queue.models,
    gatekeeper_queue.record_models,
    gatekeeper.signin,
)
"""Imported so that their tables are known to the metadata."""


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """SQLModel's own string type is a plain one; a migration needs no SQLModel."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


@contextmanager
def _tables_may_be_made_anew(connection: Connection) -> Iterator[None]:
    """SQLite makes a table anew to drop a column that refers to another table. Meanwhile the
    references are not enforced, but checked before the changes are kept.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()


def _check_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"The migration would break references of {broken[0][0]}.")


engine = context.config.attributes["engine"]
writing = engine.execution_options(writes=True)
with writing.connect() as connection, _tables_may_be_made_anew(connection):
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        render_item=_render,
        # Alembic does not believe it of SQLite; our engine says BEGIN itself, so that all steps
        # and the check of the references are kept together or not at all.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()
        _check_references(connection)
