"""The posts for parents: who sees them, and that nobody else ever does."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from gatekeeper_consent.models import Guardianship, Pupil
from gatekeeper_queue.models import Post, SubmissionPhoto

SECRET = "Only for parents"
PUBLIC = "For everybody"


@pytest.fixture
def posted(town: Any) -> Any:
    """One post in the parents' area and one on the website."""
    for name, channel, text, colour in (
        ("inner", "parents", SECRET, "gold"),
        ("outer", "website", PUBLIC, "navy"),
    ):
        town.submission(name, "approved", channels=[channel], colour=colour, caption=text)
        town.post(name, name, "live", channel=channel, live_at=town.time.now)
        town.news(name, text, sha_of(town, name))
    return town


def sha_of(town: Any, submission_id: str) -> str:
    return str(town.get(SubmissionPhoto, f"photo-{submission_id}").clean_sha256)


def test_the_public_never_sees_a_post_for_parents(posted: Any) -> None:
    client = posted.client()
    for path in ("/news", "/news/feed.atom", "/news/outer"):
        page = client.get(path).text
        assert PUBLIC in page
        assert SECRET not in page
    assert client.get("/news/inner").status_code == 404
    assert client.get(f"/news/pictures/{sha_of(posted, 'outer')}.jpg").status_code == 200
    assert client.get(f"/news/pictures/{sha_of(posted, 'inner')}.jpg").status_code == 404


def test_not_even_that_there_was_one_that_was_taken_down(posted: Any) -> None:
    with posted.school.database.write() as session:
        session.get_one(Post, "inner").state = "removed"
    assert posted.client().get("/news/inner").status_code == 404
    assert posted.client("parent").get("/family/posts/inner").status_code == 410


@pytest.mark.parametrize(("account_id", "listed"), [(None, False), ("x1", True)])
def test_a_website_post_on_another_site_can_be_objected_to_there(
    posted: Any, account_id: str | None, listed: bool
) -> None:
    """Not on the school's own pages, whatever its channel is called."""
    posted.submission("copy", "approved", caption="On the old site")
    posted.post("copy", "copy", "live", account_id=account_id, live_at=posted.time.now)
    parent = posted.client("parent")
    assert ("On the old site" in parent.get("/family/posts/elsewhere").text) is listed
    assert parent.get("/family/posts/copy/object").status_code == (200 if listed else 404)
    with posted.school.database.write() as session:
        session.get_one(Post, "copy").state = "removed"
    for client, path in ((parent, "/family/posts/copy"), (posted.client(), "/news/copy")):
        assert client.get(path).status_code == (404 if listed else 410)


@pytest.mark.parametrize("path", ["", "/inner", "/pictures/{}.jpg"])
def test_who_is_not_signed_in_must_sign_in_first(posted: Any, path: str) -> None:
    path = path.format(sha_of(posted, "inner"))
    response = posted.client().get(f"/family/posts{path}")
    assert response.status_code == 303
    assert response.headers["location"].startswith("/sign-in")


@pytest.mark.parametrize("role", ["parent", "teacher", "coordinator", "office", "head"])
def test_parents_and_staff_see_both(posted: Any, role: str) -> None:
    client = posted.client(role)
    page = client.get("/family/posts").text
    assert SECRET in page
    assert PUBLIC in page
    assert SECRET in client.get("/family/posts/inner").text
    for name in ("inner", "outer"):
        picture = client.get(f"/family/posts/pictures/{sha_of(posted, name)}.jpg")
        assert picture.status_code == 200
        assert picture.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("role", ["governor", "technician"])
def test_who_needs_no_pictures_of_children_gets_none(posted: Any, role: str) -> None:
    client = posted.client(role)
    for path in ("", "/inner", f"/pictures/{sha_of(posted, 'inner')}.jpg"):
        assert client.get(f"/family/posts{path}").status_code == 403


def test_parents_of_a_child_who_left_see_only_what_is_public(posted: Any) -> None:
    with posted.school.database.write() as session:
        session.get_one(Pupil, "p1").left_on = posted.school.today()
    client = posted.client("parent")
    page = client.get("/family/posts").text
    assert PUBLIC in page
    assert SECRET not in page
    assert client.get("/family/posts/inner").status_code == 404
    picture = f"/family/posts/pictures/{sha_of(posted, 'inner')}.jpg"
    assert client.get(picture).status_code == 404


def test_a_picture_is_served_only_while_an_item_shows_it(posted: Any) -> None:
    client = posted.client("parent")
    posted.submission("waiting", "flagged", colour="red")
    assert client.get(f"/family/posts/pictures/{sha_of(posted, 'waiting')}.jpg").status_code == 404
    with posted.school.database.write() as session:
        session.get_one(Post, "inner").removal_reason = "asked for"
    assert client.get(f"/family/posts/pictures/{sha_of(posted, 'inner')}.jpg").status_code == 404


@pytest.mark.parametrize("state", ["live", "sending", "unknown", "removing"])
def test_what_was_asked_to_go_is_gone_from_the_pages_at_once(posted: Any, state: str) -> None:
    """Before the worker has deleted anything."""
    with posted.school.database.write() as session:
        for name in ("inner", "outer"):
            post = session.get_one(Post, name)
            post.state, post.removal_reason = state, "consent withdrawn"
    public, parent = posted.client(), posted.client("parent")
    assert PUBLIC not in public.get("/news").text
    assert PUBLIC not in public.get("/news/feed.atom").text
    assert public.get("/news/outer").status_code == 410
    assert public.get(f"/news/pictures/{sha_of(posted, 'outer')}.jpg").status_code == 404
    page = parent.get("/family/posts").text
    assert PUBLIC not in page
    assert SECRET not in page


def test_a_post_for_parents_is_sent_to_their_area(posted: Any) -> None:
    from gatekeeper.composition import channel_opener
    from gatekeeper_queue.channel import Outgoing

    posted.submission("new", "approved", channels=["parents"])
    post = posted.post("new", "new", "sending", channel="parents")
    channel = channel_opener(posted.school, posted.settings)(post)
    item = Outgoing("new", "Fresh", ())
    receipt = channel.publish(item, channel.prepare(item))
    assert receipt.url == "https://school.test/family/posts/new"
    assert channel.is_up(receipt)
    assert "Fresh" in posted.client("parent").get("/family/posts").text
    assert "Fresh" not in posted.client().get("/news").text
    channel.take_down(receipt)
    assert not channel.is_up(receipt)


def test_a_parent_without_a_guardianship_sees_nothing(posted: Any) -> None:
    client = posted.client("parent")
    assert SECRET in client.get("/family/posts").text
    with posted.school.database.write() as session:
        for row in session.exec(select(Guardianship)):
            row.ended_at = posted.time.now
    assert SECRET not in client.get("/family/posts").text
