"""The review by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import DESKTOP
from tests.browser.test_accessibility import address  # noqa: F401 (a fixture)
from tests.gatekeeper.web.conftest import PASSWORD

from gatekeeper.signin import sign_in
from gatekeeper.web.security import COOKIE
from gatekeeper_queue.models import Submission

pytestmark = pytest.mark.browser


@pytest.fixture
def reviewer(browser, address):  # noqa: F811 (the fixture)
    base, town = address
    context = browser.new_context(viewport=DESKTOP, base_url=base)
    token = sign_in(town.school, "head@school.test", PASSWORD, "Browser")
    context.add_cookies([{"name": COOKIE, "value": token, "url": base}])
    context.set_default_timeout(10_000)
    yield context.new_page(), town
    context.close()


def test_a_coordinator_reviews_without_a_mouse(reviewer):
    page, town = reviewer
    page.goto("/review")
    page.keyboard.press("n")
    page.wait_for_url("**/review/flagged")
    keys = page.locator("#keys dl")
    expect(keys).to_be_hidden()
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("?")
    expect(keys).to_be_hidden()
    page.keyboard.press("w")
    expect(page.locator("input[name=who_1_1]").first).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    expect(page.locator(".picture").first).to_be_focused()
    page.keyboard.press("z")
    page.keyboard.press("s")
    page.keyboard.type("sand anzu?")  # letters that are keys elsewhere
    expect(page.locator("#reason")).to_have_value("sand anzu?")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.wait_for_url("**/review/clear")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_focused()
    assert town.get(Submission, "clear").state == "clear"  # one key decides nothing
    page.keyboard.press("Enter")
    page.wait_for_url("**/review/flagged?done=approved&was=clear")
    page.keyboard.press("u")
    page.wait_for_url("**/review/clear?done=taken-back")
    assert town.get(Submission, "clear").state == "waiting"
    page.goto("/review/flagged")
    page.keyboard.press("s")
    page.keyboard.type("Crop it.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/review?done=returned")
    assert town.get(Submission, "flagged").note == "Crop it."


def test_the_keys_can_be_switched_off_and_stay_off(reviewer):
    page, _ = reviewer
    page.goto("/review/back")
    page.keyboard.press("?")
    page.get_by_label("Shortcuts work on this device").uncheck()
    page.reload()
    page.keyboard.press("?")
    expect(page.locator("#keys dl")).to_be_hidden()
    page.keyboard.press("q")
    page.locator("#keys summary").click()
    page.get_by_label("Shortcuts work on this device").check()
    page.get_by_label("Shortcuts work on this device").blur()
    page.keyboard.press("q")
    page.wait_for_url("**/review")
