"""Settings and keys: clear refusals, secrets from files, never a wrong key."""

from __future__ import annotations

import os
import stat
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet

from gatekeeper.composition import config_folder, open_school, policy_from
from gatekeeper.keys import KeyProblem, make_key_file
from gatekeeper.settings import Settings, SettingsError, load_settings
from gatekeeper.timing import school_days, slots_of
from gatekeeper_queue.school_days import SchoolDays


@pytest.fixture(autouse=True)
def _clean(monkeypatch, tmp_path):
    for name in os.environ:
        if name.startswith("GATEKEEPER_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("porrt = 1", "porrt"),
        ("port = 'many'", "port"),
        ("port = 99999", "port"),
        ("time_zone = 'Mars/Olympus'", "no time zone"),
        ("data = ", "cannot be read"),
        ("slot_opens = 30", "slot_opens"),
        ("slot_opens = 20", "the hours of the school leave no time"),
        ("quiet_hours = ['07:00-20:00']", "the hours of the school leave no time"),
        ("quiet_hours = ['8-9']", "'8' is no time of day; write it as 08:30"),
        ("quiet_hours = ['08:30']", "write it as 08:30-09:15"),
        ("quiet_hours = ['23:00-07:00']", "must end after it begins"),
        ("school_weekdays = []", "at least 1 item"),
        ("school_weekdays = ['mon']", "school_weekdays"),
        ("bank_holidays = 'cornwall'", "bank_holidays"),
        ("inset_days = ['soon']", "inset_days"),
        ("approval_days = 0", "approval_days"),
        ("late_hours = 0", "late_hours"),
        ("[[terms]]\nfirst = 2026-09-02", "terms.0.last"),
        (
            "[[terms]]\nfirst = 2026-09-02\nlast = 2026-09-01",
            "ends on 2026-09-01, before it begins",
        ),
        ("[[terms]]\nfirst = 2026-09-02\nlast = 2026-12-18\nends = 1", "terms.0.ends"),
        (
            "[[terms]]\nfirst = 2026-09-02\nlast = 2026-12-18\n"
            "[[terms]]\nfirst = 2026-12-18\nlast = 2027-03-26",
            "begins on 2026-12-18 begins before the one before it ends",
        ),
        (
            "[[terms]]\nfirst = 2026-09-02\nlast = 2026-12-18\n"
            "[[terms]]\nfirst = 2027-04-12\nlast = 2027-07-21",
            "no school day from 2026-12-19 to 2027-04-11",
        ),
        ("[[holidays]]\nfirst = 2026-10-26\nlast = 2027-10-30", "no school day from"),
        ("[[slots]]\nchannel = 'facebook'", "slots.0.channel"),
        ("[[slots]]\nchannel = 'twitter'\ntimes = ['8.30']", "'8.30' is no time of day"),
        ("[[slots]]\nchannel = 'twitter'\ntimes = ['21:00']", "21:00 of twitter is outside"),
        ("[[slots]]\nchannel = 'twitter'\nweekdays = ['sunday']", "weekdays of twitter"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path, content, complaint):
    with pytest.raises(SettingsError, match=complaint):
        load_settings(write(tmp_path / "g.toml", content))


def test_a_named_file_must_be_there(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path / "absent.toml")


def test_the_environment_beats_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEKEEPER_PORT", "8123")
    assert load_settings(write(tmp_path / "g.toml", "port = 8001")).port == 8123


def test_a_secret_comes_from_a_file(tmp_path, monkeypatch):
    key = Fernet.generate_key().decode()
    monkeypatch.setenv("GATEKEEPER_KEY_FILE", str(write(tmp_path / "k", key + "\n")))
    settings = load_settings()
    assert settings.key.get_secret_value() == key
    assert key not in repr(settings)


def test_the_examples_of_the_calendar_can_be_used_as_they_are(tmp_path):
    """Every commented table of the shipped file, with the marks taken away."""
    text = (config_folder() / "gatekeeper.toml").read_text(encoding="utf-8")
    _, _, tables = text.partition("# --- The school's calendar")
    lines = [line[2:] for line in tables.splitlines() if line.startswith(("# [[", "# "))]
    used = [line for line in lines if line.startswith("[[") or " = " in line]
    settings = load_settings(write(tmp_path / "g.toml", "\n".join(used)))
    days, made = school_days(settings), slots_of(settings)
    assert days.why_closed(date(2026, 10, 28)) == "Half-term"
    assert days.why_closed(date(2026, 12, 19)) == "the school holidays"
    assert days.term_of(date(2026, 10, 1)).name == "Autumn term 2026"
    assert made.timetable("twitter", "@ourschool").times == (510, 735, 945)
    assert made.timetable("twitter", "another") == made.timetable("website") == made.default


def test_a_setting_of_the_calendar_may_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("GATEKEEPER_INSET_DAYS", '["2026-09-01"]')
    assert school_days(load_settings()).why_closed(date(2026, 9, 1)) == "inset day"


def test_the_shipped_settings_file_holds_the_defaults():
    shipped = load_settings(config_folder() / "gatekeeper.toml")
    assert shipped == Settings()


@pytest.mark.parametrize("preset", ["standard", "cautious"])
def test_each_preset_loads_by_its_name(preset):
    from pathlib import Path

    assert policy_from(Path(preset)).name == preset


def test_a_key_file_is_private_and_never_overwritten(tmp_path):
    settings = Settings(data=tmp_path / "school")
    make_key_file(settings)
    before = settings.key_file.read_bytes()
    make_key_file(settings)
    assert settings.key_file.read_bytes() == before
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600


def test_a_school_without_a_key_says_what_to_do(tmp_path):
    with pytest.raises(KeyProblem, match="gatekeeper init"):
        open_school(Settings(data=tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "key", [Fernet.generate_key().decode(), "short", ","], ids=["another", "short", "empty"]
)
def test_a_wrong_key_is_refused_and_changes_nothing(tmp_path, key):
    settings = Settings(data=tmp_path)
    make_key_file(settings)
    open_school(settings).database.close()
    with pytest.raises(KeyProblem):
        open_school(Settings(data=tmp_path, key=key))
    open_school(settings).database.close()


def test_a_new_key_in_front_still_opens_old_data(tmp_path):
    settings = Settings(data=tmp_path)
    make_key_file(settings)
    school = open_school(settings)
    school.store.save_original("a", b"picture")
    school.database.close()
    old = settings.key_file.read_text().strip()
    rotated = open_school(Settings(data=tmp_path, key=f"{Fernet.generate_key().decode()},{old}"))
    assert rotated.store.original("a") == b"picture"
    rotated.database.close()


def test_a_fixed_time_is_for_one_post_even_without_spacing():
    row = {"channel": "website", "times": ["08:30", "12:00"]}
    slots = slots_of(Settings(slot_spacing_minutes=0, slots=[row]))
    table = slots.timetable("website")
    first = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)
    free = table.next_free(first, [first], ZoneInfo("Europe/London"), SchoolDays())
    assert free.moment == datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert slots.timetable("parents").spacing == timedelta()
