"""The schema: migrations make exactly what the models say, and never go back in time."""

from __future__ import annotations

from datetime import date

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlmodel import SQLModel, select

import gatekeeper.signin  # noqa: F401 - its table belongs to the metadata
from gatekeeper.migrations import SchemaProblem, _config, migrate
from gatekeeper_queue.database import Database
from gatekeeper_queue.models import Approval, Post, Submission
from gatekeeper_queue.record_models import TrainingRecord


def _config_for(database):
    config = _config()
    config.attributes["engine"] = database.engine
    return config


@pytest.fixture
def database(tmp_path):
    made = Database(f"sqlite:///{tmp_path / 'school.db'}")
    yield made
    made.close()


def test_the_migrations_make_what_the_models_say(database):
    migrate(database)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_migrating_twice_changes_nothing(database):
    assert migrate(database) == migrate(database)


def test_days_of_training_are_carried_over(database):
    command.upgrade(_config_for(database), "0002")
    with database.engine.begin() as connection:
        for user_id, trained, signed in (
            ("both", "2026-01-02", "2026-03-04"),
            ("trained", "2025-05-06", None),
            ("neither", None, None),
        ):
            connection.execute(
                text(
                    "INSERT INTO user_account (id, email, display_name, role, password_hash, "
                    "active, trained_on, aup_signed_on, failed_sign_ins) "
                    "VALUES (:id, :id, 'A', 'teacher', '-', 1, :trained, :signed, 0)"
                ),
                {"id": user_id, "trained": trained, "signed": signed},
            )
    migrate(database)
    with database.read() as session:
        found = session.exec(select(TrainingRecord).order_by(TrainingRecord.user_id)).all()
    assert [(row.user_id, row.kind, row.on) for row in found] == [
        ("both", "training", date(2026, 1, 2)),
        ("both", "aup", date(2026, 3, 4)),
        ("trained", "training", date(2025, 5, 6)),
    ]


def test_the_account_of_a_submission_is_carried_over_and_every_reference_holds(database):
    command.upgrade(_config_for(database), "0003")
    with database.engine.begin() as connection:
        for statement in (
            "INSERT INTO user_account (id, email, display_name, role, password_hash, active, "
            "failed_sign_ins) VALUES ('u', 'u', 'U', 'teacher', '-', 1, 0)",
            "INSERT INTO channel_account (id, channel, handle, owner_id, secrets, active) "
            "VALUES ('x1', 'twitter', 'school', 'u', x'00', 1)",
            *(
                "INSERT INTO submission (id, author_id, state, version, caption, class_name, "
                "channels, account_id, created_at, changed_at, note, attempts, needs_person) "
                f"VALUES ('{name}', 'u', 'approved', 1, '', '', '[]', {account}, "
                "'2026-01-01 00:00:00', '2026-01-01 00:00:00', '', 0, 0)"
                for name, account in (("with", "'x1'"), ("without", "NULL"))
            ),
            *(
                "INSERT INTO approval (id, submission_id, version, channel, fingerprint, people, "
                f"approved_by, approved_at) VALUES ('{channel}', 'with', 1, '{channel}', '', "
                "'[]', 'u', '2026-01-01 00:00:00')"
                for channel in ("website", "twitter")
            ),
            *(
                "INSERT INTO post (id, submission_id, approval_id, channel, state, due_at, "
                '"references", sends, ready, remote_id, url, attempts, last_error, removal_reason) '
                f"VALUES ('{name}', 'with', 'website', '{name}', 'failed', '2026-01-01 00:00:00', "
                f"'{references}', {sends}, 0, '', '', 0, '', '')"
                for name, references, sends in (
                    ("never sent", "[]", 0),
                    ("sent before sends were counted", '["media-1"]', 0),
                    ("sent twice", '["media-2"]', 2),
                )
            ),
        ):
            connection.exec_driver_sql(statement)
    migrate(database)
    with database.read() as session:
        submissions = {row.id: row.account_ids for row in session.exec(select(Submission))}
        approvals = {row.channel: row.destinations for row in session.exec(select(Approval))}
        sends = {row.id: row.sends for row in session.exec(select(Post))}
        enforced = session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar()
    assert submissions == {"with": ["x1"], "without": []}
    assert approvals == {"website": [""], "twitter": ["x1"]}
    assert sends == {"never sent": 0, "sent before sends were counted": 1, "sent twice": 2}
    assert enforced == 1


def test_a_migration_that_finds_a_broken_reference_changes_nothing(database):
    command.upgrade(_config_for(database), "0003")
    raw = database.engine.raw_connection()
    raw.cursor().execute("PRAGMA foreign_keys=OFF")
    raw.cursor().execute(
        "INSERT INTO channel_account (id, channel, handle, owner_id, secrets, active) "
        "VALUES ('x1', 'twitter', 'school', 'nobody', x'00', 1)"
    )
    raw.cursor().execute("PRAGMA foreign_keys=ON")
    raw.close()
    for _ in range(2):  # a second start says the same
        with pytest.raises(RuntimeError, match="references of channel_account"):
            migrate(database)
    with database.engine.connect() as connection:
        revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        tables = inspect(connection).get_table_names()
        enforced = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
    assert (revision, "account_rest" in tables, enforced) == ("0003", False, 1)


def test_a_database_from_a_newer_version_is_refused_and_left_alone(database):
    migrate(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    tables = inspect(database.engine).get_table_names()
    with pytest.raises(SchemaProblem, match=r"newer version of Gatekeeper \(schema 9999\)"):
        migrate(database)
    assert inspect(database.engine).get_table_names() == tables


def test_sqlite_runs_with_what_the_promises_rest_on(database):
    with database.engine.connect() as connection:
        found = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "secure_delete")
        }
    assert found == {
        "journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "secure_delete": 1
    }  # fmt: skip
