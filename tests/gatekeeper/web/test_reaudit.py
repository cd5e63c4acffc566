"""The page of posts that somebody has to say may stay."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gatekeeper_consent.answers import Decision, Scope, Use
from gatekeeper_consent.models import Consent
from gatekeeper_detectors.values import Box, Face
from gatekeeper_queue.models import Post


def answer(town, pupil_id, decision):
    town.add(
        Consent(
            pupil_id=pupil_id, use=Use.WEBSITE, scope=Scope.GROUP, decision=decision,
            given_by="mother", given_on=town.time.now.date(), recorded_at=town.time.now,
            recorded_by="office",
        )
    )  # fmt: skip


@pytest.fixture
def asked(town):
    faces = [
        Face(Box(10, 10, 90, 90), 0.9, ("centerface",), matched="p1"),
        Face(Box(110, 10, 190, 90), 0.9, ("centerface",), matched="s1"),
        Face(Box(210, 10, 290, 90), 0.9, ("centerface",), matched="p2"),
    ]
    answer(town, "p2", Decision.YES)
    for key, author in (("s", "teacher"), ("own", "coordinator")):
        town.submission(key, "approved", author=author, faces=faces)
        town.post(
            f"post-{key}", key, "live", people=["p1", "p2", "s1"],
            live_at=town.time.now - timedelta(days=365), keep_asked_at=town.time.now,
        )  # fmt: skip
    return town


def test_it_shows_who_is_in_it_what_they_say_and_until_when(asked):
    page = asked.client("coordinator").get("/re-audit").text
    assert "Poppy Wainscott" in page
    assert "(staff)" in page
    assert "Comes down Mon 8 Dec" in page
    assert "You submitted it; another person decides." in page
    assert "Nothing waits" not in page


def test_one_press_keeps_it_and_only_anothers(asked):
    client = asked.client("coordinator")
    assert client.fill_in("/re-audit/post-s/keep").headers["location"] == "/re-audit?kept=1"
    assert asked.get(Post, "post-s").kept_at == asked.time.now
    refused = client.fill_in("/re-audit/post-own/keep")
    assert (refused.status_code, "Another person decides" in refused.text) == (403, True)
    again = client.fill_in("/re-audit/post-s/keep")
    assert (again.status_code, "any more" in again.text) == (409, True)


def test_an_objection_is_shown_and_the_button_is_not(asked):
    answer(asked, "p1", Decision.NO)
    page = asked.client("head").get("/re-audit").text
    assert "/re-audit/post-s/keep" not in page
    assert "/posts/post-s/take-down" in page
    assert asked.client("head").fill_in("/re-audit/post-s/keep").status_code == 409


def test_everything_live_is_put_on_the_page(asked):
    asked.submission("more", "approved")
    asked.post("post-more", "more", "live", live_at=asked.time.now)
    answer = asked.client("head").fill_in("/re-audit")
    assert answer.headers["location"] == "/re-audit?asked=1"
    assert asked.get(Post, "post-more").keep_asked_at == asked.time.now
