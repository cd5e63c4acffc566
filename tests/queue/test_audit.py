"""The audit chain: any change, deletion, insertion or reorder is found (promise 8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import SQLModel

from gatekeeper_queue.audit import AuditLog
from gatekeeper_queue.database import Database

KEY = b"k" * 32
EVENTS = 6


@pytest.fixture
def log_in(tmp_path):
    """A function that makes a fresh database with a whole log of six events in it."""
    made = []

    def make():
        database = Database(f"sqlite:///{tmp_path / f'{len(made)}.db'}")
        made.append(database)
        SQLModel.metadata.create_all(database.engine)
        start = datetime(2026, 9, 1, 9, tzinfo=UTC)
        times = iter(start + timedelta(minutes=n) for n in range(100))
        log = AuditLog(KEY, lambda: next(times))
        with database.write() as session:
            for number in range(EVENTS):
                log.append(session, f"user{number}", "thing.done", f"s{number}", {"n": number})
        return database, log

    yield make
    for database in made:
        database.close()


def breaks(database, log):
    with database.read() as session:
        return list(log.verify(session))


def test_a_whole_log_verifies(log_in):
    assert breaks(*log_in()) == []


def test_a_log_that_was_emptied_is_found(log_in):
    database, log = log_in()
    with database.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_event"))
        connection.execute(text("DELETE FROM audit_head"))
    assert breaks(database, log)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_event SET data = '{\"n\": 9}' WHERE seq = 3",
        "UPDATE audit_event SET actor = 'nobody' WHERE seq = 1",
        "UPDATE audit_event SET subject = 's0' WHERE seq = 6",
        "UPDATE audit_event SET kind = 'thing.undone' WHERE seq = 2",
        "UPDATE audit_event SET at = '2026-09-01 09:00:01.000000' WHERE seq = 1",
        "DELETE FROM audit_event WHERE seq = 1",
        "DELETE FROM audit_event WHERE seq = 4",
        "DELETE FROM audit_event WHERE seq = 6",
        "DELETE FROM audit_event",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET seq = 5",
        "UPDATE audit_event SET seq = 7 WHERE seq = 6",
        # swap two events, places and codes and all
        "UPDATE audit_event SET seq = CASE seq WHEN 3 THEN -4 WHEN 4 THEN -3 ELSE seq END;"
        "UPDATE audit_event SET seq = -seq WHERE seq < 0",
        # cut the tail and move the head to the new end
        "DELETE FROM audit_event WHERE seq = 6;"
        "UPDATE audit_head SET seq = 5, mac = (SELECT mac FROM audit_event WHERE seq = 5)",
        "DELETE FROM audit_event WHERE seq > 3;"
        "UPDATE audit_head SET seq = 3, mac = (SELECT mac FROM audit_event WHERE seq = 3)",
    ],
)
def test_tampering_is_found(log_in, tampering):
    database, log = log_in()
    with database.engine.begin() as connection:
        for statement in tampering.split(";"):
            connection.execute(text(statement))
    assert breaks(database, log)


def test_a_log_rebuilt_under_another_key_is_found(log_in):
    database, _ = log_in()
    assert breaks(database, AuditLog(b"x" * 32, lambda: datetime.now(UTC)))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seq=st.integers(1, EVENTS),
    column=st.sampled_from(["actor", "kind", "subject", "data", "mac"]),
    value=st.text(st.characters(codec="ascii", exclude_characters="\x00"), max_size=20),
)
def test_any_other_value_anywhere_is_found(log_in, seq, column, value):
    database, log = log_in()
    with database.engine.begin() as connection:
        before = connection.execute(
            text(f"SELECT {column} FROM audit_event WHERE seq = {seq}")
        ).scalar_one()
        connection.execute(
            text(f"UPDATE audit_event SET {column} = :value WHERE seq = {seq}"), {"value": value}
        )
    assert bool(breaks(database, log)) == (value != before)


def test_the_log_holds_back_nothing_when_the_change_is_rolled_back(log_in):
    database, log = log_in()
    with pytest.raises(RuntimeError), database.write() as session:
        log.append(session, "u", "thing.done", "s", {})
        raise RuntimeError("the change failed")
    assert breaks(database, log) == []
