"""axe-core on every page of every role, on a phone, in light and dark: WCAG 2.2 AA.

What a machine can see only: names, contrast, structure, sizes of targets. That the pages can
be used by keyboard and without script is tested elsewhere.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page
from tests.browser.conftest import DESKTOP, PHONE
from tests.gatekeeper.web.conftest import PASSWORD, TownSchool
from tests.gatekeeper.web.test_access import AUTHORS, EVERYBODY, PAGES, REVIEWERS
from tests.gatekeeper.web.test_comparing import Finder, learn

from gatekeeper.signin import sign_in
from gatekeeper.web.security import COOKIE
from gatekeeper_detectors.findings import Action, Finding
from gatekeeper_detectors.values import Box, Candidate, Face

pytestmark = pytest.mark.browser

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
EVERYTHING = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": LEVELS}}
CONTRAST = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
"""The one rule to which the colour scheme makes a difference."""

ENLARGED = {"width": 320, "height": 512}
"""A window of 640 pixels, the page at 200 %: the narrow width of WCAG 1.4.10 as well."""
SCREENSHOTS = os.environ.get("GATEKEEPER_SCREENSHOTS", "")
"""A folder in which pictures of all pages are kept; none where it is empty."""

SMALL = """() => [...document.querySelectorAll("button, .button, summary, nav a, li > a, .choice")]
  .filter(one => one.checkVisibility() && !one.closest(".menu-items"))
  .filter(one => !one.matches("li > a") || one.parentElement.innerText === one.innerText)
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.height < 43.9 || box.width < 43.9))
  .map(([one, box]) => [Math.round(box.width), "×", Math.round(box.height), "px:", one.outerHTML])
  .map(words => words.join(" ").slice(0, 150))"""
"""Buttons, folds, and links of lists that a thumb may miss: less than 44 pixels."""

PLANT = """html => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    .planted-small { width: 30px; min-width: 0; min-height: 0; height: 44px; padding: 0 }
    @media (prefers-color-scheme: light) { .planted-light { color: #ccc } }
    @media (prefers-color-scheme: dark) { .planted-dark { color: #333 } }`);
  document.adoptedStyleSheets.push(sheet);
  document.querySelector("main").insertAdjacentHTML("beforeend", html);
}"""

MORE = {
    "/review/flagged": REVIEWERS,
    "/review/clear": REVIEWERS,
    "/submissions/flagged": AUTHORS,
    "/submissions/refused": AUTHORS,
    "/submissions/refused/edit": ("teacher",),
    "/submissions/out": AUTHORS,
    "/posts/post/take-down": REVIEWERS,
}
CSRF = re.compile(r'name="csrf" value="[^"]+"')
OPEN_FOR_ALL = ("/sign-in", "/news", "/nowhere")
PAPERS = ("/reports/governors.pdf", "/reports/governors.html")
"""Files to keep, not pages of the browser's."""


@pytest.fixture(scope="module")
def judged() -> set[str]:
    """What pages hold that were looked at already; it is often the same for several roles.
    What is around it, the menu, is looked at on each role's first page."""
    return set()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, TownSchool]]:
    """A small school with something on every page, answering on loopback."""
    town = _busy_school(tmp_path_factory.mktemp("town"))
    server = uvicorn.Server(
        uvicorn.Config(town.app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the pages did not start"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", town
    server.should_exit = True
    thread.join(timeout=30)
    town.school.database.close()


def _busy_school(folder: Path) -> TownSchool:
    town = TownSchool(folder)
    box = Box(40, 30, 90, 90)
    who = Finding("unknown-face", Action.FLAG, "Who is this?", "Say who.", ("P01",), 0, box)
    name = Finding(
        "caption-names", Action.REJECT, "It names a child.", "Take the name out.", ("P02",),
        field="caption", span=(0, 6),
    )  # fmt: skip
    face = Face(box, 0.9, candidates=(Candidate("p1", 0.41), Candidate("p3", 0.55)))
    town.app.state.faces = Finder(Box(100, 100, 200, 220))
    learn(town, "p1")
    town.submission("flagged", "flagged", faces=[face], findings=[who])
    town.submission("clear", "clear")
    town.submission("refused", "rejected", findings=[name])
    town.submission("back", "returned", note="Crop it, please.")
    town.submission("waits", "waiting", faces=None)
    out = town.submission("out", "approved", channels=("website", "twitter"))
    town.post("post", "out", "live", ["p1"], live_at=town.time.now)
    town.post("next", "out", "scheduled", channel="twitter")
    town.post("gone", "back", "removed", ["p1"], removed_at=town.time.now)
    town.news("post", out.caption, "0" * 64, "Pupils around a drum")
    return town


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=PHONE, color_scheme="light")  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.mark.parametrize("role", ["", *EVERYBODY], ids=lambda role: role or "nobody")
def test_no_page_has_a_barrier_that_a_machine_can_see(address, context, judged, role) -> None:
    base, town = address
    paths = list(OPEN_FOR_ALL)
    if role:
        token = sign_in(town.school, f"{role}@school.test", PASSWORD, "Browser")
        context.add_cookies([{"name": COOKIE, "value": token, "url": base}])
        paths = [path for path, roles in {**PAGES, **MORE}.items() if role in roles]
    page = context.new_page()
    found = {}
    for number, path in enumerate(path for path in paths if path not in PAPERS):
        answer = page.goto(base + path)
        assert answer is not None
        assert answer.ok or path == "/nowhere", path
        content = CSRF.sub("", page.inner_html("main"))
        if content in judged and number:
            continue
        judged.add(content)
        if barriers := [*_barriers(page), *_too_wide(page)]:
            found[path] = barriers
        if SCREENSHOTS:
            _keep(page, role or "nobody", path)
    assert not found, "\n".join(f"{path}: {line}" for path in found for line in found[path])


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("<button>Send it back</button>", ""),
        ("<button class=wide></button>", "button-name"),
        ("<p class=quiet>Readable in both</p>", ""),
        ("<p class=planted-light>Grey</p>", "light color-contrast"),
        ("<p class=planted-dark>Grey</p>", "dark color-contrast"),
        ("<button class=planted-small>x</button>", "30 × 44 px"),
        ("<ul><li><a href=/x>All by itself</a></li></ul>", "px: <a"),
        ("<ul><li>In a <a href=/x>sentence</a>.</li></ul>", ""),
    ],
)
def test_a_barrier_is_found_where_one_is_planted(address, context, planted, said) -> None:
    page = context.new_page()
    page.goto(address[0] + "/sign-in")
    page.evaluate(PLANT, planted)
    assert [said in line for line in _barriers(page)] == ([True] if said else [])


def _barriers(page: Page) -> list[str]:
    """What axe says of a page with all of its folds open, in light and in dark."""
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")
    page.emulate_media(color_scheme="light")
    light = _said(Axe().run(page, options=EVERYTHING).response, "light")
    page.emulate_media(color_scheme="dark")
    dark = _said(page.evaluate("options => axe.run(options)", CONTRAST), "dark")
    return [*light, *dark, *page.evaluate(SMALL)]


def _too_wide(page: Page) -> list[str]:
    """What a person who enlarges the page to 200 % would have to scroll to the side for."""
    page.set_viewport_size(ENLARGED)
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(PHONE)
    return [f"{wide} pixels wide at 200 %"] if wide > ENLARGED["width"] else []


def _keep(page: Page, role: str, path: str) -> None:
    """The page on a phone and on a desk, in light and dark, as files."""
    name = re.sub(r"\W+", "-", path).strip("-") or "home"
    for width, size in (("phone", PHONE), ("desk", DESKTOP)):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(
                path=Path(SCREENSHOTS) / f"{name}-{role}-{width}-{scheme}.png", full_page=True
            )
    page.set_viewport_size(PHONE)


def _said(results: dict, scheme: str) -> list[str]:
    return [
        f"{scheme} {violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in results["violations"]
        for node in violation["nodes"]
    ]
