"""How Alembic reaches the database: through the engine that `migrate` hands it."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
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


engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
