"""The database: one engine, read and write transactions.

On SQLite every write transaction takes the write lock when it begins, so that what it read
is still true when it writes; readers are never blocked (WAL).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_IMODE
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import Connection
from sqlmodel import Session, create_engine

from gatekeeper_queue import models, record_models

TABLES = (models, record_models)
"""Imported so that whoever opens a database knows all its tables."""

_BUSY_SECONDS = 30


class Database:
    """Opens transactions on one database, given by its SQLAlchemy URL."""

    def __init__(self, url: str) -> None:
        # Errors are logged: without the parameters, which may hold names and captions.
        self.engine = create_engine(url, hide_parameters=True)
        if self.engine.dialect.name == "sqlite":
            _prepare_sqlite(self.engine)
        self._writing = self.engine.execution_options(writes=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state and is rolled back at its end."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that is committed at its end, or rolled back whole when anything fails."""
        with Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    def forget_deleted(self) -> None:
        """Bring what was deleted out of the write-ahead log too, as far as no reader needs it.
        SQLite overwrites deleted rows in the file itself; the log keeps them until then."""
        if self.engine.dialect.name == "sqlite":
            connection = self.engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                connection.close()

    def close(self) -> None:
        self.engine.dispose()


def _keep_private(path: Path) -> None:
    """Children's names and answers are in it, so nobody else on the machine reads it. The files
    that SQLite puts beside it get its rights."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        with suppress(FileNotFoundError, PermissionError):
            mode = S_IMODE(file.stat().st_mode)
            if mode & 0o007:
                file.chmod(mode & 0o770)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "do_connect")
    def _before_connect(*_: Any) -> None:
        if engine.url.database and engine.url.database != ":memory:":
            _keep_private(Path(engine.url.database))

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # a sent post must survive a power cut
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA secure_delete=ON")  # a purged template leaves no bytes behind
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
