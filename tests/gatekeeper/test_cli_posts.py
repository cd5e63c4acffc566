"""What a technician types about posts: list, show, retry, reconcile, takedown."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from gatekeeper.cli import app
from gatekeeper.composition import open_school
from gatekeeper.settings import load_settings
from gatekeeper_queue.models import Approval, NewsItem, Post, Submission, User

PASSWORD = "correct horse battery"


def run(config, *words):
    return CliRunner().invoke(app, [*map(str, words), "--config", str(config)])


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "gatekeeper.toml"
    path.write_text(f"data = '{tmp_path / 'data'}'\n", encoding="utf-8")
    made = run(
        path, "init", "--email", "head@school.example", "--name", "Ms Head", "--role", "head",
        "--password", PASSWORD,
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    return path


@pytest.fixture
def school(config):
    opened = open_school(load_settings(config))
    yield opened
    opened.database.close()


@pytest.fixture
def post(school):
    """One post on the news pages, in the state that is asked for."""

    def make(post_id, state, **more):
        now = school.clock()
        with school.database.write() as session:
            author = session.exec(User.__table__.select()).first().id
            submission = Submission(
                author_id=author, state="approved", caption="Pupils at work.",
                channels=["website"], created_at=now, changed_at=now,
            )  # fmt: skip
            session.add(submission)
            session.flush()
            approval = Approval(
                submission_id=submission.id, version=1, channel="website", fingerprint="",
                people=[], approved_by=author, approved_at=now,
            )  # fmt: skip
            session.add(approval)
            session.flush()
            session.add(
                Post(
                    id=post_id, submission_id=submission.id, approval_id=approval.id,
                    channel="website", state=state, due_at=now, unknown_since=now,
                    references=[post_id], sends=1, **more,
                )
            )  # fmt: skip

    return make


def state_of(school, post_id):
    with school.database.read() as session:
        return session.get_one(Post, post_id).state


def put_up(school, post_id, text="Pupils at work."):
    with school.database.write() as session:
        session.add(NewsItem(post_id=post_id, text=text, pictures=[], published_at=school.clock()))


def test_posts_are_listed_by_state(config, post):
    post("one", "live")
    post("two", "failed")
    assert run(config, "posts", "list").stdout.count("\n") == 2
    (line,) = run(config, "posts", "list", "--state", "failed", "--json").stdout.splitlines()
    assert json.loads(line)["id"] == "two"
    wrong = run(config, "posts", "list", "--state", "lost")
    assert (wrong.exit_code, "Choose: scheduled" in wrong.stderr) == (2, True)


def test_a_post_is_shown_with_its_history(config, school, post):
    post("one", "live", remote_id="one", removal_reason="a family rang")
    with school.database.write() as session:
        school.audit.append(session, "gatekeeper", "post.live", "one", {"from": "sending"})
    found = json.loads(run(config, "posts", "show", "one", "--json").stdout)
    assert (found["state"], found["history"][-1]["kind"]) == ("live", "post.live")
    shown = run(config, "posts", "show", "one").stdout
    assert "post.live" in shown
    assert "a family rang" not in shown + json.dumps(found)


@pytest.mark.parametrize(
    ("command", "more"),
    [("show", []), ("retry", []), ("takedown", ["--reason", "x"]), ("reconcile", [])],
)
def test_a_post_that_does_not_exist_is_refused(config, command, more):
    result = run(config, "posts", command, "none", *more)
    assert (result.exit_code, result.stderr) == (2, "There is no post none.\n")


@pytest.mark.parametrize(
    ("state", "after", "code"),
    [("failed", "unknown", 0), ("unknown", "unknown", 0), ("live", "live", 2)],
)
def test_trying_again(config, school, post, state, after, code):
    post("one", state)
    assert run(config, "posts", "retry", "one").exit_code == code
    assert state_of(school, "one") == after


def test_taking_down(config, school, post):
    post("one", "live", remote_id="one")
    assert run(config, "posts", "takedown", "one", "--reason", "x").exit_code == 0
    assert state_of(school, "one") == "removing"


def test_lost_posts_are_looked_for(config, school, post):
    post("there", "unknown")
    post("not-there", "unknown")
    put_up(school, "there")
    result = run(config, "posts", "reconcile", "--json")
    says = {line["id"]: line["state"] for line in map(json.loads, result.stdout.splitlines())}
    assert says == {"there": "live", "not-there": "unknown"}  # it may still show
    assert result.exit_code == 1


def test_nothing_is_lost(config):
    result = run(config, "posts", "reconcile")
    assert (result.exit_code, result.stdout) == (0, "No post is lost.\n")


def test_a_live_post_that_is_named_is_compared(config, school, post):
    post("one", "live", remote_id="one")
    put_up(school, "one", "Something else.")
    result = run(config, "posts", "reconcile", "one")
    assert (result.exit_code, "does not show there what was approved" in result.stdout) == (1, True)


def test_a_removed_post_that_is_there_again_is_removed_again(config, school, post):
    post("one", "removed", remote_id="one")
    put_up(school, "one")
    result = run(config, "posts", "reconcile", "one")
    assert (result.exit_code, "must not be" in result.stdout) == (1, True)
