"""What a technician types: init, people, accounts, posts, register, audit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from gatekeeper.cli import app
from gatekeeper.cli.problems import message_for
from gatekeeper.composition import open_school
from gatekeeper.sandbox_x import SandboxUser, SandboxX
from gatekeeper.settings import load_settings
from gatekeeper_queue.changes import decided_changes
from gatekeeper_queue.record_models import ChangeRequest, Notice

PASSWORD = "correct horse battery"


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "gatekeeper.toml"
    path.write_text(f"data = '{tmp_path / 'data'}'\n", encoding="utf-8")
    return path


def run(config, *words, stdin=None):
    return CliRunner().invoke(app, [*map(str, words), "--config", str(config)], input=stdin)


@pytest.fixture
def school(config):
    made = run(
        config, "init", "--email", "head@school.example", "--name", "Ms Head", "--role", "head",
        "--password", PASSWORD,
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    return config


def test_where_there_is_no_school_migrate_says_so(config):
    problem = run(config, "migrate").exception
    assert "Run 'gatekeeper init' for a new school" in message_for(problem)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--role", "head", "--password", "short"), "at least 10 characters"),
        (("--role", "emperor", "--password", PASSWORD), "first account"),
    ],
)
def test_a_new_school_with_a_mistake_is_refused(config, words, complaint):
    result = run(config, "init", "--email", "a@school.example", "--name", "A", *words)
    assert (result.exit_code, complaint in result.stderr) == (2, True)


ANSWERS = (
    "Oak “Green” \\ School",
    "Cautious",
    "https://gk.oak.example/",
    "Oak.example oak.sch.uk",
    "wales",
)
WRITTEN = {
    "school_name": "Oak “Green” \\ School",
    "policy": Path("cautious"),
    "public_url": "https://gk.oak.example",
    "school_domains": ("oak.example", "oak.sch.uk"),
    "bank_holidays": "wales",
}


@pytest.mark.parametrize(
    ("number", "refused", "why"),
    [
        (None, "", ""),
        (1, "strict", "Type one of: standard"),
        (2, "http://gk.oak.example", "https://"),
        (2, "https://gk.oak.example/pages", "https://"),
        (3, "head@oak.example", "what follows the @"),
        (3, "oak", "what follows the @"),
        (4, "cornwall", "Type one of: england"),
    ],
)
def test_a_new_school_is_asked_for_what_it_must_say(tmp_path, monkeypatch, number, refused, why):
    monkeypatch.chdir(tmp_path)
    typed = list(ANSWERS)
    if number is not None:
        typed.insert(number, refused)  # it is asked again
    path = tmp_path / "gatekeeper.toml"
    person = ("--email", "head@oak.example", "--name", "H", "--password", PASSWORD)
    made = run(path, "init", *person, stdin="\n".join(typed) + "\n")
    assert (made.exit_code, why in made.stderr) == (0, True), made.output
    settings = load_settings(path)
    assert {key: getattr(settings, key) for key in WRITTEN} == WRITTEN
    assert "Sign in at https://gk.oak.example as head@oak.example" in made.output
    assert "# Send the sign-in cookie over HTTPS only." in path.read_text(encoding="utf-8")


def test_a_settings_file_that_is_there_is_used_as_it_is(school):
    before = school.read_bytes()
    person = ("--email", "second@school.example", "--name", "S", "--password", PASSWORD)
    assert "Name of the school" not in run(school, "init", *person).output
    assert school.read_bytes() == before


@pytest.mark.parametrize(
    ("role", "says"),
    [
        ("parent", "by a link"),
        ("pupil", "coordinator, governor, head, office, teacher, technician"),
        ("governor", ""),
        ("technician", ""),
    ],
)
def test_every_role_of_the_staff_can_be_given_and_no_other(school, role, says):
    person = ("new@school.example", "--name", "N", "--role", role, "--password", "long enough 12")
    answer = run(school, "people", "add", *person)
    assert answer.exit_code == (2 if says else 0)
    assert says in answer.stderr


def test_people_are_added_trained_and_closed(school):
    added = run(
        school, "people", "add", "t@school.example", "--name", "T", "--role", "teacher",
        "--password", PASSWORD,
    )  # fmt: skip
    assert added.exit_code == 0
    changed = run(school, "people", "change", "T@school.example", "--trained", "2026-09-01")
    assert changed.exit_code == 0
    assert "trained 2026-09-01  AUP -" in run(school, "people", "list").stdout
    assert run(school, "people", "change", "t@school.example", "--close").exit_code == 0
    assert "closed" in run(school, "people", "list").stdout
    for words in (
        ("nobody@school.example", "--close"),
        ("t@school.example",),
        ("t@school.example", "--trained", "2999-01-01"),
    ):
        assert run(school, "people", "change", *words).exit_code == 2
    assert "whole" in run(school, "audit", "verify").stdout


def test_what_is_done_on_the_server_is_listed_without_a_second_person(school):
    """Beside the changes that two people made, and the head is told."""
    person = ("t@school.example", "--name", "T", "--role", "head", "--password", PASSWORD)
    assert run(school, "people", "add", *person).exit_code == 0
    changed = ("t@school.example", "--password", "another long one")
    assert run(school, "people", "password", *changed).exit_code == 0
    assert run(school, "people", "change", "t@school.example", "--close").exit_code == 0
    opened = open_school(load_settings(school))
    with opened.database.read() as session:
        changes = decided_changes(session)
        told = session.exec(select(Notice).where(Notice.kind == "change-on-server")).all()
    opened.database.close()
    server = [change for change in changes if change.proposed_by == "command line"]
    assert sorted(change.kind for change in server) == ["close-sign-in", "new-sign-in", "password"]
    assert {change.outcome for change in server} == {"on the server"}
    assert told


def test_the_last_head_is_not_closed_on_the_server_either(school):
    answer = run(school, "people", "change", "head@school.example", "--close")
    assert (answer.exit_code, "only person who can confirm" in answer.stderr) == (2, True)


def test_an_x_account_is_tried_before_it_is_stored(school, tmp_path):
    user = SandboxUser.new("school", "School")
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    keys = {name: getattr(user, name) for name in names}
    with SandboxX([user]) as sandbox:
        with school.open("a", encoding="utf-8") as file:
            file.write(f"x_base_url = '{sandbox.url}'\nschool_domains = ['school.example']\n")
        words = ("accounts", "add", "-", "--owner", "head@school.example", "--email")
        personal = run(school, *words, "head@mail.example", stdin=json.dumps(keys))
        assert (personal.exit_code, "not an address of the school" in personal.stderr) == (2, True)
        words = (*words, "X@school.example")
        wrong = run(school, *words, stdin=json.dumps({**keys, "consumer_secret": "wrong"}))
        assert (wrong.exit_code, "does not accept" in wrong.stderr) == (2, True)
        assert run(school, *words, stdin="no JSON").exit_code == 2
        right = run(school, *words, stdin=json.dumps(keys))
        assert (right.exit_code, right.stdout) == (
            0, "Twitter/X school is ready; it belongs to head@school.example.\n"
        )  # fmt: skip
    listed = run(school, "accounts", "list").stdout
    assert "twitter" in listed and "school " in listed
    assert "consumer_key" in CliRunner().invoke(app, ["accounts", "kinds"]).stdout
    assert run(school, *words, "--kind", "myspace", stdin=json.dumps(keys)).exit_code == 2
    assert (
        keys["access_token_secret"].encode() not in (tmp_path / "data/gatekeeper.db").read_bytes()
    )


def test_a_log_that_was_touched_is_exit_code_one(school):
    opened = open_school(load_settings(school))
    with opened.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_event SET actor = 'nobody'")
    opened.database.close()
    result = run(school, "audit", "verify")
    assert (result.exit_code, "BROKEN at event 1" in result.stderr) == (1, True)


def test_posts_and_imports_that_do_not_exist_are_refused(school, tmp_path):
    assert run(school, "posts", "list").exit_code == 0
    assert run(school, "posts", "takedown", "none", "--reason", "x").exit_code == 2
    refused = run(school, "register", "import", tmp_path / "absent")
    assert "no such folder" in message_for(refused.exception)


def test_a_school_that_was_never_made_says_so(config):
    assert "gatekeeper init" in message_for(run(config, "posts", "list").exception)


def test_recognition_is_locked_until_the_safeguards_are_recorded(school):
    def shown():
        return json.loads(run(school, "recognition", "show", "--json").stdout)

    assert shown() == {"recognises": False, "safeguards": None}
    facts = {"--assessed-on": "2025-09-01", "--officer": "Morgan Vale"}
    for consulted in ("soon", "2999-01-01", ""):
        words = [word for pair in facts.items() for word in pair]
        refused = run(school, "recognition", "record", *words, "--consulted-on", consulted)
        assert (refused.exit_code, "consultation" in refused.stderr) == (2, True)
    assert not shown()["recognises"]
    assert (
        run(school, "recognition", "record", *words, "--consulted-on", "2025-09-02").exit_code == 0
    )
    assert shown()["recognises"]
    assert "Morgan Vale" in run(school, "recognition", "show").stdout
    database = open_school(load_settings(school)).database
    with database.read() as session:  # the head and the governors see what one person did there
        kinds = session.exec(select(ChangeRequest.kind, ChangeRequest.outcome)).all()
    database.close()
    assert ("recognition", "on the server") in kinds
    assert "locked now" in run(school, "recognition", "lock").stdout
    assert not shown()["recognises"]
