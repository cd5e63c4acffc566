"""The whole path in a browser: from a teacher's phone to a live post, and back."""

from __future__ import annotations

import hashlib
import re
import time
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from gatekeeper.demo.vectors import SCHOOL
from gatekeeper_queue.models import Post
from gatekeeper_queue.submissions import photos_of

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
CAPTION = "Year 8 pupils back from a windy walk."
ALT = "Three pupils in school uniform smile at the camera."


def test_from_a_phone_to_a_live_post_and_back(running, signed_in):
    teacher = signed_in("teacher", PHONE)
    submission_id = submit(teacher, running)
    expect(teacher.locator("h1")).to_contain_text(re.compile("reviewer|coordinator|checks", re.I))

    coordinator = signed_in("coordinator")
    coordinator.goto(f"/review/{submission_id}")
    expect(coordinator.locator("p.caption")).to_have_text(CAPTION)
    coordinator.get_by_role("button", name="Approve", exact=True).click()

    posts = wait_for_posts(running, submission_id, "live")
    assert_published_byte_for_byte(running, submission_id, posts)

    withdraw_everything(signed_in("office"), "p21")
    wait_for_posts(running, submission_id, "removed")
    assert running.sandbox.state()["tweets"] == []
    assert "windy walk" not in text_of(f"{running.address}/news")
    teacher.reload()
    expect(teacher.locator("body")).to_contain_text(re.compile("removed|taken down", re.I))

    verified = running.gatekeeper("audit", "verify")
    assert (verified.returncode, "The audit log is whole" in verified.stdout) == (0, True)


def test_a_refused_photo_is_mended_on_the_phone_in_one_press(running, signed_in):
    teacher = signed_in("teacher", PHONE)
    submit(teacher, running, "group_31.jpg")
    expect(teacher.locator("h1")).to_contain_text("cannot be published")
    teacher.get_by_role("button", name="Cover 1 face without permission").click()
    expect(teacher.get_by_role("button", name="Take all off again")).to_be_visible(timeout=60_000)
    expect(teacher.locator(".box.no")).to_have_count(0)
    teacher.get_by_role("button", name="Cover every face (1)").click()
    expect(teacher.locator("h1")).to_contain_text("found nothing wrong", timeout=60_000)
    expect(teacher.locator("figcaption")).to_contain_text("no face")
    wide = teacher.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide


def submit(page: Page, running, photo: str = "group_07.jpg") -> str:
    page.goto("/submit")
    page.locator("#photo_1").set_input_files(SCHOOL / "photos" / photo)
    page.locator("#alt_1").fill(ALT)
    page.get_by_label("Caption").fill(CAPTION)
    page.locator("#class_name").fill("8R")
    page.get_by_label("The school’s website").check()
    page.locator(f"[name=accounts][value='{running.people.accounts[0].id}']").check()
    for box in page.locator("[name=confirmed]").all():
        box.check()
    page.get_by_role("button", name="Check it").click()
    page.wait_for_url("**/submissions/*")
    expect(page.locator("svg rect").first).to_be_visible(timeout=60_000)
    return page.url.rsplit("/", 1)[1]


def wait_for_posts(running, submission_id: str, state: str) -> dict[str, Post]:
    """The worker's ticks are what is waited for; the browser's clock is the only other one."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with running.school.database.read() as session:
            posts = session.exec(select(Post).where(Post.submission_id == submission_id)).all()
        if posts and all(post.state == state for post in posts):
            return {post.channel: post for post in posts}
        time.sleep(0.2)
    pytest.fail(f"not {state} in time: {[(post.channel, post.state) for post in posts]}")


def assert_published_byte_for_byte(running, submission_id: str, posts: dict[str, Post]) -> None:
    with running.school.database.read() as session:
        (row,) = photos_of(session, submission_id)
    approved = running.school.store.clean(row.clean_sha256)
    (tweet,) = running.sandbox.state()["tweets"]
    (media,) = tweet["media"]
    assert (tweet["text"], media["alt"]) == (CAPTION, ALT)
    assert bytes_of(f"{running.sandbox.url}/media/{media['id']}.jpg") == approved
    assert bytes_of(f"{running.address}/news/pictures/{row.clean_sha256}.jpg") == approved
    assert hashlib.sha256(approved).hexdigest() == row.clean_sha256
    page = text_of(posts["website"].url)
    assert CAPTION in page
    assert ALT in page
    assert CAPTION in text_of(f"{running.address}/news/feed.atom")


def withdraw_everything(page: Page, pupil_id: str) -> None:
    page.goto(f"/register/{pupil_id}")
    page.get_by_role("button", name="Withdraw everything").click()
    expect(page.locator("body")).to_contain_text("2 posts with this child are taken down at once")
    page.get_by_label("Who asked for it?").fill("mother")
    page.get_by_role("button", name="Withdraw", exact=True).click()


def bytes_of(url: str) -> bytes:
    with urlopen(url, timeout=10) as answer:
        return answer.read()


def text_of(url: str) -> str:
    return bytes_of(url).decode("utf-8")
