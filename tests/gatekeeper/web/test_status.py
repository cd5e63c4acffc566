"""What the page says of what runs, and who reads when the worker does not."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gatekeeper.settings import Settings
from gatekeeper.web import status
from gatekeeper.web.site import Caller, Site, make_templates
from gatekeeper.web.status import facts_of
from gatekeeper_queue.heartbeat import SILENT_AFTER, beat
from gatekeeper_queue.models import Account, Meta, Submission, User
from gatekeeper_queue.pausing import pause
from gatekeeper_queue.record_models import Notice

MINUTE = timedelta(minutes=1)
BANNER = "The checks are not running"


def looks(town: Any, user: str = "technician", **settings: Any) -> dict[str, tuple[str, str]]:
    """Word and look by what they are about."""
    made = Settings(**{**town.settings.model_dump(), **settings})
    site = Site(town.school, made, make_templates(town.school, made))
    facts = facts_of(Caller(site, town.get(User, user)))
    return {fact.about: (fact.words.word, fact.words.look) for fact in facts}


def test_at_rest_everything_is_in_order(town: Any) -> None:
    found = looks(town)
    assert found.pop("Every night") == ("Not yet", "wait")
    assert found.pop("Mail") == ("Not set up", "off")
    assert {look for _, look in found.values()} == {"ok"}


@pytest.mark.parametrize(
    ("later", "word"),
    [(timedelta(), "Running"), (SILENT_AFTER, "Running"), (SILENT_AFTER + MINUTE, "Not running")],
)
def test_a_worker_that_gives_no_sign_is_seen(town: Any, later: timedelta, word: str) -> None:
    town.time.now += later
    assert looks(town)["The worker"][0] == word
    silent = word == "Not running"
    for user in ("teacher", "coordinator", "office", "head", "technician"):
        assert (BANNER in town.client(user).get("/rules").text) == silent, user
    assert BANNER not in town.client("parent").get("/family").text


def test_without_any_worker_nothing_is_said_to_run(town: Any) -> None:
    with town.school.database.write() as session:
        session.delete(session.get_one(Meta, "worker_seen"))
    assert looks(town)["The worker"] == ("Never ran", "no")
    assert BANNER in town.client("office").get("/rules").text
    beat(town.school)
    assert BANNER not in town.client("office").get("/rules").text


def waiting(town: Any) -> None:
    town.submission("one", "waiting")
    with town.school.database.write() as session:
        session.get_one(Submission, "one").changed_at = town.time.now


def due(town: Any) -> None:
    town.submission("one", "approved")
    town.post("post", "one", state="scheduled", due_at=town.time.now - MINUTE)


def coming_down(town: Any) -> None:
    town.submission("one", "published")
    town.post("post", "one", state="removing", removal_reason="x", removal_asked_at=town.time.now)


@pytest.mark.parametrize(
    ("make", "about", "soon", "late"),
    [
        (waiting, "Checking", ("At work", "wait"), ("Slow", "no")),
        (due, "Sending", ("In time", "ok"), ("Late", "no")),
        (coming_down, "Taking down", ("At work", "wait"), ("Late", "no")),
    ],
)
def test_what_waits_too_long_is_late(
    town: Any,
    make: Callable[[Any], None],
    about: str,
    soon: tuple[str, str],
    late: tuple[str, str],
) -> None:
    make(town)
    town.time.now += 10 * MINUTE
    assert looks(town)[about] == soon
    town.time.now += 6 * MINUTE
    assert looks(town)[about] == late


def test_what_is_held_is_stopped_and_not_late(town: Any) -> None:
    due(town)
    town.time.now += 60 * MINUTE
    with town.school.database.write() as session:
        pause(town.school, session, session.get_one(User, "head"), "Snow.")
    assert looks(town)["Sending"] == ("Stopped", "ask")


@pytest.mark.parametrize(
    ("state", "word"), [("live", "None"), ("failed", "1 post"), ("unknown", "1 post")]
)
def test_posts_that_somebody_should_look_at(town: Any, state: str, word: str) -> None:
    town.submission("one", "published")
    town.post("post", "one", state=state)
    assert looks(town)["Posts to look at"][0] == word


def test_an_account_without_the_badge_is_to_be_mended(town: Any) -> None:
    with town.school.database.write() as session:
        account = session.get_one(Account, "x1")
        account.badge_problem = "no-badge"
        session.add(account)
    assert looks(town)["Accounts"] == ("1 to mend", "ask")
    with town.school.database.write() as session:
        session.get_one(Account, "x1").active = False
    assert looks(town)["Accounts"] == ("None", "off")


@pytest.mark.parametrize(("error", "word"), [("", "In order"), ("Refused.", "Stuck")])
def test_mail_that_no_server_takes(town: Any, error: str, word: str) -> None:
    town.add(
        Notice(kind="mail-tried", subject="x", user_id="head", at=town.time.now, last_error=error)
    )
    assert looks(town, mail_url="mailto://mail.test?to={to}")["Mail"][0] == word


@pytest.mark.parametrize(
    ("days", "word"),
    [((0, 0), "Done"), ((1, 0), "Done"), ((1, 2), "Missed"), ((0,), "Not yet"), ((2,), "Missed")],
)
def test_a_missed_night_is_told(town: Any, days: tuple[int, ...], word: str) -> None:
    for name, ago in zip(("swept_on", "watched_on"), days, strict=False):
        day = town.school.today() - timedelta(days=ago)
        town.add(Meta(name=name, value=day.isoformat()))
    assert looks(town)["Every night"][0] == word


@pytest.mark.parametrize(("free", "look"), [(3 * 10**9, "ok"), (10**9, "ask"), (10**8, "no")])
def test_a_disk_that_fills_is_told(
    town: Any, monkeypatch: pytest.MonkeyPatch, free: int, look: str
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(status.shutil, "disk_usage", lambda path: usage(10**12, 0, free))
    assert looks(town)["Room on the disk"][1] == look


def test_the_page_and_the_first_page_of_the_technician(town: Any) -> None:
    client = town.client("technician")
    assert client.get("/").headers["location"] == "/status"
    html = client.get("/status").text
    assert "It gave a sign of life just now." in html
    to_mail = '<a href="/outbox">Look'
    assert to_mail in html
    assert to_mail not in town.client("head").get("/status").text
