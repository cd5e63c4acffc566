"""Settings and keys: clear refusals, secrets from files, never a wrong key."""

from __future__ import annotations

import os
import stat

import pytest
from cryptography.fernet import Fernet

from gatekeeper.composition import config_folder, open_school, policy_from
from gatekeeper.keys import KeyProblem, make_key_file
from gatekeeper.settings import Settings, SettingsError, load_settings


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


@pytest.mark.parametrize("key", [Fernet.generate_key().decode(), "short", ","])
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
