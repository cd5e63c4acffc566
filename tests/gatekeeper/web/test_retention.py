"""The sweep as the technician runs it, with this installation's own settings."""

from __future__ import annotations

import json
from datetime import timedelta

from sqlmodel import select
from typer.testing import CliRunner

from gatekeeper.cli import app
from gatekeeper.composition import open_school
from gatekeeper.keeping import ALL_KINDS, periods_of, sweep_of
from gatekeeper.settings import load_settings
from gatekeeper.signin import SignIn
from gatekeeper_queue.models import AuditEvent
from gatekeeper_queue.record_models import Incident


def test_the_settings_reach_the_sweep_one_by_one(tmp_path):
    path = tmp_path / "gatekeeper.toml"
    names = (
        "originals", "stopped", "removed", "unreferred", "drafts", "likenesses", "notices",
        "sign_ins",
    )  # fmt: skip
    lines = [f"keep_{name}_days = {number}" for number, name in enumerate(names, start=1)]
    path.write_text("\n".join([*lines, "live_days = 0", "live_answer_days = 3"]), encoding="utf-8")
    periods = periods_of(load_settings(path))
    assert [getattr(periods, name) for name in names] == list(range(1, 9))
    assert (periods.live, periods.answer) == (0, 3)


def test_old_sign_ins_go(town):
    town.client("teacher")
    town.time.now += timedelta(days=91)
    assert sweep_of(town.school).run()["sign_ins"] == 1
    with town.school.database.read() as session:
        assert not session.exec(select(SignIn)).all()


def test_the_command_previews_and_runs(tmp_path):
    config = tmp_path / "g.toml"
    config.write_text(f"data = '{tmp_path / 'data'}'\n", encoding="utf-8")

    def run(*words):
        return CliRunner().invoke(app, [*words, "--config", str(config)])

    made = run(
        "init", "--email", "h@school.example", "--name", "H", "--password", "correct horse battery"
    )
    assert made.exit_code == 0
    school = open_school(load_settings(config))
    school.store.save_original("stray", b"x")
    assert json.loads(run("retention", "run", "--preview", "--json").stdout)["unreferred"] == 0
    result = run("retention", "run")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == len(ALL_KINDS)
    with school.database.write() as session:
        incident = Incident(kind="x", opened_by="h", opened_at=school.clock(), evidence=[])
        session.add(incident)
        session.flush()
        session.connection().exec_driver_sql(
            "INSERT INTO freeze (incident_id, begun_by, begun_at, lift_asked_by, lifted_by) "
            f"VALUES ('{incident.id}', 'h', '2026-01-01', '', '')"
        )
    refused = run("retention", "run")
    assert (refused.exit_code, "Incident mode" in refused.stderr) == (1, True)
    with school.database.read() as session:
        assert not session.exec(
            select(AuditEvent).where(AuditEvent.kind == "retention.swept")
        ).all()
    school.database.close()


def test_the_page_says_what_goes_next(town):
    town.submission("old", "rejected")
    town.time.now += timedelta(days=85)
    page = town.client("technician").get("/retention").text
    assert "90 days" in page
    assert '"Goes tonight">–</td><td data-label="Within a week">1</td>' in page
    assert "3 years" in page
