"""A school's choice of face engine: thresholds, calibrating, and learning everybody anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from gatekeeper.cli import app
from gatekeeper.composition import open_school, policy_from, thresholds_for
from gatekeeper.demo.vectors import SCHOOL, known_vectors
from gatekeeper.keys import make_key_file
from gatekeeper.register_import import import_register
from gatekeeper.relearning import learn_anew
from gatekeeper.settings import Settings
from gatekeeper_consent.models import FaceTemplate
from gatekeeper_detectors.faces.calibration import Calibration, as_toml
from gatekeeper_detectors.faces.engine import default_engine
from gatekeeper_detectors.faces.models import ModelsRefused
from gatekeeper_detectors.faces.search import FacePool
from gatekeeper_detectors.policy import PolicyError
from gatekeeper_queue.recognition import Safeguards, record_safeguards
from gatekeeper_queue.register_view import register_changes


@pytest.fixture
def school(tmp_path):
    settings = Settings(data=tmp_path / "data")
    make_key_file(settings)
    opened = open_school(settings)
    with opened.database.write() as session:
        facts = Safeguards(opened.today(), "Morgan Vale", opened.today())
        record_safeguards(opened, session, facts, by="test")
    yield opened
    opened.database.close()


@pytest.fixture
def register(tmp_path) -> Path:
    """One pupil of the sample school."""
    made = tmp_path / "register"
    made.mkdir()
    for name in ("roll.csv", "consents.csv", "biometric.csv"):
        header, *rows = (SCHOOL / name).read_text(encoding="utf-8").splitlines()
        kept = [row for row in rows if row.startswith("p16")]
        (made / name).write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")
    shutil.copytree(SCHOOL / "faces" / "p16", made / "faces" / "p16")
    return made


def test_templates_of_an_older_engine_are_made_anew(school, register):
    import_register(school, register, actor="test", known=known_vectors())
    engine = default_engine()
    with school.database.write() as session:
        session.exec(select(FaceTemplate)).one().engine_version = "1"
        before = register_changes(session)
    with FacePool() as pool:
        assert learn_anew(school, pool, engine) == 1
        assert learn_anew(school, pool, engine) == 0
    with school.database.read() as session:
        made = session.exec(select(FaceTemplate)).one()
        assert (made.engine_version, made.reference_count) == (engine.version, 3)
        assert register_changes(session) > before


def policy_with(tmp_path: Path, **changes: object):
    engine = default_engine()
    usual = {"engine": engine.name, "version": engine.version, "strict": 0.45, "margin": 0.08}
    measured = Calibration(people=90, pictures=400, date="2026-11-24", **{**usual, **changes})
    (tmp_path / "faces.toml").write_text(as_toml(measured, [], 11))
    (tmp_path / "policy.toml").write_text('[faces]\ncalibration = "faces.toml"\nmargin = 0.1\n')
    return policy_from(tmp_path / "policy.toml")


def test_the_schools_own_calibration_counts_and_the_policy_makes_it_stricter(tmp_path):
    limits = thresholds_for(policy_with(tmp_path), default_engine())
    assert (limits.strict, limits.margin) == (0.45, 0.1)


@pytest.mark.parametrize("change", [{"engine": "dlib-2-sface"}, {"version": "1"}])
def test_a_calibration_of_another_engine_is_refused(tmp_path, change):
    with pytest.raises(PolicyError, match="Run 'gatekeeper calibrate' again"):
        thresholds_for(policy_with(tmp_path, **change), default_engine())


def test_the_policy_never_makes_it_looser_than_calibrated(tmp_path):
    with pytest.raises(PolicyError, match="no less than"):
        thresholds_for(policy_with(tmp_path, margin=0.2), default_engine())


def test_a_folder_of_models_that_is_not_there_is_refused_before_anything_is_read(school, tmp_path):
    with pytest.raises(ModelsRefused, match="no folder of models"):
        import_register(school, SCHOOL, actor="test", models=tmp_path / "none")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--faces", "none", "--out", "c.toml"], "There is no folder none"),
        (["--faces", ".", "--out", "c.toml"], "one folder of pictures for each person"),
        (["--faces", "faces", "--out", "no/c.toml"], "There is no folder"),
        (["--faces", "faces", "--out", "c.toml"], "At least 40"),
    ],
)
def test_calibrate_says_what_is_missing(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(SCHOOL / "faces" / "p16", tmp_path / "faces" / "p16")
    if "faces" not in arguments[1]:
        shutil.rmtree(tmp_path / "faces")
    result = CliRunner().invoke(app, ["calibrate", *arguments])
    assert result.exit_code == 2
    assert message in result.output.replace("\n", " ")
    assert not (tmp_path / "c.toml").exists()
