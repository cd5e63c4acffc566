"""What a technician types about one child: show, answer, withdraw, protect, unprotect."""

from __future__ import annotations

import json
import shutil

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from gatekeeper.cli import app
from gatekeeper.composition import open_school
from gatekeeper.settings import load_settings
from gatekeeper_queue.models import User
from gatekeeper_queue.record_models import ChangeRequest, Notice

PASSWORD = "correct horse battery"
FILES = {
    "roll.csv": """\
pupil_id,first_name,middle_names,last_name,preferred_name,class,year
p1,Zoë,,Marsh,,2B,2
p2,Emeka,,Lane,,5K,5
""",
    "consents.csv": """\
pupil_id,use,scope,decision,given_by,given_on,expires_on,withdrawn_on
p1,website,group,yes,mother,2025-09-01,,
""",
}


def run(config, *words):
    return CliRunner().invoke(app, [*map(str, words), "--config", str(config)])


def configured(root):
    config = root / "gatekeeper.toml"
    config.write_text(f"data = '{root / 'data'}'\n", encoding="utf-8")
    return config


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Made once, copied for each test: passwords take their time."""
    root = tmp_path_factory.mktemp("school")
    config = configured(root)
    for command, role in (("init", "head"), ("people add", "office")):
        address = f"{role}@school.example"
        words = ("--email", address) if command == "init" else (address,)
        person = ("--name", role, "--role", role, "--password", PASSWORD)
        done = run(config, *command.split(), *words, *person)
        assert done.exit_code == 0, done.output
    folder = root / "register"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    done = run(config, "register", "import", folder)
    assert done.exit_code == 0, done.output
    return root


@pytest.fixture
def school(made, tmp_path):
    shutil.copytree(made / "data", tmp_path / "data")
    return configured(tmp_path)


def shown(school, pupil_id="p1"):
    return json.loads(run(school, "register", "show", pupil_id, "--json").stdout)


def answer(school, *words):
    return run(school, "register", "answer", "p1", *words, "--given-by", "father")


def test_what_is_shown(school):
    text = run(school, "register", "show", "p1").stdout
    assert "Zoë Marsh (p1), class 2B" in text
    assert "family said yes to website, group given by mother on 2025-09-01" in text
    assert shown(school)["answers"]["website"] == {"group": "yes", "individual": "unknown"}
    assert run(school, "register", "show", "p9").exit_code == 2


def test_an_answer_with_its_form(school, tmp_path):
    scan = tmp_path / "form.pdf"
    scan.write_bytes(b"%PDF-1.4")
    done = answer(
        school, "yes", "--use", "twitter", "--use", "display", "--scope", "individual",
        "--expires-on", "2099-01-01", "--scan", scan,
    )  # fmt: skip
    assert (done.exit_code, "Live posts that come down: 0." in done.stdout) == (0, True)
    found = shown(school)
    assert (found["answers"]["twitter"]["individual"], found["answers"]["twitter"]["group"]) == (
        "yes", "unknown",
    )  # fmt: skip
    assert {each["expires_on"] for each in found["said"]} == {"", "2099-01-01"}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("maybe", "--use", "website"), "'maybe' is none of: yes, no."),
        (("cleared", "--use", "website"), "'cleared' is none of: yes, no."),
        (("no", "--use", "web"), "'web' is none of: website, twitter, parents, display."),
        (("no", "--use", "website", "--scope", "all"), "'all' is none of: group, individual."),
        (("no", "--use", "website", "--given-on", "1/2/25"), "Write it as 2026-09-01."),
        (("no", "--use", "website", "--given-on", "2099-01-01"), "has not come"),
        (("no", "--use", "website", "--guardian", "g9"), "g9 is no guardian of p1."),
    ],
)
def test_an_answer_with_a_mistake_records_nothing(school, words, complaint):
    before = shown(school)
    done = answer(school, *words)
    assert (done.exit_code, complaint in done.stderr) == (2, True), done.stderr
    assert shown(school) == before


def test_a_scan_that_is_none_records_nothing(school, tmp_path):
    scan = tmp_path / "form.txt"
    scan.write_text("signed")
    done = answer(school, "no", "--use", "website", "--scan", scan)
    assert (done.exit_code, "PDF, JPEG or PNG" in done.stderr) == (2, True)
    done = answer(school, "no", "--use", "website", "--scan", tmp_path / "no.pdf")
    assert (done.exit_code, "no.pdf cannot be read: No such file" in done.stderr) == (2, True)
    assert shown(school)["answers"]["website"]["group"] == "yes"


def test_withdrawing(school):
    words = ("register", "withdraw", "p1", "--given-by", "mother")
    for wrong in (
        (*words, "--use", "web"),
        ("register", "withdraw", "p9", "--given-by", "x", "--use", "all"),
        ("register", "withdraw", "p1", "--given-by", " ", "--use", "all"),
    ):
        assert run(school, *wrong).exit_code == 2
    assert shown(school)["answers"]["website"]["group"] == "yes"
    done = run(school, *words, "--use", "all")
    assert (done.exit_code, done.stdout) == (0, "Withdrawn for p1. Live posts that come down: 0.\n")
    assert shown(school)["answers"]["website"]["group"] == "no"


def test_never_publish(school):
    done = run(school, "register", "protect", "p1", "--reason", "court order")
    assert done.exit_code == 0
    assert shown(school)["answers"]["website"]["group"] == "no"
    assert "NEVER TO BE PUBLISHED: court order" in run(school, "register", "show", "p1").stdout
    lift = ("register", "unprotect", "p1", "--reason", "ended", "--agreed-by")
    refused = run(school, *lift, "office@school.example")
    assert (refused.exit_code, shown(school)["never_publish"]) == (2, True)
    assert run(school, *lift, "Head@school.example").exit_code == 0
    assert shown(school)["answers"]["website"]["group"] == "yes"
    database = open_school(load_settings(school)).database
    with database.read() as session:
        head = session.exec(select(User.id).where(User.role == "head")).one()
        change = session.exec(select(ChangeRequest).where(ChangeRequest.kind == "unprotect")).one()
        told = session.exec(select(Notice.user_id).where(Notice.subject == change.id)).all()
    database.close()
    assert (change.outcome, told) == ("on the server", [head])
    again = run(school, *lift, "head@school.example")
    assert (again.exit_code, "not marked" in again.stderr) == (2, True)
    assert run(school, "register", "protect", "p9", "--reason", "x").exit_code == 2
