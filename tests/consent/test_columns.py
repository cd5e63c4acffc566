from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.schema import CreateTable
from sqlmodel import SQLModel, text

from gatekeeper_consent.columns import Instant
from gatekeeper_consent.models import BiometricConsent, Consent

BST = timezone(timedelta(hours=1))


def biometric(moment: datetime) -> BiometricConsent:
    return BiometricConsent(person_id="p1", recorded_at=moment, recorded_by="office")


def test_a_moment_comes_back_aware_and_is_stored_in_utc(school):
    school.session.add(biometric(datetime(2026, 6, 1, 0, 30, tzinfo=BST)))
    school.session.commit()
    stored = school.session.exec(text("SELECT recorded_at FROM biometric_consent")).scalar()
    assert stored.startswith("2026-05-31 23:30:00")
    row = school.session.get(BiometricConsent, 1)
    assert row.recorded_at == datetime(2026, 5, 31, 23, 30, tzinfo=UTC)
    assert row.recorded_at.utcoffset() == timedelta(0)


def test_a_moment_without_a_zone_is_refused(school):
    school.session.add(biometric(datetime(2026, 6, 1)))  # noqa: DTZ001
    with pytest.raises(StatementError, match="time zone"):
        school.session.flush()


def test_none_stays_none():
    assert Instant().process_bind_param(None, postgresql.dialect()) is None
    assert Instant().process_result_value(None, postgresql.dialect()) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [("use", "'newspaper'"), ("scope", "'crowd'"), ("decision", "'maybe'"), ("given_on", "NULL")],
)
def test_the_database_itself_refuses_nonsense(loaded, column, value):
    with pytest.raises(IntegrityError):
        loaded.session.exec(text(f"UPDATE consent SET {column} = {value} WHERE decision = 'yes'"))


def test_tables_suit_postgresql():
    names = ["pupil", "staff_member", "consent", "biometric_consent", "reference_face"]
    for name in [*names, "face_template"]:
        sql = str(CreateTable(SQLModel.metadata.tables[name]).compile(dialect=postgresql.dialect()))
        assert f"CREATE TABLE {name}" in sql
    assert "CHECK (use IN ('website', 'twitter', 'parents', 'display'))" in str(
        CreateTable(Consent.__table__).compile(dialect=postgresql.dialect())
    )
