"""The page on which posts are followed, and what can be done about them there."""

from __future__ import annotations

import time
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import insert
from sqlmodel import select

from gatekeeper_queue.models import Approval, AuditEvent, NewsItem, Post, Submission
from gatekeeper_queue.record_models import Pause, StrayCopy

STATES = (
    "scheduled", "sending", "unknown", "failed", "live", "removing", "removed", "cancelled",
)  # fmt: skip


@pytest.fixture
def every(town: Any) -> Any:
    """One post in each state, called after it."""
    for number, state in enumerate(STATES):
        town.submission(
            state, "approved", caption=f"Pupils at work, {state}.", colour=_COLOURS[number]
        )
        more = {"last_error": "no answer"} if state in ("unknown", "failed") else {}
        more |= {"sends": 1} if state not in ("scheduled", "cancelled") else {}
        more |= {"live_at": town.time.now} if state in ("live", "removing", "removed") else {}
        town.post(state, state, state, references=["r"] if "sends" in more else [], **more)
    return town


_COLOURS = ("navy", "teal", "olive", "gray", "maroon", "purple", "green", "silver")


def shown(client: Any, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return unescape(response.text)


def test_each_state_has_its_filter(every: Any) -> None:
    client = every.client("head")
    everything = shown(client, "/posts")
    for state in STATES:
        assert f"Pupils at work, {state}." in everything
        found = shown(client, f"/posts?show={state}")
        assert [other for other in STATES if f"Pupils at work, {other}." in found] == [state]
    attention = shown(client, "/posts?show=attention")
    assert [one for one in STATES if f"Pupils at work, {one}." in attention] == [
        "unknown",
        "failed",
    ]


@pytest.mark.parametrize(
    ("q", "states"),
    [
        ("work, live", ["live"]),
        ("WORK, LIVE", ["live"]),
        ("sending", ["sending"]),
        ("100%", []),
        ("_", []),
        ("nothing like it", []),
    ],
)
def test_words_and_numbers_are_looked_up(every: Any, q: str, states: list[str]) -> None:
    page = shown(every.client("coordinator"), f"/posts?q={q.replace('%', '%25')}")
    assert [one for one in STATES if f"Pupils at work, {one}." in page] == states


def test_the_technician_reads_nothing_about_children(every: Any) -> None:
    with every.school.database.write() as session:
        session.get_one(Post, "live").removal_reason = "The family of Poppy rang"
    client = every.client("technician")
    for path in ("/posts", "/posts?q=work", "/posts/live", "/posts/failed"):
        page = shown(client, path)
        assert "Pupils at work" not in page
        assert "Poppy" not in page
        assert "/pictures/" not in page
    assert "There is no such post." in shown(client, "/posts?q=work")


def test_a_post_shows_its_history_and_what_can_be_done(every: Any) -> None:
    with every.school.database.write() as session:
        every.school.audit.append(session, "head", "post.scheduled", "unknown", {})
    page = shown(every.client("head"), "/posts/unknown")
    assert "planned a post" in page
    assert "Last answer" in page
    for words in ("Look again", "Try again now", "It is there", "it is not there", "Take down"):
        assert words in page, words
    quiet = shown(every.client("head"), "/posts/removed")
    for words in ("Try again now", "It is there", "Take down"):
        assert words not in quiet, words


def test_drift_and_copies_are_red(every: Any) -> None:
    with every.school.database.write() as session:
        session.get_one(Post, "live").drift = "changed"
        session.add(
            StrayCopy(
                post_id="removed", remote_id="r1", url="https://x.example/r1",
                kind="removed-back-up", found_at=every.time.now,
            )
        )  # fmt: skip
    client = every.client("coordinator")
    page = shown(client, "/posts?show=attention")
    assert "It does not show there what was approved." in page
    assert "It can be seen where it must not be." in page
    assert "https://x.example/r1" in shown(client, "/posts/removed")
    assert "Pupils at work, live." in shown(client, "/posts?show=drifted")


def _state(town: Any, post_id: str) -> str:
    return str(town.get(Post, post_id).state)


@pytest.mark.parametrize(
    ("post_id", "status", "state"),
    [
        ("failed", 303, "unknown"),
        ("unknown", 303, "unknown"),
        ("scheduled", 303, "scheduled"),
        ("removing", 303, "removing"),
        ("live", 409, "live"),
        ("removed", 409, "removed"),
        ("cancelled", 409, "cancelled"),
    ],
)
def test_trying_again(every: Any, post_id: str, status: int, state: str) -> None:
    """What was sent once is looked for; nothing is sent from the page."""
    later = every.time.now + timedelta(hours=1)
    with every.school.database.write() as session:
        session.get_one(Post, post_id).not_before = later
    response = every.client("technician").fill_in(f"/posts/{post_id}/retry")
    assert (response.status_code, _state(every, post_id)) == (status, state)
    assert (every.get(Post, post_id).not_before == later) == (status == 409)


def test_what_is_not_approved_any_more_is_not_tried_again(every: Any) -> None:
    with every.school.database.write() as session:
        session.get_one(Approval, "approval-failed").voided_at = every.time.now
    response = every.client("head").fill_in("/posts/failed/retry")
    assert response.status_code == 409
    assert "not approved any more" in response.text
    assert _state(every, "failed") == "failed"


def test_a_person_says_that_it_is_there(every: Any) -> None:
    every.news("unknown", "Pupils at work, unknown.", "0" * 64)
    client = every.client("coordinator")
    address = "https://school.test/news/unknown"
    for wrong in ("https://school.test/news/other", "https://example.com/", ""):
        data = {"there": "yes", "address": wrong}
        assert client.fill_in("/posts/unknown/settle", data).status_code == 409, wrong
    assert _state(every, "unknown") == "unknown"
    data = {"there": "yes", "address": address}
    assert client.fill_in("/posts/unknown/settle", data).status_code == 303
    post = every.get(Post, "unknown")
    assert (post.state, post.remote_id, post.url) == ("live", "unknown", address)
    with every.school.database.read() as session:
        kinds = session.exec(select(AuditEvent.kind).where(AuditEvent.actor == "coordinator")).all()
    assert "post.settled" in kinds
    assert client.fill_in("/posts/unknown/settle", data).status_code == 409


def test_what_was_to_come_down_comes_down_once_a_person_found_it(every: Any) -> None:
    every.news("unknown", "Pupils at work, unknown.", "0" * 64)
    with every.school.database.write() as session:
        session.get_one(Post, "unknown").removal_reason = "asked"
    data = {"there": "yes", "address": "https://school.test/news/unknown"}
    every.client("head").fill_in("/posts/unknown/settle", data)
    assert _state(every, "unknown") == "removing"


@pytest.mark.parametrize(("reason", "state"), [("", "failed"), ("asked", "cancelled")])
def test_a_person_says_that_it_is_not_there(every: Any, reason: str, state: str) -> None:
    with every.school.database.write() as session:
        session.get_one(Post, "unknown").removal_reason = reason
    response = every.client("head").fill_in("/posts/unknown/settle", {"there": "no"})
    assert response.status_code == 303
    assert _state(every, "unknown") == state


def test_another_posts_address_is_refused(every: Any) -> None:
    every.news("live", "Pupils at work, live.", "0" * 64)
    with every.school.database.write() as session:
        session.get_one(Post, "live").remote_id = "live"
    data = {"there": "yes", "address": "https://school.test/news/live"}
    response = every.client("head").fill_in("/posts/unknown/settle", data)
    assert response.status_code == 409
    assert "another post" in response.text


def test_looking_again_says_what_is_found(every: Any) -> None:
    client = every.client("technician")
    every.news("unknown", "Pupils at work, unknown.", "0" * 64)
    assert "It is there, as approved." in client.fill_in("/posts/unknown/look").text
    assert _state(every, "unknown") == "live"
    with every.school.database.write() as session:
        session.delete(session.get_one(NewsItem, "unknown"))
    assert "not on its channel any more" in client.fill_in("/posts/unknown/look").text
    assert every.get(Post, "unknown").drift == "gone"


def test_all_lost_posts_are_looked_for_at_once(every: Any) -> None:
    with every.school.database.write() as session:
        session.get_one(Post, "unknown").not_before = every.time.now + timedelta(hours=1)
    assert every.client("head").fill_in("/posts/look").status_code == 303
    assert every.get(Post, "unknown").not_before is None


def test_a_pause_is_on_every_page_of_staff_until_one_person_ends_it(every: Any) -> None:
    every.client("coordinator").fill_in("/posts/pause", {"why": "Inspectors are here."})
    for role, path in (
        ("teacher", "/submissions"), ("office", "/register"), ("head", "/review"),
        ("governor", "/reports"), ("technician", "/people"),
    ):  # fmt: skip
        page = shown(every.client(role), path)
        assert "Publishing is paused: nothing is sent. Inspectors are here." in page, role
        assert ("End the pause" in page) == (role in ("head", "technician")), role
    assert "paused" not in shown(every.client("parent"), "/family")
    assert every.client().get("/news").status_code == 200
    every.client("technician").fill_in("/posts/resume")
    assert "paused" not in shown(every.client("head"), "/review")
    with every.school.database.read() as session:
        (row,) = session.exec(select(Pause))
    assert (row.begun_by, row.lifted_by) == ("coordinator", "technician")


def test_the_page_is_quick_with_ten_thousand_posts(town: Any) -> None:
    now = town.time.now
    submissions = [
        {
            "id": f"s{n}", "author_id": "teacher", "state": "approved", "version": 1,
            "caption": f"Pupils at work, number {n}.", "class_name": "", "channels": ["website"],
            "created_at": now, "changed_at": now, "note": "", "attempts": 0, "needs_person": False,
        }
        for n in range(10_000)
    ]  # fmt: skip
    approvals = [
        {
            "id": f"a{n}", "submission_id": f"s{n}", "version": 1, "channel": "website",
            "fingerprint": "", "people": [], "approved_by": "head", "approved_at": now,
        }
        for n in range(10_000)
    ]  # fmt: skip
    posts = [
        {
            "id": f"p{n}", "submission_id": f"s{n}", "approval_id": f"a{n}", "channel": "website",
            "state": STATES[n % len(STATES)], "due_at": now + timedelta(minutes=n),
            "references": [], "ready": False, "remote_id": "", "url": "", "attempts": 0,
            "last_error": "", "removal_reason": "",
        }
        for n in range(10_000)
    ]  # fmt: skip
    with town.school.database.write() as session:
        for kind, rows in ((Submission, submissions), (Approval, approvals), (Post, posts)):
            session.execute(insert(kind), rows)
    client = town.client("head")
    client.get("/posts")
    for path in ("/posts", "/posts?show=attention", "/posts?q=number+9999", "/posts?page=400"):
        began = time.process_time()
        assert client.get(path).status_code == 200
        assert time.process_time() - began < 1, path  # about .1 s
