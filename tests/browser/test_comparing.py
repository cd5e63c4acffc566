"""A face stands beside the reference pictures of those whom it may be: on a phone, on a desk,
in a window of 320 pixels, and without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_accessibility import ENLARGED, address  # noqa: F401 (a fixture)
from tests.gatekeeper.web.conftest import PASSWORD

from gatekeeper.signin import sign_in
from gatekeeper.web.security import COOKIE

pytestmark = pytest.mark.browser

LOADED = "image => image.complete && image.naturalWidth === 240"
SCROLLED = "image => window.scrollBy(0, image.getBoundingClientRect().top - 100)"


@pytest.mark.parametrize("size", [PHONE, DESKTOP, ENLARGED], ids=["phone", "desk", "enlarged"])
def test_face_and_reference_are_seen_side_by_side(browser: Browser, address, size) -> None:  # noqa: F811
    base, town = address
    context = browser.new_context(viewport=size, base_url=base, java_script_enabled=False)
    token = sign_in(town.school, "head@school.test", PASSWORD, "Browser")
    context.add_cookies([{"name": COOKIE, "value": token, "url": base}])
    page = context.new_page()
    page.goto("/review/flagged")
    choice = page.locator("label", has_text="Poppy Wainscott").filter(has=page.locator("img"))
    picture = choice.locator("img.reference")
    picture.scroll_into_view_if_needed()
    expect(choice).to_contain_text("2B · like")
    page.wait_for_load_state("networkidle")
    assert picture.evaluate(LOADED)
    picture.evaluate(SCROLLED)
    assert _side_by_side(page.locator(".ask-who > .crop").first, picture, page.locator(".decide"))
    assert _fits(page, size["width"])
    without = page.locator("label", has_text="Emeka Lane").locator("img")
    assert without.count() == 0  # that family did not agree
    choice.click()
    expect(choice.locator("input")).to_be_checked()
    context.close()


def _side_by_side(face: Locator, picture: Locator, bar: Locator) -> bool:
    """Large enough, one right of the other, and both wholly on the screen at the same time:
    the face stays in sight while the references pass it."""
    one, other, below = (found.bounding_box() for found in (face, picture, bar))
    assert one and other and below
    apart = one["x"] + one["width"] <= other["x"]
    in_sight = all(0 <= it["y"] <= below["y"] - it["height"] for it in (one, other))
    return apart and in_sight and min(one["width"], other["width"]) >= 64


def _fits(page: Page, width: int) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth") <= width)
