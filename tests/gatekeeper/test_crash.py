"""A worker is killed with SIGKILL at each step; the sandbox X holds exactly one copy."""

from __future__ import annotations

import hashlib
import io
import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from gatekeeper.composition import open_school, utc_now
from gatekeeper.keys import make_key_file
from gatekeeper.sandbox_x import SandboxUser, SandboxX
from gatekeeper.settings import Settings
from gatekeeper.signin import add_user
from gatekeeper_detectors.findings import Outcome, Verdict
from gatekeeper_detectors.values import CHECKLIST, CleanPicture
from gatekeeper_queue.approvals import grant
from gatekeeper_queue.models import Account, Post, Submission
from gatekeeper_queue.people import Role
from gatekeeper_queue.records import faces_to_json, photo_from_row, picture_to_json
from gatekeeper_queue.removal import ask_removal
from gatekeeper_queue.states import SubmissionState, change_state
from gatekeeper_queue.submissions import Content, NewPhoto, photos_of, posts_of, submit
from gatekeeper_queue.training import KINDS, keep_record
from gatekeeper_queue.verdicts import keep_verdict

WORKER = Path(__file__).with_name("crash_worker.py")
STEPS = ["claimed", "prepared", "ready", "published", "live"]


@pytest.fixture
def sandbox():
    with SandboxX([SandboxUser.new("school", "School")]) as server:
        yield server


@pytest.fixture
def school(tmp_path, sandbox):
    settings = Settings(
        data=tmp_path,
        x_base_url=sandbox.url,
        slot_opens=0,
        slot_closes=24,
        post_on_closed_days=True,
    )
    make_key_file(settings)
    opened = open_school(settings, lambda: utc_now() - timedelta(seconds=5))
    yield opened
    opened.database.close()


@pytest.fixture
def post_id(school, sandbox):
    """An approved post for the sandbox X, due now."""
    picture = io.BytesIO()
    Image.new("RGB", (320, 240), "teal").save(picture, "JPEG")
    jpeg, today = picture.getvalue(), school.today()
    with school.database.write() as session:
        author = add_user(
            school, session, actor="test", email="t@school.example", name="T", role=Role.TEACHER,
            password="long enough",
        )  # fmt: skip
        for kind in KINDS:
            keep_record(school, session, "test", author.id, kind, today, school.aup.version)
        account = Account(
            channel="twitter",
            handle="school",
            owner_id=author.id,
            secrets=school.cipher.encrypt(json.dumps(_tokens(sandbox.users[0])).encode()),
        )
        session.add(account)
        session.flush()
        content = Content(
            "Pupils at sports day.", ("twitter",), account_ids=(account.id,), confirmed=CHECKLIST
        )
        submission = submit(
            school, session, author, content, [NewPhoto("a.jpg", jpeg, "Pupils on a field.")]
        )
        _judged_clear(school, session, submission, jpeg)
        grant(school, session, submission, photos_of(session, submission.id), [], by="reviewer")
        return posts_of(session, submission.id)[0].id


def _tokens(user: SandboxUser) -> dict[str, str]:
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    return {name: getattr(user, name) for name in names}


def _judged_clear(school, session, submission: Submission, jpeg: bytes) -> None:
    """What the checks leave behind for a picture without people."""
    (row,) = photos_of(session, submission.id)
    digest = hashlib.sha256(jpeg).hexdigest()
    school.store.save_clean(jpeg, digest)
    row.clean_sha256, row.faces, row.words = digest, faces_to_json(()), []
    row.picture = picture_to_json(CleanPicture(jpeg, digest, 320, 240, 320, 240, "JPEG"))
    verdict = Verdict(Outcome.CLEAR, (), school.policy.rule_set)
    keep_verdict(school, session, submission, "twitter", verdict, [photo_from_row(row)])
    for state in (SubmissionState.CHECKING, SubmissionState.CLEAR):
        change_state(session, submission, state, school.audit, actor="test")


def run_worker(school, sandbox, step="-", minutes=0) -> int:
    data = Path(school.database.engine.url.database).parent
    command = [sys.executable, WORKER, data, sandbox.url, step, str(minutes)]
    return subprocess.run([str(part) for part in command], timeout=120).returncode


def restart_until_live(school, sandbox, post_id) -> None:
    for minutes in (6, 12, 18):
        if state_of(school, post_id) != "live":
            assert run_worker(school, sandbox, minutes=minutes) == 0


def state_of(school, post_id) -> str:
    with school.database.read() as session:
        return session.get_one(Post, post_id).state


@pytest.mark.parametrize("step", STEPS)
def test_one_copy_whatever_step_the_worker_dies_at(school, sandbox, post_id, step):
    assert run_worker(school, sandbox, step) == -signal.SIGKILL
    restart_until_live(school, sandbox, post_id)
    tweets = sandbox.state()["tweets"]
    assert [tweet["text"] for tweet in tweets] == ["Pupils at sports day."]
    assert state_of(school, post_id) == "live"


@pytest.mark.parametrize(
    "fault", ["drop", "drop-after", "garbage", "status:500", "status-after:500"]
)
def test_one_copy_when_the_answer_is_lost_and_the_worker_then_dies(school, sandbox, post_id, fault):
    """Success with the answer lost, nothing at all, and a 500 that may mean either."""
    sandbox.fault("POST", "/2/tweets", fault)
    assert run_worker(school, sandbox) == 0
    restart_until_live(school, sandbox, post_id)
    assert len(sandbox.state()["tweets"]) == 1
    assert state_of(school, post_id) == "live"


@pytest.mark.parametrize(
    ("fault", "more", "state", "copies", "says"),
    [
        ("status:401", {}, "failed", 0, "401"),
        ("status:403", {}, "failed", 0, "403"),
        ("status:403-duplicate", {}, "scheduled", 0, "absent on the channel"),
        ("rate-limit", {"reset_in": 900}, "scheduled", 0, "fewer requests"),
        ("rate-limit", {}, "scheduled", 0, "fewer requests"),
        ("status:500", {}, "scheduled", 0, "absent on the channel"),
    ],
)
def test_what_x_answers_is_told_and_nothing_is_sent_blindly(
    school, sandbox, post_id, fault, more, state, copies, says
):
    """One run of the worker while X goes wrong: refused, put off, or looked up and absent."""
    sandbox.fault("POST", "/2/tweets", fault, **more)
    assert run_worker(school, sandbox) == 0
    with school.database.read() as session:
        post = session.get_one(Post, post_id)
    assert (post.state, len(sandbox.state()["tweets"])) == (state, copies)
    assert says in post.last_error
    if fault == "rate-limit":
        assert post.not_before > school.clock()


def test_a_removal_that_was_killed_half_way_is_finished(school, sandbox, post_id):
    assert run_worker(school, sandbox) == 0
    with school.database.write() as session:
        post = session.get_one(Post, post_id)
        ask_removal(school, session, post, actor="test", reason="asked")
    assert run_worker(school, sandbox, "removed") == -signal.SIGKILL
    assert state_of(school, post_id) == "removing"
    assert run_worker(school, sandbox, minutes=1) == 0
    assert state_of(school, post_id) == "removed"
    assert sandbox.state()["tweets"] == []
