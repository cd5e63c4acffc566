"""The installed app: what phones ask of it, and photos that are shared with it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image, ImageChops
from sqlmodel import select

from gatekeeper.web.icons import ICONS, STATIC, square
from gatekeeper_queue.models import AuditEvent, Submission


def test_every_page_can_be_installed(town: Any) -> None:
    client = town.client()
    assert '<link rel="manifest" href="/static/app.webmanifest">' in client.get("/sign-in").text
    answer = client.get("/static/app.webmanifest")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    manifest = answer.json()
    assert manifest["share_target"]["action"] == "/share"
    for icon in manifest["icons"]:
        found = client.get(icon["src"])
        assert (found.status_code, found.headers["content-type"]) == (200, icon["type"])
        if icon["type"] == "image/png":
            width, height = Image.open(io.BytesIO(found.content)).size
            assert f"{width}x{height}" == icon["sizes"]


@pytest.mark.parametrize(("name", "how"), ICONS.items())
def test_the_icons_are_the_ones_that_are_drawn(name: str, how: tuple[int, bool]) -> None:
    drawn, kept = square(how[0], whole=how[1]), Image.open(STATIC / name).convert("RGBA")
    largest = max(high for _, high in ImageChops.difference(drawn, kept).getextrema())
    assert largest < 8, "run: python -m gatekeeper.web.icons"


def test_the_worker_may_look_after_shares_and_asks_each_time_whether_it_is_new(town: Any) -> None:
    answer = town.client().get("/share-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("who", [None, "teacher", "parent"])
@pytest.mark.parametrize("size", [10, 2_000_000])
def test_what_is_shared_past_the_worker_is_thrown_away(town: Any, who: Any, size: int) -> None:
    client = town.client(who)
    before = len(_events(town))
    files = {"photos": ("a.jpg", bytes(size), "image/jpeg")}
    answer = client.post("/share", files=files)
    assert (answer.status_code, answer.headers["location"]) == (303, "/submit?shared=missed")
    with town.school.database.read() as session:
        assert session.exec(select(Submission)).all() == []
    assert len(_events(town)) == before


def _events(town: Any) -> list[AuditEvent]:
    with town.school.database.read() as session:
        return list(session.exec(select(AuditEvent)))


def test_the_form_says_that_photos_did_not_come_along(town: Any) -> None:
    client = town.client("teacher")
    said = "did not come along this time"
    assert said in client.get("/submit?shared=missed").text
    for path in ("/submit", "/submit?shared=anything"):
        assert said not in client.get(path).text
    assert "Not sent yet" not in client.get("/submit?shared=missed").text
