"""Help for each role: its own page, that leads nowhere it may not go, in the pages' own words."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from gatekeeper.web.site import HERE

ROLES = ("teacher", "coordinator", "office", "head", "governor", "technician", "parent")
TEMPLATES = HERE / "templates"


@pytest.mark.parametrize("role", ROLES)
def test_every_link_of_a_roles_help_may_be_followed(town: Any, role: str) -> None:
    client = town.client(role)
    html = client.get("/help").text
    assert 'href="/help"' in html
    links = set(re.findall(r'href="(/[^"]*)"', html.partition("<main")[2]))
    assert links
    assert {path: client.get(path).status_code for path in links} == dict.fromkeys(links, 200)


@pytest.mark.parametrize("role", ROLES)
def test_what_help_puts_in_quotes_stands_on_the_pages(role: str) -> None:
    said = (TEMPLATES / "help" / f"{role}.html").read_text("utf-8")
    pages = "\n".join(unescape(page.read_text("utf-8")) for page in TEMPLATES.glob("*.html"))
    quoted = re.findall("“([^”]+)”", said)
    assert [words for words in quoted if words.lower() not in pages.lower()] == []


def test_no_role_reads_the_help_of_another(town: Any) -> None:
    pages = {town.client(role).get("/help").text.partition("<main")[2] for role in ROLES}
    assert len(pages) == len(ROLES)
