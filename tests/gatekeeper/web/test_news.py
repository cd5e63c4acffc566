"""The public pages and the feed show what was published, and nothing else."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from gatekeeper.web import create_app

EVIL = "<script>alert('x')</script>"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def news(town: Any) -> tuple[Any, bytes, str]:
    town.submission("one", "approved", colour="gold")
    town.submission("hidden", "approved", colour="navy", caption="Not published")
    clean = town.school.store.clean(town_sha(town, "photo-one"))
    sha256 = hashlib.sha256(clean).hexdigest()
    town.post("post", "one", "live", live_at=town.time.now)
    town.post("later", "hidden", "scheduled")
    town.news("post", f"Harvest & {EVIL}", sha256, alt='A "box"')
    return town, clean, sha256


def town_sha(town: Any, photo_id: str) -> str:
    from gatekeeper_queue.models import SubmissionPhoto

    return str(town.get(SubmissionPhoto, photo_id).clean_sha256)


def test_the_news_pages_show_news_and_nothing_else(news: tuple[Any, bytes, str]) -> None:
    town, clean, sha256 = news
    client = town.client()
    for path in ("/news", "/news/post"):
        html = client.get(path).text
        assert "Harvest &amp; &lt;script&gt;" in html
        assert "Not published" not in html
    assert client.get("/news/later").status_code == 404
    assert 'width="320" height="200"' in client.get("/news/post").text
    missing = client.get("/news/nothing")
    assert missing.status_code == 404
    assert "masthead" in missing.text
    picture = client.get(f"/news/pictures/{sha256}.jpg")
    assert (picture.content, picture.headers["content-type"]) == (clean, "image/jpeg")
    hidden = town_sha(town, "photo-hidden")
    for other in (hidden, "%", "0" * 64, sha256[:63], f"{sha256[:63]}%"):
        assert client.get(f"/news/pictures/{other}.jpg").status_code == 404


def test_what_was_removed_says_so(town: Any) -> None:
    town.submission("one", "approved")
    town.post("post", "one", "removed", removed_at=town.time.now)
    response = town.client().get("/news/post")
    assert response.status_code == 410
    assert "has been removed" in response.text


def test_the_feed_is_atom_with_stable_ids_and_described_pictures(
    news: tuple[Any, bytes, str],
) -> None:
    town, _, sha256 = news
    town.submission("first", "approved", colour="gold")
    town.post("older", "first", "live", live_at=town.time.now)
    town.news("older", "Older", sha256, published_at=town.time.now - timedelta(days=1))
    response = town.client().get("/news/feed.atom")
    assert response.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(response.content)
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated"):
        assert feed.findtext(f"{ATOM}{name}")
    entries = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == ["urn:uuid:post", "urn:uuid:older"]
    content = entries[0].findtext(f"{ATOM}content")
    assert (
        f'<img src="https://school.test/news/pictures/{sha256}.jpg" alt="A &#34;box&#34;">'
        in content
    )
    assert "<script>" not in content


def test_an_empty_feed_is_a_feed(town: Any) -> None:
    feed = ElementTree.fromstring(town.client().get("/news/feed.atom").content)
    assert feed.findall(f"{ATOM}entry") == []


def test_the_json_feed_is_the_same_news(news: tuple[Any, bytes, str]) -> None:
    town, _, sha256 = news
    answer = town.client().get("/news/feed.json")
    assert answer.headers["content-type"] == "application/feed+json"
    (item,) = answer.json()["items"]
    assert item["url"] == "https://school.test/news/post"
    assert item["title"].startswith("Harvest & <script>")  # plain text by the standard
    assert "<script>" not in item["content_html"]
    assert f"https://school.test/news/pictures/{sha256}.jpg" in item["content_html"]
    assert datetime.fromisoformat(item["date_published"]) == town.time.now


def test_the_list_may_be_framed_by_the_sites_that_are_named_and_nothing_else_may(
    news: tuple[Any, bytes, str],
) -> None:
    town, _, _ = news
    town.settings = town.settings.model_copy(update={"embed_on": ("https://www.school.test",)})
    town.app = create_app(town.school, town.settings)
    client = town.client()
    listed = client.get("/news/list")
    assert "Harvest &amp; &lt;script&gt;" in listed.text and 'target="_top"' in listed.text
    policy = listed.headers["content-security-policy"]
    assert "frame-ancestors 'self' https://www.school.test" in policy
    assert "default-src 'self'" in policy and "x-frame-options" not in listed.headers
    for path in ("/news", "/news/post", "/sign-in"):
        other = client.get(path).headers
        assert "frame-ancestors 'none'" in other["content-security-policy"]
        assert other["x-frame-options"] == "DENY"
