"""Opening a school with real files: whose decision the rules are, and what staff sign."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import select

import gatekeeper_detectors.policy
from gatekeeper.composition import acceptable_use_from, open_school
from gatekeeper.keys import make_key_file
from gatekeeper.settings import Settings, SettingsError
from gatekeeper_queue.changes import open_changes
from gatekeeper_queue.gate import held
from gatekeeper_queue.record_models import ChangeRequest


def state(folder: Path, policy: Path | None) -> tuple[bool, int]:
    """Open it as a process does at its start: is sending held, and how many changes wait?"""
    settings = Settings(data=folder / "data", policy=policy)
    make_key_file(settings)
    school = open_school(settings)
    with school.database.read() as session:
        found = bool(held(school, session)), len(open_changes(session))
    school.database.close()
    return found


def write(folder: Path, text: str) -> Path:
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


OURS = '[rules.too-long]\naction = "flag"\n'
FREE, HELD = (False, 0), (True, 1)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, None, FREE),
        (None, "standard", FREE),
        ("standard", "cautious", HELD),
        (None, OURS, HELD),
        (OURS, OURS, FREE),
        (OURS, f"# with a comment\n\n{OURS}", FREE),
        (OURS, OURS.replace("flag", "note"), HELD),
        (OURS, "", HELD),
        (OURS, None, HELD),
    ],
)
def test_what_is_a_new_decision_and_what_is_not(tmp_path, before, after, expected):
    def policy(text):
        if text in (None, "standard", "cautious"):
            return Path(text) if text else None
        return write(tmp_path, text)

    assert state(tmp_path, policy(before)) == FREE
    assert state(tmp_path, policy(after)) == expected
    assert state(tmp_path, policy(after)) == expected  # another process, or the next start
    assert state(tmp_path, policy(before)) == FREE  # put back


def test_an_update_of_the_software_stops_no_school(tmp_path, monkeypatch):
    path = write(tmp_path, OURS)
    assert state(tmp_path, path) == FREE
    monkeypatch.setattr(gatekeeper_detectors.policy, "version", lambda _: "99.0")
    assert state(tmp_path, path) == FREE


def test_a_broken_policy_file_changes_nothing(tmp_path):
    path = write(tmp_path, OURS)
    assert state(tmp_path, path) == FREE
    write(tmp_path, "[rules.no-such-rule]\n")
    with pytest.raises(gatekeeper_detectors.policy.PolicyError):
        state(tmp_path, path)
    write(tmp_path, OURS)
    assert state(tmp_path, path) == FREE


def test_a_new_calibration_under_the_same_name_is_a_new_decision(tmp_path):
    calibration = tmp_path / "ours.toml"

    def calibrate(strict: float) -> None:
        calibration.write_text(
            f'engine = "dlib"\nversion = "1"\nstrict = {strict}\nmargin = 0.05\n'
            'people = 9\npictures = 30\ndate = "2026-11-01"\n'
        )

    calibrate(0.4)
    path = write(tmp_path, '[faces]\ncalibration = "ours.toml"\n')
    assert state(tmp_path, path) == FREE
    calibrate(0.5)
    assert state(tmp_path, path) == HELD


def test_the_request_says_what_changed(tmp_path):
    state(tmp_path, write(tmp_path, OURS))
    state(tmp_path, write(tmp_path, '[rules.lone-pupil]\naction = "note"\n'))
    settings = Settings(data=tmp_path / "data", policy=tmp_path / "policy.toml")
    school = open_school(settings)
    with school.database.read() as session:
        change = session.exec(select(ChangeRequest)).one()
    school.database.close()
    assert change.before["written"] == {"rules.too-long.action": "flag"}
    assert change.after["written"] == {"rules.lone-pupil.action": "note"}


def test_the_shipped_policy_for_twitter_has_a_version_and_can_be_shown():
    shipped = acceptable_use_from(None)
    assert shipped.version == "2026-11"
    kinds = [kind for kind, _ in shipped.blocks()]
    assert {"heading", "list", "paragraph"} == set(kinds)


@pytest.mark.parametrize(
    ("content", "says"), [(None, "cannot be read"), (b"", "is empty"), (b"\xff\xfe", "cannot be")]
)
def test_a_schools_own_that_cannot_be_used_is_refused(tmp_path, content, says):
    path = tmp_path / "ours.md"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=says):
        acceptable_use_from(path)
    settings = Settings(data=tmp_path / "data", aup=path)
    make_key_file(settings)
    with pytest.raises(SettingsError, match="aup"):
        open_school(settings)
    assert not (tmp_path / "data" / "gatekeeper.db").exists()
