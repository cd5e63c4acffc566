"""Every call is signed, for exactly what it says, and only once."""

from __future__ import annotations

import re
import time

import pytest
from oauthlib.oauth1 import Client

from gatekeeper.sandbox_x.signature import WINDOW, SignatureCheck
from gatekeeper.sandbox_x.users import SandboxUser

CALLS = [
    ("GET", "/2/users/me"),
    ("GET", "/2/tweets/1"),
    ("GET", "/2/users/1/tweets"),
    ("POST", "/2/tweets"),
    ("POST", "/2/media/upload"),
    ("POST", "/2/media/metadata"),
    ("DELETE", "/2/tweets/1"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_call_without_a_signature_is_refused_in_xs_form(oak, method, path):
    request = oak.prepare(method, path)
    del request.headers["Authorization"]
    answer = oak.send(request)
    assert answer.status_code == 401
    assert answer.json() == {
        "title": "Unauthorized",
        "type": "about:blank",
        "status": 401,
        "detail": "Unauthorized",
    }


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("consumer_key", "0" * 24),
        ("consumer_secret", "0" * 50),
        ("access_token", "123-" + "0" * 30),
        ("access_token_secret", "0" * 44),
    ],
)
def test_each_of_the_four_keys_must_be_right(signed, key, wrong):
    assert signed().call("GET", "/2/users/me").status_code == 200
    assert signed(**{key: wrong}).call("GET", "/2/users/me").status_code == 401


def test_a_token_goes_with_its_own_app_only(signed, sandbox):
    other = sandbox.users[1]
    mixed = signed(consumer_key=other.consumer_key, consumer_secret=other.consumer_secret)
    assert mixed.call("GET", "/2/users/me").status_code == 401


def test_a_replay_is_refused(oak):
    request = oak.prepare("POST", "/2/tweets", json={"text": "Once."})
    assert oak.send(request).status_code == 201
    assert oak.send(request).status_code == 401


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("max_results=5", "max_results=50"),
        ("max_results=5", "max_results=5&since_id=1"),
        ("?max_results=5", ""),
    ],
)
def test_an_altered_query_is_refused(oak, was, becomes):
    path = f"/2/users/{oak.user.id}/tweets"
    request = oak.prepare("GET", path, params={"max_results": 5})
    request.url = request.url.replace(was, becomes)
    assert oak.send(request).status_code == 401


def test_another_path_method_or_host_is_refused(oak):
    for change in (
        {"url": f"{oak.url}/2/tweets/2"},
        {"method": "DELETE"},
        {"headers": {"Host": "api.twitter.com"}},
    ):
        request = oak.prepare("GET", "/2/tweets/1")
        for name, value in change.items():
            new = {**request.headers, **value} if name == "headers" else value
            setattr(request, name, new)
        assert oak.send(request).status_code == 401


def test_a_form_is_signed_and_an_altered_one_refused(oak):
    form = {"media_category": "tweet_image"}
    untouched = oak.prepare("POST", "/2/media/upload", data=form)
    # The signature holds: what is missing is the picture.
    assert oak.send(untouched).status_code == 400
    altered = oak.prepare("POST", "/2/media/upload", data=form)
    altered.body = altered.body.replace(b"tweet_image", b"tweet_video")
    assert oak.send(altered).status_code == 401


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("Basic abc", ""),
        ("OAuth", ""),
        ("OAuth oauth_nonce", ""),
        ('OAuth oauth_nonce="a", oauth_nonce="b"', ""),
        ("OAuth realm=\xff", ""),
        ("", "%zz&&==="),
    ],
)
def test_nonsense_is_refused_and_breaks_nothing(oak, header, form):
    request = oak.prepare("POST", "/2/tweets", data=form)
    request.headers["Authorization"] = header
    request.headers["Content-Type"] = "application/x-www-form-urlencoded"
    assert oak.send(request).status_code == 401


@pytest.mark.parametrize(
    ("seconds", "signer"),
    [(0, True), (-WINDOW + 30, True), (-WINDOW - 30, False), (WINDOW + 30, False)],
)
def test_the_time_of_the_request_counts(seconds, signer):
    user = SandboxUser.new("oak_school", "Oak School")
    uri = "https://api.x.com/2/users/me"
    client = Client(
        user.consumer_key,
        user.consumer_secret,
        user.access_token,
        user.access_token_secret,
        timestamp=str(int(time.time()) + seconds),
    )
    _, headers, _ = client.sign(uri)
    found = SignatureCheck([user]).signer(uri, "GET", b"", headers)
    assert found == (user if signer else None)


@pytest.mark.parametrize("method", ["HMAC-SHA256", "PLAINTEXT"])
def test_only_the_signature_method_of_x_counts(method):
    user = SandboxUser.new("oak_school", "Oak School")
    uri = "https://api.x.com/2/users/me"
    keys = (user.consumer_key, user.consumer_secret, user.access_token, user.access_token_secret)
    _, headers, _ = Client(*keys, signature_method=method).sign(uri)
    assert SignatureCheck([user]).signer(uri, "GET", b"", headers) is None


def test_fresh_accounts_have_fresh_keys_that_do_not_show():
    one, two = (SandboxUser.new("oak_school", "Oak School") for _ in range(2))
    assert one != two
    assert re.fullmatch(r"\d{19}-[0-9a-f]{30}", one.access_token)
    assert one.consumer_secret not in repr(one)
    assert one.access_token_secret not in repr(one)
