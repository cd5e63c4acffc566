"""Sessions, forged forms, headers, and templates that keep to the policy."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import gatekeeper.web
from gatekeeper.web.account import local_path
from gatekeeper.web.security import COOKIE

HERE = Path(gatekeeper.web.__file__).parent
PASSWORD = "correct horse battery"


def sign_in(client: Any, password: str = PASSWORD, **more: Any) -> Any:
    data = {"email": "Teacher@School.test ", "password": password, "next": "/submit"}
    return client.post("/sign-in", data=data, **more)


def test_signing_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use(town: Any) -> None:
    client = town.client()
    response = sign_in(client)
    assert (response.status_code, response.headers["location"]) == (303, "/submit")
    cookie = response.headers["set-cookie"].lower()
    assert cookie.startswith(COOKIE)
    for part in ("httponly", "samesite=lax", "secure", "path=/"):
        assert part in cookie
    assert client.get("/submit").status_code == 200


def test_a_wrong_password_keeps_the_address_and_not_the_password(town: Any) -> None:
    response = sign_in(town.client(), "wrong horse")
    assert response.status_code == 401
    assert "Teacher@School.test" in response.text
    assert "wrong horse" not in response.text


def test_repeated_failures_lock_the_account_and_say_so(town: Any) -> None:
    client = town.client()
    for _ in range(5):
        assert sign_in(client, "wrong horse").status_code == 401
    response = sign_in(client)
    assert response.status_code == 401
    assert "After five failed attempts an account lets nobody in for 15 minutes." in response.text


def test_signing_out_ends_the_session(town: Any) -> None:
    client = town.client("teacher")
    token = client.cookies[COOKIE]
    assert client.fill_in("/sign-out").headers["location"] == "/sign-in"
    client.cookies.set(COOKIE, token, domain="testserver.local")
    assert client.get("/submissions").status_code == 303


def test_one_device_can_end_another(town: Any) -> None:
    here, lost = town.client("teacher"), town.client("teacher")
    tokens = re.findall(r'name="session" value="([0-9a-f]{64})"', here.get("/devices").text)
    assert len(tokens) == 2
    for token in tokens:  # a stranger cannot end them
        town.client("office").fill_in("/devices/end", {"session": token})
    assert lost.get("/submissions").status_code == 200
    here.fill_in("/devices/end", {"session": "all"})
    assert lost.get("/submissions").status_code == 303


@pytest.mark.parametrize("csrf", ["", "wrong", "ünïcode"])
def test_a_form_without_the_sessions_token_is_refused(town: Any, csrf: str) -> None:
    row = town.submission("one", "rejected")
    client = town.client("teacher")
    assert client.post("/submissions/one/discard", data={"csrf": csrf}).status_code == 403
    assert town.get(type(row), "one").state == "rejected"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Origin": "https://testserver"}, 303),
        ({"Origin": "https://school.test"}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://elsewhere.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://school.test.elsewhere.test"}, 403),
    ],
)
def test_forms_of_other_sites_are_refused(town: Any, headers: dict[str, str], status: int) -> None:
    town.submission("one", "rejected")
    assert sign_in(town.client(), headers=headers).status_code == status
    client = town.client("teacher")
    assert client.fill_in("/submissions/one/discard", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ("/submit?a=b", "/submit?a=b"),
        ("", "/"),
        ("https://elsewhere.test/", "/"),
        ("//elsewhere.test", "/"),
        ("/\\elsewhere.test", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: b", "/"),
        ("submit", "/"),
    ],
)
def test_signing_in_leads_to_this_site_only(asked: str, taken: str) -> None:
    assert local_path(asked) == taken


@pytest.mark.parametrize(
    "path", ["/sign-in", "/submissions", "/nowhere", "/news", "/static/gatekeeper.css", "/healthz"]
)
def test_every_answer_carries_the_headers(town: Any, path: str) -> None:
    headers = town.client("teacher").get(path).headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_caches_keep_nothing_that_needs_a_sign_in(town: Any) -> None:
    town.submission("one", "flagged")
    client = town.client("teacher")
    for path in ("/submissions", "/submissions/one", "/pictures/photo-one.jpg", "/register?q=2B"):
        assert client.get(path).headers["cache-control"] == "no-store"


def test_a_fault_of_ours_shows_no_details_and_carries_the_headers(town: Any) -> None:
    town.submission("one", "flagged")
    town.add()
    with town.school.database.write() as session:
        session.connection().exec_driver_sql("DROP TABLE judgement")
    response = town.client("teacher").get("/submissions/one")
    assert response.status_code == 500
    assert "judgement" not in response.text
    assert "sqlite" not in response.text.lower()
    assert "default-src 'self'" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    "template", sorted((HERE / "templates").glob("*.html")), ids=lambda path: path.name
)
def test_templates_have_nothing_inline(template: Path) -> None:
    html = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", html)
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"\son[a-z]+\s*=", html)
    assert not re.search(r"\|\s*safe\b|autoescape false", html)
    assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", html)
