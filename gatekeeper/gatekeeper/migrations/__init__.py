"""The database's schema, step by step. Ships in the wheel and runs at start."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from gatekeeper_queue.database import Database


class SchemaProblem(Exception):
    """The database's schema cannot be used by this version of Gatekeeper."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "gatekeeper:migrations")
    return config


def migrate(database: Database) -> str:
    """Bring the schema up to date; returns its revision.

    Raises `SchemaProblem` for a database that a newer version of Gatekeeper has written.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    with database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise SchemaProblem(
            f"The database was written by a newer version of Gatekeeper (schema {current}). "
            "Install that version again; nothing was changed."
        )
    head = scripts.get_current_head()
    if current != head:
        config.attributes["engine"] = database.engine
        command.upgrade(config, "head")
    return head or ""
