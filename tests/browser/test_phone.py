"""A teacher's phone: several photos at once, shared photos, and a connection that goes."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select
from tests.browser.conftest import PHONE

from gatekeeper.demo.vectors import SCHOOL
from gatekeeper_queue.models import Submission
from gatekeeper_queue.submissions import photos_of

PHOTOS = [SCHOOL / "photos" / name for name in ("group_07.jpg", "group_11.jpg", "group_20.jpg")]
CAPTION = "Year 8 pupils at work."


@pytest.fixture
def teacher(signed_in) -> Page:
    return signed_in("teacher", PHONE)


def fill_in(page: Page, photos: int = 3) -> None:
    for number in range(1, photos + 1):
        page.locator(f"#alt_{number}").fill(f"Pupils, picture {number}.")
    page.get_by_label("Caption").fill(CAPTION)
    for box in page.locator("[name=confirmed]").all():
        box.check()


def send(page: Page) -> None:
    page.get_by_role("button", name="Check it").click()


def stored(running) -> list[Submission]:
    with running.school.database.read() as session:
        return list(session.exec(select(Submission)))


def test_photos_and_words_outlive_a_lost_connection(teacher: Page, running) -> None:
    teacher.goto("/submit")
    teacher.locator("#photo_1").set_input_files(PHOTOS)
    expect(teacher.locator("img.preview")).to_have_count(3)
    fill_in(teacher)
    teacher.context.set_offline(True)
    send(teacher)
    expect(teacher.locator("[data-trouble]")).to_contain_text("The connection was lost.")
    expect(teacher.locator("img.preview")).to_have_count(3)
    assert stored(running) == []
    teacher.context.set_offline(False)
    send(teacher)
    teacher.wait_for_url("**/submissions/*")
    (row,) = stored(running)
    with running.school.database.read() as session:
        kept = [(photo.name, photo.alt) for photo in photos_of(session, row.id)]
    assert kept == [(path.name, f"Pupils, picture {n}.") for n, path in enumerate(PHOTOS, 1)]
    assert (row.caption, len(row.confirmed)) == (CAPTION, 3)
    teacher.goto("/submit")
    expect(teacher.get_by_label("Caption")).to_have_value("")  # what was sent is not kept
    words_come_back(teacher)
    a_refusal_keeps_the_photos(teacher)
    shared_photos_wait_for_the_form(teacher, running)


def words_come_back(page: Page) -> None:
    page.get_by_label("Caption").fill("Half a sent")
    page.goto("/submissions")
    page.goto("/submit")
    expect(page.get_by_label("Caption")).to_have_value("Half a sent")
    assert page.locator("[name=confirmed]:checked").count() == 0
    page.get_by_role("button", name="Start afresh").click()
    expect(page.get_by_label("Caption")).to_have_value("")


def a_refusal_keeps_the_photos(page: Page) -> None:
    """The server refuses what the script does not look at."""
    page.locator("#photo_1").set_input_files(PHOTOS[:1])
    fill_in(page, 1)
    page.locator("#class_name").fill("9Z")
    send(page)
    expect(page.locator("#problem-class_name")).to_contain_text("There is no class 9Z")
    expect(page.locator("img.preview")).to_have_count(1)
    assert page.locator("#photo_1").evaluate("input => input.files.length") == 1
    expect(page.get_by_role("button", name="Check it")).to_be_enabled()


def shared_photos_wait_for_the_form(page: Page, running) -> None:
    """As a phone does it: a form that it sends to the address in the manifest."""
    before = len(stored(running))
    page.goto("/submissions")
    page.evaluate("navigator.serviceWorker.register('/share-worker.js', { scope: '/share' })")
    page.wait_for_function(
        "navigator.serviceWorker.getRegistration('/share').then(found => found && found.active)"
    )
    page.evaluate(
        """() => {
          const form = document.createElement("form");
          form.method = "post"; form.action = "/share"; form.enctype = "multipart/form-data";
          form.innerHTML = '<input type="file" name="photos" id="shared" multiple>';
          document.body.append(form);
        }"""
    )
    page.locator("#shared").set_input_files(PHOTOS[:2])
    page.locator("#shared").evaluate("input => input.form.submit()")
    page.wait_for_url("**/submit")
    expect(page.locator("img.preview")).to_have_count(2)
    assert len(stored(running)) == before
    assert page.evaluate("caches.keys()") == []


def test_without_script_the_form_sends_what_was_chosen(browser, running) -> None:
    context = browser.new_context(
        viewport=PHONE, base_url=running.address, java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(running.people.teacher.email)
    page.get_by_label("Password").fill(running.people.password)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/submit")
    for number, path in enumerate(PHOTOS[:2], 1):
        page.locator(f"#photo_{number}").set_input_files(path)
    fill_in(page, 2)
    send(page)
    page.wait_for_url("**/submissions/*")
    (row,) = stored(running)
    with running.school.database.read() as session:
        assert len(photos_of(session, row.id)) == 2
    context.close()
