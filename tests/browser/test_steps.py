"""How many taps and keys two everyday tasks take. The seconds are printed (`pytest -s`), not
asserted: they say how fast this machine is, without the time in which a person thinks."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_accessibility import address  # noqa: F401 (a fixture)
from tests.gatekeeper.web.conftest import PASSWORD, jpeg

from gatekeeper.signin import sign_in
from gatekeeper.web.security import COOKIE
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.values import Box, Candidate, Face
from gatekeeper_queue.models import Submission

pytestmark = pytest.mark.browser

FACE = Face(Box(40, 30, 90, 90), 0.9, candidates=(Candidate("p1", 0.41),))
ASKED = Finding("some-rule", Action.FLAG, "Somebody must look.", "Ask.", ("P01",))


@dataclass
class Hand:
    """One thumb, or ten fingers: counts what it does."""

    page: Page
    taps: int = 0
    keys: int = 0
    letters: int = 0

    def tap(self, selector: str) -> None:
        self.page.locator(selector).first.tap()
        self.taps += 1

    def key(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def write(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.letters += len(text)


@pytest.fixture
def hand(browser, address, request):  # noqa: F811 (the fixture)
    base, town = address
    person, size = request.param
    context = browser.new_context(viewport=size, base_url=base, has_touch=size == PHONE)
    token = sign_in(town.school, f"{person}@school.test", PASSWORD, "Browser")
    context.add_cookies([{"name": COOKIE, "value": token, "url": base}])
    context.set_default_timeout(10_000)
    yield Hand(context.new_page()), town
    context.close()


@pytest.mark.parametrize("hand", [("teacher", PHONE)], indirect=True)
def test_a_teacher_submits_three_photos(hand) -> None:
    one, town = hand
    one.page.goto("/")
    begun = time.monotonic()
    one.tap("nav a[href='/submit']")
    photos = [
        {"name": f"{colour}.jpg", "mimeType": "image/jpeg", "buffer": jpeg(colour)}
        for colour in ("red", "green", "blue")
    ]
    with one.page.expect_file_chooser() as chooser:
        one.tap("label.file[for=photo_1]")
    chooser.value.set_files(photos)
    one.tap("#caption")
    one.write("Year 5 enjoying a music lesson.")
    for number in (1, 2, 3):
        one.tap(f"#alt_{number}")
        one.write("Pupils around a drum.")
    for point in one.page.locator("[name=confirmed]").all():
        one.tap(f"label:has([value={point.get_attribute('value')}])")
    one.tap("button:has-text('Check it')")
    one.page.wait_for_url("**/submissions/*")
    print(
        f"\nthree photos: {one.taps} taps, {one.letters} letters, {time.monotonic() - begun:.1f} s"
    )
    row = town.get(Submission, one.page.url.rsplit("/", 1)[1])
    assert (row.caption, row.channels) == ("Year 5 enjoying a music lesson.", ["website"])
    assert one.taps <= 10


@pytest.mark.parametrize("hand", [("head", DESKTOP)], indirect=True)
def test_a_coordinator_clears_ten_flagged_items(hand) -> None:
    """Six to approve, two in which somebody says who a face is, two to send back."""
    one, town = hand
    for name in ("flagged", "clear"):
        with town.school.database.write() as session:
            session.get_one(Submission, name).state = "discarded"
    kinds = ["approve", "name", "approve", "back", "approve"] * 2
    for number, kind in enumerate(kinds):
        faces = [FACE] if kind == "name" else []
        town.submission(f"ten-{number}", "flagged", findings=[ASKED], faces=faces)
        town.time.now = town.time.now.replace(second=number)
    begun = time.monotonic()
    one.page.goto("/review")
    one.key("n")
    for number, kind in enumerate(kinds):
        one.page.wait_for_url(f"**/review/ten-{number}*")
        if kind == "back":
            one.key("s")
            one.write("Crop it.")
            one.key("Control+Enter")
            continue
        if kind == "name":
            one.key("w", "Space", "Enter")
            one.page.wait_for_url(f"**/review/ten-{number}")
            one.key("n")
            continue
        one.key("a", "Enter")
    one.page.wait_for_url("**/review?done=approved*")
    states = [town.get(Submission, f"ten-{number}").state for number in range(10)]
    expected = {"approve": "approved", "name": "waiting", "back": "returned"}
    print(f"\nten items: {one.keys} keys, {one.letters} letters, {time.monotonic() - begun:.1f} s")
    assert states == [expected[kind] for kind in kinds]
    assert one.keys <= 30
