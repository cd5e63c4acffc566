"""A whole school in processes of its own, and a real Chromium to use it with.

Where no Chromium is installed these tests are skipped and say so; with
GATEKEEPER_TESTS_NEED_BROWSER set, as in CI, they fail instead.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.mail_server import Letters, mail_server

from gatekeeper.composition import open_school
from gatekeeper.demo.people import DemoPeople, add_people
from gatekeeper.demo.seed import seed_families, seed_register
from gatekeeper.keys import make_key_file
from gatekeeper.sandbox_x import SandboxUser, SandboxX
from gatekeeper.settings import load_settings
from gatekeeper_consent.models import Pupil
from gatekeeper_consent.register import pupils
from gatekeeper_queue.school import School

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Running:
    """A school that runs: its parts, its address, and its sandbox X."""

    school: School
    people: DemoPeople
    config: Path
    address: str
    sandbox: SandboxX
    mail: Letters

    def roll(self) -> list[Pupil]:
        with self.school.database.read() as session:
            return pupils(session)

    def gatekeeper(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "ignore", "-m", "gatekeeper", *words]
        return subprocess.run(
            [*command, "--config", str(self.config)], capture_output=True, text=True, timeout=60
        )


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        reason = "no Chromium is installed, so the pages are not tried in a browser"
        if os.environ.get("GATEKEEPER_TESTS_NEED_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = _chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def running(browser: Browser, tmp_path: Path) -> Iterator[Running]:
    """Pages and worker as `gatekeeper serve` and `gatekeeper worker`, with a sandbox X."""
    users = [SandboxUser.new("SampleSchool", "Sample School"), SandboxUser.new("SamplePE", "PE")]
    with mail_server() as (letters, mail_url), SandboxX(users) as sandbox:
        config = tmp_path / "gatekeeper.toml"
        port = _free_port()
        config.write_text(
            f"data = '{tmp_path / 'data'}'\nport = {port}\nsecure_cookies = false\n"
            f"slot_opens = 0\nslot_closes = 24\nslot_spacing_minutes = 0\n"
            f"post_on_closed_days = true\n"
            f"policy = '{_policy(tmp_path)}'\nx_base_url = '{sandbox.url}'\n"
            f"mail_url = '{mail_url}'\n",
            encoding="utf-8",
        )
        settings = load_settings(config)
        make_key_file(settings)
        school = open_school(settings)
        people = add_people(school, users)
        seed_register(school)
        seed_families(school, people)
        processes = [_start(config, word) for word in ("serve", "worker")]
        try:
            _wait_for(f"{settings.address}/healthz", processes)
            yield Running(school, people, config, settings.address, sandbox, letters)
        finally:
            for process in processes:
                process.terminate()
                process.wait(timeout=90)
            school.database.close()


def _policy(folder: Path) -> Path:
    """The standard rules, and a person sees everything before it leaves."""
    path = folder / "policy.toml"
    path.write_text('name = "school"\napprove_clear_items = true\n', encoding="utf-8")
    return path


def _start(config: Path, word: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-W", "ignore", "-m", "gatekeeper", word, "--config", str(config)]
    return subprocess.Popen(command)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(url: str, processes: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert all(process.poll() is None for process in processes), "a part ended at its start"
        try:
            with urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"nothing answers at {url}")


class Person:
    """Somebody at a browser of their own, signed in."""

    def __init__(
        self, browser: Browser, running: Running, email: str, size: dict[str, int]
    ) -> None:
        self.context: BrowserContext = browser.new_context(
            viewport=size,
            base_url=running.address,  # type: ignore[arg-type]
        )
        self.context.set_default_timeout(30_000)
        self.page: Page = self.context.new_page()
        self.page.goto("/sign-in")
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_label("Password").fill(running.people.password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "sign-in" not in url)


@pytest.fixture
def signed_in(browser: Browser, running: Running) -> Iterator[object]:
    made: list[Person] = []

    def sign_in(name: str, size: dict[str, int] = DESKTOP) -> Page:
        made.append(Person(browser, running, getattr(running.people, name).email, size))
        return made[-1].page

    yield sign_in
    for person in made:
        person.context.close()
