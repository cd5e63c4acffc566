"""Looking pupils up, withdrawing consent, and the log."""

from __future__ import annotations

from typing import Any

import pytest

from gatekeeper_detectors.values import Box, Face
from gatekeeper_queue.models import Post, Submission


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("poppy", {"Poppy"}),
        ("2B", {"Poppy", "Zoë"}),
        ("p3", {"Emeka"}),
        ("zoe m", {"Zoë"}),
        ("x", set()),
        ("ash", set()),
    ],
)
def test_pupils_are_found_by_name_class_and_id(town: Any, q: str, found: set[str]) -> None:
    html = town.client("teacher").get("/register", params={"q": q}).text
    assert {name for name in ("Poppy", "Zoë", "Emeka", "Ashdown") if name in html} == found


def test_only_the_office_is_offered_a_withdrawal(town: Any) -> None:
    assert "Withdraw" in town.client("office").get("/register/p1").text
    assert "Withdraw" not in town.client("head").get("/register/p1").text


def test_a_withdrawal_takes_down_what_shows_the_child(town: Any) -> None:
    poppy = Face(Box(20, 10, 70, 70), 0.9, matched="p1")
    town.submission("one", "approved", faces=[poppy], caption="Harvest boxes")
    town.post("post", "one", "live", people=["p1"], live_at=town.time.now)
    town.submission("two", "flagged")
    client = town.client("office")
    page = client.get("/register/p1/withdraw?use=website").text
    assert "1 post with this child is taken down at once" in page
    assert "Harvest boxes" in page
    assert client.get("/pictures/photo-one.jpg").status_code == 200
    data = {"use": "website"}
    assert client.fill_in("/register/p1/withdraw", data).status_code == 422
    response = client.fill_in("/register/p1/withdraw", {**data, "given_by": "mother"})
    assert response.headers["location"] == "/register/p1?withdrawn=1"
    assert town.get(Post, "post").state == "removing"
    assert town.get(Submission, "two").state == "waiting"
    page = client.get("/register/p1?withdrawn=1").text
    assert "0 of 1 post is gone" in page
    assert "Harvest boxes" in page
    with town.school.database.write() as session:
        post = session.get_one(Post, "post")
        post.state, post.removed_at = "removed", town.time.now
    assert "1 of 1 post is gone" in client.get("/register/p1?withdrawn=1").text
    assert "Harvest boxes" not in town.client("teacher").get("/register/p1").text


@pytest.mark.parametrize("method", ["get", "fill_in"])
def test_a_withdrawal_without_a_tick_says_so(town: Any, method: str) -> None:
    client = town.client("office")
    response = getattr(client, method)("/register/p1/withdraw")
    assert response.status_code == 303
    assert "Nothing was ticked." in client.get(response.headers["location"]).text


def test_where_nothing_is_left_nothing_can_be_withdrawn(town: Any) -> None:
    page = town.client("office").get("/register/p3").text
    assert "Withdraw what is ticked" in page
    data = {"use": "all", "given_by": "mother"}
    town.client("office").fill_in("/register/p3/withdraw", data)
    page = town.client("office").get("/register/p3").text
    assert "There is nothing left to withdraw." in page
    assert "Withdraw what is ticked" not in page


@pytest.mark.parametrize("use", ["use=nonsense", "use=website&use=nonsense"])
def test_a_withdrawal_of_nothing_known_is_refused(town: Any, use: str) -> None:
    assert town.client("office").get(f"/register/p1/withdraw?{use}").status_code == 404


# --- log ------------------------------------------------------------------------------------------


def test_the_log_leads_to_what_one_may_see(town: Any) -> None:
    town.submission("one", "rejected")
    town.client("teacher").fill_in("/submissions/one/check-again")
    for user in ("teacher", "head"):
        assert 'href="/submissions/one"' in town.client(user).get("/activity").text


def test_the_log_shows_ones_own_or_everything(town: Any) -> None:
    head, office = town.client("head"), town.client("office")
    assert "<strong>Office</strong> signed in" in head.get("/activity").text
    assert "<strong>Head</strong> signed in" not in office.get("/activity").text
    assert "The log is whole: verified up to event 2." in head.fill_in("/activity/verify").text


def test_a_changed_log_is_found(town: Any) -> None:
    client = town.client("head")
    with town.school.database.write() as session:
        session.connection().exec_driver_sql("UPDATE audit_event SET actor = 'office'")
    assert "The log is not whole" in client.fill_in("/activity/verify").text
