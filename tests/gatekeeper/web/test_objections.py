"""Objecting to a picture, and deciding on it, on the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from gatekeeper_queue.models import Post, Submission, SubmissionPhoto
from gatekeeper_queue.record_models import Objection


@pytest.fixture
def posted(town: Any) -> Any:
    town.submission("one", "approved", channels=["parents"], caption="Harvest boxes")
    sha256 = town.get(SubmissionPhoto, "photo-one").clean_sha256
    town.post("one", "one", "live", channel="parents", live_at=town.time.now)
    town.news("one", "Harvest boxes", sha256)
    return town


def objects(town: Any, words: str = "") -> str:
    response = town.client("parent").fill_in("/family/posts/one/object", {"words": words})
    with town.school.database.read() as session:
        made = str(session.exec(select(Objection.id)).one())
    assert response.headers["location"] == f"/family/objections/{made}"
    return made


def test_a_parent_objects_and_the_picture_is_gone_at_once(posted: Any) -> None:
    parent = posted.client("parent")
    assert "Object to this picture" in parent.get("/family/posts").text
    assert "website at once" in parent.get("/family/posts/one/object").text
    objects(posted, "My child is in it")
    assert "Harvest boxes" not in parent.get("/family/posts").text
    assert parent.get("/family/posts/one/object").status_code == 404
    assert posted.get(Post, "one").state == "removing"
    assert "Hidden; not answered yet" in parent.get("/family").text


def test_what_others_may_still_see_is_red_until_it_is_gone(posted: Any) -> None:
    """Pages of the school's own hide it in the same moment; another channel has to be asked."""
    posted.post("x", "one", "live", channel="twitter", live_at=posted.time.now)
    made = objects(posted)
    pages = (posted.client("parent"), f"/family/objections/{made}"), (
        posted.client("coordinator"), f"/objections/{made}",
    )  # fmt: skip
    for client, path in pages:
        page = client.get(path).text
        assert page.count("not gone yet.") == 1
        assert "Twitter/X: not gone yet." in page
    with posted.school.database.write() as session:
        session.get_one(Post, "x").state = "removed"
    for client, path in pages:
        assert "not gone yet" not in client.get(path).text


@pytest.mark.parametrize("role", ["teacher", "coordinator", "office", "head"])
def test_staff_are_not_offered_to_object(posted: Any, role: str) -> None:
    client = posted.client(role)
    assert "Object to this picture" not in client.get("/family/posts").text
    assert client.get("/family/posts/one/object").status_code == 403
    assert client.fill_in("/family/posts/one/object").status_code == 403
    assert posted.get(Post, "one").state == "live"


def test_nobody_objects_to_what_they_cannot_see(posted: Any) -> None:
    for name, state in (("planned", "scheduled"), ("gone", "removed"), ("going", "removing")):
        posted.submission(name, "approved", channels=["twitter"])
        posted.post(name, name, state, channel="twitter")
    client = posted.client("parent")
    for name in ("planned", "gone", "going", "none"):
        assert client.get(f"/family/posts/{name}/object").status_code == 404
        assert client.fill_in(f"/family/posts/{name}/object").status_code == 404
    assert posted.get(Post, "planned").state == "scheduled"
    assert "There is nothing on other sites." in client.get("/family/posts/elsewhere").text


def test_a_parent_objects_to_what_is_only_on_another_site(posted: Any) -> None:
    posted.submission("x", "approved", channels=["twitter"], caption="Sports day")
    url = "https://x.test/town/status/1"
    posted.post("x", "x", "live", channel="twitter", live_at=posted.time.now, url=url)
    client = posted.client("parent")
    assert "/family/posts/elsewhere" in client.get("/family/posts").text
    page = client.get("/family/posts/elsewhere").text
    assert "Sports day" in page
    assert "Harvest boxes" not in page
    assert url in client.get("/family/posts/x/object").text
    made = client.fill_in("/family/posts/x/object").headers["location"]
    assert "Twitter/X: not gone yet." in client.get(made).text
    assert posted.get(Post, "x").state == "removing"
    assert "Sports day" not in client.get("/family/posts/elsewhere").text


def test_the_coordinator_sees_the_clock_and_decides(posted: Any) -> None:
    objection = objects(posted, "My child is in it")
    coordinator = posted.client("coordinator")
    assert "30 days left" in coordinator.get("/objections").text
    page = coordinator.get(f"/objections/{objection}").text
    assert "My child is in it" in page
    assert "parent@school.test" in page
    coordinator.fill_in(f"/objections/{objection}/acknowledge")
    assert "To decide" in coordinator.get("/objections").text
    assert "Being looked into" in posted.client("parent").get("/family").text
    address = f"/objections/{objection}/decide"
    assert coordinator.fill_in(address, {"outcome": "decline"}).status_code == 422
    assert coordinator.fill_in(address, {"outcome": "whatever"}).status_code == 404
    coordinator.fill_in(address, {"outcome": "decline", "answer": "Only boxes can be seen."})
    assert posted.get(Submission, "one").state == "waiting"
    page = posted.client("parent").get(f"/family/objections/{objection}").text
    assert "Only boxes can be seen." in page
    assert "Information Commissioner" in page
    assert coordinator.fill_in(address, {"outcome": "uphold"}).status_code == 409


def test_what_is_late_is_red(posted: Any) -> None:
    objection = objects(posted)
    posted.time.now += timedelta(days=33)
    page = posted.client("head").get("/objections").text
    assert "Late by 3 days" in page
    assert "alarm" in page
    posted.client("head").fill_in(f"/objections/{objection}/decide", {"outcome": "uphold"})
    page = posted.client("head").get("/objections").text
    assert "Upheld" in page
    assert "alarm" not in page
    assert "Stays down" in posted.client("parent").get("/family").text


def test_another_parents_objection_does_not_exist(posted: Any) -> None:
    objection = objects(posted)
    posted.person("other", "parent", guardian_id="g1")
    assert posted.client("other").get(f"/family/objections/{objection}").status_code == 404
    assert posted.client("parent").get("/family/objections/none").status_code == 404
    assert posted.client("head").get("/objections/none").status_code == 404


def test_who_submitted_the_picture_is_not_offered_to_decline(posted: Any) -> None:
    with posted.school.database.write() as session:
        session.get_one(Submission, "one").author_id = "head"
    objection = objects(posted)
    head = posted.client("head")
    assert 'value="decline"' not in head.get(f"/objections/{objection}").text
    data = {"outcome": "decline", "answer": "No."}
    assert head.fill_in(f"/objections/{objection}/decide", data).status_code == 403
    assert 'value="decline"' in posted.client("coordinator").get(f"/objections/{objection}").text
