"""The second look on the page."""

from __future__ import annotations

import pytest

from gatekeeper_queue.models import Approval
from gatekeeper_queue.record_models import SampleCheck


@pytest.fixture
def published(town):
    for key in ("a", "b"):
        town.submission(key, "approved")
        town.post(f"post-{key}", key, "live", live_at=town.time.now)
    with town.school.database.write() as session:
        session.get_one(Approval, "approval-post-b").approved_by = "gatekeeper"
    return town


def test_a_sample_is_drawn_and_looked_at_one_by_one(published):
    head, coordinator = published.client("head"), published.client("coordinator")
    assert "Nothing waits for you" in coordinator.get("/sample").text
    assert head.fill_in("/sample").headers["location"] == "/sample"
    page = coordinator.get("/sample").text
    assert "Is everybody in it known" in page
    assert "music lesson" in page
    # The head approved one of the two, and so looks only at the other.
    only = published.get(SampleCheck, 1)
    mine = 1 if only.post_id == "post-b" else 2
    done = head.fill_in(f"/sample/{mine}", {"outcome": "right"})
    assert done.headers["location"] == "/sample?done=right"
    page = head.get("/sample?done=right").text
    assert "1 waits for another person" in page
    assert "0 missed of 1 looked at: between 0.0 % and 79.3 %" in page
    assert head.fill_in(f"/sample/{3 - mine}", {"outcome": "right"}).status_code == 403


def test_a_miss_leads_to_taking_it_down(published):
    published.client("head").fill_in("/sample")
    client = published.client("coordinator")
    (check,) = [n for n in (1, 2) if published.get(SampleCheck, n).post_id == "post-a"]
    refused = client.fill_in(f"/sample/{check}", {"outcome": "missed"})
    assert (refused.status_code, "Write what was missed" in refused.text) == (409, True)
    answer = client.fill_in(f"/sample/{check}", {"outcome": "missed", "note": "A name on a badge"})
    assert answer.headers["location"] == "/posts/post-a/take-down"


def test_nonsense_is_refused(published):
    client = published.client("head")
    assert client.fill_in("/sample/99", {"outcome": "right"}).status_code == 404
    client.fill_in("/sample")
    assert client.fill_in("/sample/1", {"outcome": "perhaps"}).status_code == 422
    assert client.fill_in("/sample").headers["location"] == "/sample?done=none"
