"""The database's files: nobody else on the machine reads them."""

from __future__ import annotations

from stat import S_IMODE

import pytest
from sqlalchemy import text

from gatekeeper_queue.database import Database


def rights(path):
    return {file.name: S_IMODE(file.stat().st_mode) for file in path.iterdir()}


def used(path):
    database = Database(f"sqlite:///{path}")
    with database.write() as session:
        session.exec(text("CREATE TABLE IF NOT EXISTS child (name TEXT)"))
        session.exec(text("INSERT INTO child VALUES ('x')"))
        found = rights(path.parent)
    database.close()
    return found


def test_a_new_one_is_for_its_user_alone(tmp_path):
    found = used(tmp_path / "school.db")
    assert set(found) == {"school.db", "school.db-wal", "school.db-shm"}
    assert set(found.values()) == {0o600}


@pytest.mark.parametrize(("before", "after"), [(0o644, 0o640), (0o666, 0o660), (0o600, 0o600)])
def test_one_that_everybody_could_read_is_closed_to_others(tmp_path, before, after):
    """What the school gave to a group of its own stays."""
    path = tmp_path / "school.db"
    used(path)
    path.chmod(before)
    assert used(path)["school.db"] == after
