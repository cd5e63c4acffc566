"""Who asked their device for less motion gets none, on any page (WCAG 2.3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.conftest import PHONE
from tests.browser.test_accessibility import MORE, PAPERS, address  # noqa: F401 (a fixture)
from tests.gatekeeper.web.conftest import PASSWORD, TownSchool
from tests.gatekeeper.web.test_access import PAGES

from gatekeeper.signin import sign_in
from gatekeeper.web.security import COOKIE

pytestmark = pytest.mark.browser

BUSY = "/submissions/checks"
"""The checks are at work, and the mark of the step they are at turns."""
PATHS = {
    "/sign-in": "",
    "/news": "",
    BUSY: "teacher",
    "/review/checks": "head",
    **{path: roles[0] for path, roles in {**PAGES, **MORE}.items() if path not in PAPERS},
}
"""Each page once, and a role that may see it."""

SHOW_ALL = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  for (const one of document.querySelectorAll("[hidden]")) one.hidden = false;
}"""
"""Folds, and what a script shows later: the bar of an upload, a hint, a question."""

MOVING = """() => {
  const named = (one, part) => `${one.localName}.${one.className}${part}`;
  const running = document.getAnimations()
    .filter(one => one.playState === "running")
    .map(one => `runs: ${named(one.effect.target, one.effect.pseudoElement || "")}`);
  const would = [];
  for (const one of document.querySelectorAll("*")) {
    for (const part of ["", "::before", "::after"]) {
      const times = getComputedStyle(one, part || null).transitionDuration.split(", ");
      if (times.some(time => time !== "0s")) would.push(`changes slowly: ${named(one, part)}`);
    }
    const scrolls = getComputedStyle(one).scrollBehavior;
    if (scrolls !== "auto") would.push(`scrolls slowly: ${named(one, "")}`);
    if (one.matches("progress:indeterminate")) would.push(`has no end: ${named(one, "")}`);
  }
  return [...running, ...would];
}"""
"""What moves now, and what would when it is pointed at, changed or scrolled to."""

PLANT = """css => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("@keyframes planted { to { opacity: .5 } }" + css);
  document.adoptedStyleSheets.push(sheet);
}"""
PLANTED_BAR = "document.querySelector('main').append(document.createElement('progress'))"


@pytest.fixture(scope="module")
def busy(address) -> tuple[str, TownSchool]:  # noqa: F811 (the fixture)
    """The small school, with something that is being checked."""
    address[1].submission("checks", "checking", faces=None)
    return address


@pytest.fixture
def opened(browser: Browser, busy) -> Iterator[Callable[..., Page]]:
    """A page as somebody with this wish about motion sees it."""
    base, town = busy
    contexts = {}

    def open_page(path: str, role: str, motion: str = "reduce") -> Page:
        if (role, motion) not in contexts:
            made = browser.new_context(viewport=PHONE, base_url=base, reduced_motion=motion)
            if role:
                token = sign_in(town.school, f"{role}@school.test", PASSWORD, "Browser")
                made.add_cookies([{"name": COOKIE, "value": token, "url": base}])
            contexts[role, motion] = made.new_page()
        page = contexts[role, motion]
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
        return page

    yield open_page
    for page in contexts.values():
        page.context.close()


def moving(page: Page) -> list[str]:
    page.evaluate(SHOW_ALL)
    return list(page.evaluate(MOVING))


def test_nothing_moves_for_who_asked_for_less_motion(opened) -> None:
    found = {path: moving(opened(path, role)) for path, role in PATHS.items()}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_the_same_look_sees_what_moves_for_everybody_else(opened) -> None:
    """Else the test above would hold where the page had nothing to show."""
    page = opened(BUSY, "teacher", "no-preference")
    assert page.locator(".steps .now").count() == 1
    assert moving(page) == ["runs: li.now::before"]


@pytest.mark.parametrize(
    ("css", "said"),
    [
        ("h1 { opacity: .9 }", []),
        ("h1 { animation: planted 9s infinite }", ["runs: h1."]),
        ("h1::after { content: 'x'; animation: planted 9s infinite }", ["runs: h1.::after"]),
        ("h1 { transition: opacity .2s }", ["changes slowly: h1."]),
        ("html { scroll-behavior: smooth }", ["scrolls slowly: html.js"]),
        ("@media (prefers-reduced-motion: no-preference) { h1 { transition: all 1s } }", []),
        ("h1 { animation: planted 9s infinite paused }", []),
    ],
)
def test_what_moves_all_the_same_is_found(opened, css: str, said: list[str]) -> None:
    page = opened("/sign-in", "")
    page.evaluate(PLANT, css)
    assert moving(page) == said


def test_a_bar_without_an_end_is_found(opened) -> None:
    page = opened("/sign-in", "")
    page.evaluate(PLANTED_BAR)
    assert moving(page) == ["has no end: progress."]
