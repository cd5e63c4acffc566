"""What became of a withdrawal: per post and channel, in red while it is up, and the letter."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gatekeeper_detectors.values import Box, Face
from gatekeeper_queue.models import Post

POPPY = Face(Box(20, 10, 70, 70), 0.9, matched="p1")


@pytest.fixture
def withdrawn(town: Any) -> tuple[Any, str]:
    """A withdrawal with a post on the website and one on X, and a caption that may be a name."""
    for name, channel in (("inner", "website"), ("outer", "twitter")):
        town.submission(name, "approved", faces=[POPPY], caption=f"Caption {name}")
        town.post(name, name, "live", people=["p1"], channel=channel, live_at=town.time.now)
    town.submission("unclear", "approved", caption="The Wainscot singers.")
    town.post("unclear", "unclear", "live", live_at=town.time.now)
    response = town.client("office").fill_in(
        "/register/p1/withdraw", {"use": "all", "given_by": "mother"}
    )
    return town, response.headers["location"]


def gone(town: Any, post_id: str) -> None:
    with town.school.database.write() as session:
        post = session.get_one(Post, post_id)
        post.state, post.removed_at = "removed", town.time.now


def test_what_is_still_up_is_red_with_what_is_being_done(withdrawn: tuple[Any, str]) -> None:
    town, address = withdrawn
    gone(town, "inner")
    with town.school.database.write() as session:
        post = session.get_one(Post, "outer")
        post.attempts, post.last_error = 3, "X is busy"
        post.not_before = town.time.now + timedelta(minutes=8)
    page = town.client("office").get(address).text
    assert "1 post of 2 may still be seen" in page
    assert "Still up" in page
    assert "3 tries have failed" in page
    assert "X is busy" in page
    assert "Next try Mon 24 Nov, 09:23" in page
    assert "seen to be gone Mon 24 Nov, 09:15" in page
    assert "may still be seen" in town.client("coordinator").get("/withdrawals").text


def test_when_all_is_gone_the_page_says_so_and_the_letter_names_no_other_child(
    withdrawn: tuple[Any, str],
) -> None:
    town, address = withdrawn
    for name in ("inner", "outer"):
        gone(town, name)
    office = town.client("office")
    assert "Every post is gone: 2 posts" in office.get(address).text
    letter = office.get(f"{address}/letter").text
    assert "Poppy Wainscott" in letter
    assert "All of them are gone." in letter
    assert "24 Nov 2025" in letter
    assert "Caption" not in letter
    assert "<img" not in letter.split("<main")[1]
    assert "data-refresh" not in office.get(address).text


def test_words_that_may_be_the_childs_name_are_put_before_the_coordinator(
    withdrawn: tuple[Any, str],
) -> None:
    town, address = withdrawn
    page = town.client("coordinator").get(address).text
    assert "Words that may name the child" in page
    assert "/posts/unclear/take-down" in page
    assert "/posts/unclear/take-down" not in town.client("office").get(address).text
    assert town.client("office").get("/pictures/photo-unclear.jpg").status_code == 200
    town.client("coordinator").fill_in("/posts/unclear/take-down", {"reason": "named"})
    assert "Words that may name" not in town.client("coordinator").get(address).text


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("office", 200), ("coordinator", 200), ("head", 200), ("teacher", 403),
        ("governor", 403), ("technician", 403), ("parent", 403),
    ],
)  # fmt: skip
def test_who_sees_withdrawals(withdrawn: tuple[Any, str], role: str, status: int) -> None:
    town, address = withdrawn
    client = town.client(role)
    for path in ("/withdrawals", address, f"{address}/letter"):
        assert client.get(path).status_code == status, path


def test_a_withdrawal_that_is_not_there(town: Any) -> None:
    assert town.client("office").get("/withdrawals/none").status_code == 404
    assert "Nobody has taken consent back" in town.client("office").get("/withdrawals").text


def test_an_answer_of_no_in_the_office_is_followed_like_any_withdrawal(town: Any) -> None:
    town.submission("one", "approved", faces=[POPPY])
    town.post("one", "one", "live", people=["p1"], live_at=town.time.now)
    office = town.client("office")
    data = {
        "use": "website", "scope": "group", "decision": "no", "who": "g1",
        "given_on": "2025-11-24",
    }  # fmt: skip
    response = office.fill_in("/register/p1/answers", data)
    assert response.status_code == 303, response.text
    assert town.get(Post, "one").state == "removing"
    page = office.get("/register/p1").text
    assert "1 post not gone yet" in page
    assert "in pictures with other children, for" in office.get(letter_in(page)).text


def letter_in(page: str) -> str:
    address = page.split('href="/withdrawals/')[-1].split('"')[0]
    return f"/withdrawals/{address}/letter"
