"""The page shows what is there, escapes it, and its buttons work."""

from __future__ import annotations

import re

import pytest
import requests

from gatekeeper.sandbox_x.control import CALLS, OFFERS

NASTY = '<script>alert(1)</script> & "quotes" {{ 7 * 7 }}'
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quotes&#34; {{ 7 * 7 }}"


@pytest.fixture
def browse(sandbox, oak):
    return lambda path: oak.session.get(f"{sandbox.url}{path}", timeout=10)


def test_posts_are_shown_and_escaped(oak, browse):
    media = oak.upload()
    alt = {"id": media, "metadata": {"alt_text": {"text": NASTY + ' onerror="x'}}}
    oak.call("POST", "/2/media/metadata", json=alt)
    number = oak.post(NASTY, media).json()["data"]["id"]
    for page in (browse("/"), browse(f"/i/status/{number}")):
        assert page.status_code == 200
        assert "<script" not in page.text
        assert (
            "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quotes&#34; {{ 7 * 7 }}" in page.text
        )
        assert 'onerror="' not in page.text
        assert f'src="/media/{media}.jpg"' in page.text
        assert "Nothing here leaves this computer" in page.text


def test_the_page_loads_nothing_from_elsewhere(oak, browse):
    oak.post("Hello")
    page = browse("/")
    assert re.findall(r"(?:src|href|action)=\"(?!/)", page.text) == []
    assert "style=" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert browse("/static/sandbox.css").headers["content-type"].startswith("text/css")
    assert browse("/static/icon.svg").status_code == 200


def test_an_empty_sandbox_says_so(browse):
    assert "No posts yet" in browse("/").text


@pytest.mark.parametrize("path", ["/i/status/1", "/i/status/" + "9" * 30, "/media/1.jpg"])
def test_what_is_not_there_is_a_plain_404(browse, path):
    assert browse(path).status_code == 404


def test_a_picture_can_be_seen_only_while_a_post_shows_it(oak, browse):
    media = oak.upload()
    assert browse(f"/media/{media}.jpg").status_code == 404
    number = oak.post("Hello", media).json()["data"]["id"]
    assert browse(f"/media/{media}.jpg").status_code == 200
    oak.call("DELETE", f"/2/tweets/{number}")
    assert browse(f"/media/{media}.jpg").status_code == 404


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("offer", range(len(OFFERS)))
def test_each_button_switches_its_fault_on(oak, sandbox, call, offer):
    form = {"call": call, "offer": str(offer), "times": "2"}
    answer = oak.session.post(f"{sandbox.url}/_sandbox/press", data=form, timeout=10)
    assert answer.url == f"{sandbox.url}/"
    assert f"<li>{CALLS[call]}: {OFFERS[offer].label} (2 ×)</li>" in answer.text
    [fault] = sandbox.state()["faults"]
    assert f"{fault['method']} {fault['path']}" == call
    assert (fault["kind"], fault["times"]) == (OFFERS[offer].kind, 2)


def test_all_off(oak, sandbox):
    sandbox.fault("POST", "/2/tweets", "drop")
    oak.session.post(f"{sandbox.url}/_sandbox/press", data={"offer": "clear"}, timeout=10)
    assert sandbox.state()["faults"] == []


@pytest.mark.parametrize(
    "change", [{"offer": "-1"}, {"offer": "99"}, {"offer": "x"}, {"call": "GET /"}, {"times": "0"}]
)
def test_other_buttons_are_refused(oak, sandbox, change):
    form = {"call": "POST /2/tweets", "offer": "0", "times": "1"} | change
    answer = oak.session.post(f"{sandbox.url}/_sandbox/press", data=form, timeout=10)
    assert answer.status_code == 400
    assert sandbox.state()["faults"] == []


def test_pages_elsewhere_cannot_press_the_buttons(oak, sandbox):
    form = {"call": "POST /2/tweets", "offer": "0"}
    foreign = {"Origin": "https://elsewhere.example"}
    url = f"{sandbox.url}/_sandbox/press"
    assert oak.session.post(url, data=form, headers=foreign, timeout=10).status_code == 403
    renamed = {"Host": "elsewhere.example"}
    assert oak.session.get(sandbox.url, headers=renamed, timeout=10).status_code == 400
    own = {"Origin": sandbox.url}
    assert oak.session.post(url, data=form, headers=own, timeout=10).status_code == 200


def test_the_state_tells_no_secrets(oak, sandbox):
    oak.post("Hello")
    text = requests.get(f"{sandbox.url}/_sandbox/state", timeout=10).text
    user = sandbox.users[0]
    for secret in (user.consumer_secret, user.access_token, user.access_token_secret):
        assert secret not in text
    call = {"method": "POST", "path": "/2/tweets", "query": {}, "signed_by": "oak_school"}
    assert call in sandbox.state()["calls"]
