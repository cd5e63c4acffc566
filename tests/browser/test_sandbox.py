"""A visitor makes the sandbox X fail by pressing a button on its page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from gatekeeper.sandbox_x import SandboxUser, SandboxX

pytestmark = pytest.mark.browser


def test_a_button_switches_a_fault_on(browser: Browser) -> None:
    with SandboxX([SandboxUser.new("SampleSchool", "Sample School")]) as sandbox:
        page = browser.new_page()
        page.goto(sandbox.url)
        page.select_option("[name=call]", label="publish a post")
        page.click("button:has-text('Do it, then hang up')")
        page.wait_for_load_state()
        assert len(sandbox.state()["faults"]) == 1
        assert "publish a post" in page.inner_text("body")
        page.close()
