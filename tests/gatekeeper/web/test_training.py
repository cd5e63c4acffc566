"""The training page: signing one's own, recording others'."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from gatekeeper_queue.training import keep_record, standing


def held(town: Any, who: str) -> Any:
    with town.school.database.read() as session:
        return standing(session, who)


def test_a_teacher_reads_and_signs_in_one_step(town: Any) -> None:
    client = town.client("teacher")
    page = client.get("/training").text
    assert "No names." in page and "Be kind." in page
    assert "You cannot post to Twitter/X yet" in page
    sent = client.fill_in("/training/sign", {"version": "2", "read": "yes", "name": "teacher"})
    assert sent.headers["location"] == "/training?done=signed"
    assert "Your signature is recorded" in client.get("/training?done=signed").text
    assert (held(town, "teacher").aup_signed_on, held(town, "teacher").aup_version) == (
        date(2025, 11, 24), "2"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("data", "status", "says"),
    [
        ({"version": "2", "name": "Teacher"}, 422, "Tick that you have read it."),
        ({"version": "2", "read": "yes", "name": "me"}, 422, "Type your name"),
        ({"version": "1", "read": "yes", "name": "Teacher"}, 409, "Read it again"),
    ],
)
def test_what_is_no_signature_is_not_taken(town: Any, data: Any, status: int, says: str) -> None:
    answer = town.client("teacher").fill_in("/training/sign", data)
    assert (answer.status_code, says in answer.text) == (status, True)
    assert held(town, "teacher").aup_signed_on is None


def test_a_teacher_sees_nobody_elses(town: Any) -> None:
    page = town.client("teacher").get("/training").text
    assert "Everybody who posts" not in page and "Coordinator" not in page


def test_the_coordinator_records_a_training_for_several(town: Any) -> None:
    client = town.client("coordinator")
    assert "Everybody who posts" in client.get("/training").text
    sent = client.fill_in(
        "/training/record",
        {"person": ["teacher", "head"], "kind": "training", "on": "2025-11-20"},
    )
    assert sent.headers["location"] == "/training?done=2"
    assert "Recorded for 2 people." in client.get("/training?done=2").text
    assert {held(town, who).trained_on for who in ("teacher", "head")} == {date(2025, 11, 20)}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"person": "coordinator"}, "recorded by another person"),
        ({}, "Tick at least one"),
        ({"person": "teacher", "on": "soon"}, "Give the day"),
        ({"person": "teacher", "on": "2025-11-25"}, "not in the future"),
        ({"person": "teacher", "kind": "party"}, "what it was"),
        ({"person": "parent"}, "does not post"),
    ],
)
def test_a_mistake_is_named_and_records_nothing(town: Any, data: Any, says: str) -> None:
    good = {"kind": "training", "on": "2025-11-20"}
    answer = town.client("coordinator").fill_in("/training/record", {**good, **data})
    assert (answer.status_code, says in answer.text) == (422, True)
    assert held(town, "teacher").trained_on is None


def test_who_lapses_soon_is_named(town: Any) -> None:
    on = date(2025, 11, 24) - timedelta(days=340)
    with town.school.database.write() as session:
        keep_record(town.school, session, "office", "teacher", "training", on, "")
    page = town.client("head").get("/training").text
    assert "Within 30 days something lapses of Teacher." in page
    assert "It counts until 19 Dec 2025." in page


def test_another_version_is_said_so(town: Any) -> None:
    with town.school.database.write() as session:
        on = date(2025, 11, 1)
        keep_record(town.school, session, "office", "teacher", "aup", on, "1")
    assert (
        "Another version was signed on 1 Nov 2025." in town.client("teacher").get("/training").text
    )
