"""Consent in a browser: the office imports, a parent takes it back on a phone, all is gone."""

from __future__ import annotations

import csv
import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from tests.browser.conftest import PHONE
from tests.browser.test_story import submit, text_of, wait_for_posts

pytestmark = pytest.mark.browser


def test_a_parent_takes_consent_back_and_everything_is_gone(running, signed_in, tmp_path):
    office = signed_in("office")
    import_the_roll(office, tmp_path / "roll.csv", running)

    submission_id = submit(signed_in("teacher", PHONE), running)
    coordinator = signed_in("coordinator")
    coordinator.goto(f"/review/{submission_id}")
    coordinator.get_by_role("button", name="Approve", exact=True).click()
    wait_for_posts(running, submission_id, "live")

    parent = signed_in("parent", PHONE)
    parent.goto("/family")
    child = parent.locator("section.child").filter(has_text="Callum Strathearn")
    child.get_by_role("link", name="Take everything back").click()
    expect(parent.locator("body")).to_contain_text("2 posts with Callum come down")
    parent.get_by_role("button", name="Take everything back").click()
    expect(parent.locator(".banner.ok")).to_contain_text("Everything is taken back")

    wait_for_posts(running, submission_id, "removed")
    assert running.sandbox.state()["tweets"] == []
    assert "windy walk" not in text_of(f"{running.address}/news")
    assert "Callum" not in wait_for_mail(running, running.people.parent.email)
    parent.reload()
    parent.get_by_role("link", name=re.compile("Callum Strathearn,")).click()
    expect(parent.locator(".letter")).to_contain_text("All of them are gone")
    assert not parent.evaluate("document.documentElement.scrollWidth > innerWidth")

    office.goto("/withdrawals")
    expect(office.locator("main")).to_contain_text("2 posts gone")
    assert_the_report_counts_it(running, signed_in("governor"), tmp_path)


def import_the_roll(page: Page, path, running) -> None:
    """The same roll with one child more, as a management system exports it."""
    rows = [
        (child.pupil_id, child.first_name, child.last_name, child.class_name, child.year)
        for child in running.roll()
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["UPN", "Forename", "Surname", "Reg Group", "Year Group"])
        writer.writerows([*rows, ("p99", "Ottoline", "Marchbanks", "8R", "8")])
    page.goto("/import")
    page.locator("#files").set_input_files(path)
    page.get_by_role("button", name="Show what it would change").click()
    page.get_by_role("button", name="Show what it would change").click()
    expect(page.locator("main")).to_contain_text("Ottoline")
    expect(page.locator("main")).to_contain_text("No post has to come down")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("h1")).to_have_text("The register is imported")


def wait_for_mail(running, address: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := running.mail.to(address):
            return "\n".join(found)
        time.sleep(0.2)
    pytest.fail(f"no mail to {address}")


def assert_the_report_counts_it(running, governor: Page, folder) -> None:
    governor.goto("/reports")
    expect(governor.locator(".report")).to_contain_text("2 asked to come down")
    today, out = running.school.today(), folder / "governors.html"
    made = running.gatekeeper(
        "report", "governors", "--from", f"{today - timedelta(days=30)}", "--to", f"{today}",
        "--out", f"{out}",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    text = out.read_text(encoding="utf-8")
    assert "Strathearn" not in text
    assert "Callum" not in text
