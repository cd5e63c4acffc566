"""How Alembic reaches the database: through the engine that `migrate` hands it."""

from __future__ import annotations

import gatekeeper_consent.models
import gatekeeper_queue.models
from alembic import context
from sqlmodel import SQLModel

import gatekeeper.signin

TABLES = (gatekeeper_consent.models, gatekeeper_queue.models, gatekeeper.signin)
"""Imported so that their tables are known to the metadata."""

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
