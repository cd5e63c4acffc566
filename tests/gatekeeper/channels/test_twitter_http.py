"""The connection: where it goes, that it goes once, and that it ends."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from gatekeeper.channels.twitter.channel import TwitterChannel, TwitterCredentials
from gatekeeper.channels.twitter.http import XConnection
from gatekeeper_queue.channel import OutcomeUnknown, RetryLater

KEYS = TwitterCredentials("key", "secret", "1-token", "token-secret")


@pytest.fixture
def answering() -> Iterator[tuple[str, list[str], list[tuple[int, dict[str, str], bytes]]]]:
    """A server that gives the answers that are put in, in order: (url, requests, answers)."""
    seen: list[str] = []
    answers: list[tuple[int, dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(f"{self.command} {self.headers['Host']}{self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, headers, body = answers.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_DELETE = do_POST

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen, answers
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(answering, item, status):
    url, seen, answers = answering
    answers.append((status, {"Location": "https://api.x.com/2/elsewhere"}, b""))
    channel = TwitterChannel(KEYS, url)
    with pytest.raises(OutcomeUnknown):
        channel.publish(item, ("1",))
    channel.close()
    assert seen == ["POST api.twitter.com/2/tweets"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"data": null}',
        b'{"data": {}}',
        b'{"data": {"id": null}}',
        b'{"data": {"id": "../1"}}',
        b"<html>",
        b"\xff",
    ],
)
@pytest.mark.parametrize("status", [200, 201, 500])
def test_an_answer_that_is_not_xs_is_a_lost_answer(answering, item, status, body):
    url, _, answers = answering
    channel = TwitterChannel(KEYS, url)
    for error, call in (
        (OutcomeUnknown, lambda: channel.publish(item, ("1",))),
        (RetryLater, lambda: channel.prepare(item)),
        (RetryLater, lambda: channel.find(item, ("1",))),
        (RetryLater, channel.check_account),
    ):
        answers.append((status, {}, body))
        with pytest.raises(error):
            call()
    channel.close()


TWEET = '{"id": "9", "text": "", "edit_history_tweet_ids": ["9"]}'


@pytest.mark.parametrize(
    ("page", "clear"),
    [
        ('{"meta": {"result_count": 0}}', True),
        (f'{{"data": [{TWEET}], "meta": {{"result_count": 1}}}}', True),
        (f'{{"data": [{TWEET}], "meta": {{"result_count": 2}}}}', False),
        ('{"meta": {"result_count": 1}}', False),
        (f'{{"data": [{TWEET}]}}', False),
        ('{"meta": {"result_count": 0}, "errors": [{"type": "hidden"}]}', False),
        ('{"data": [{"id": "9"}], "meta": {"result_count": 1}}', False),
    ],
)
def test_only_a_whole_list_proves_that_a_post_is_not_there(answering, item, page, clear):
    url, _, answers = answering
    answers.append((200, {}, b'{"data": {"id": "7", "name": "Oak", "username": "oak"}}'))
    answers.append((200, {}, page.encode()))
    channel = TwitterChannel(KEYS, url)
    if clear:
        assert channel.find(item, ("1",)) is None
    else:
        with pytest.raises(RetryLater):
            channel.find(item, ("1",))
    channel.close()


def test_pictures_and_posts_go_to_the_right_host(answering, item):
    url, seen, answers = answering
    answers += [(200, {}, b'{"data": {"id": "7"}}')] * 2 + [(201, {}, b'{"data": {"id": "8"}}')]
    channel = TwitterChannel(KEYS, url + "/")
    assert channel.publish(item, channel.prepare(item)).url == f"{url}/i/status/8"
    channel.close()
    assert seen == [
        "POST api.x.com/2/media/upload",
        "POST api.twitter.com/2/media/metadata",
        "POST api.twitter.com/2/tweets",
    ]


def test_with_a_sandbox_nothing_goes_anywhere_else(answering):
    url, seen, _ = answering
    connection = XConnection(KEYS, url, (1, 1))
    for address in ("https://example.org/", "https://x.com/", url, "http://api.x.com/2/tweets"):
        with pytest.raises(requests.RequestException):
            connection.client.session.get(address)
    connection.close()
    assert seen == []


def test_the_environment_does_not_redirect_calls(answering, monkeypatch):
    url, seen, answers = answering
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    answers.append((200, {}, b'{"data": {"id": "7", "name": "Oak", "username": "oak"}}'))
    channel = TwitterChannel(KEYS, url)
    assert channel.check_account() == "oak"
    channel.close()
    assert seen == ["GET api.twitter.com/2/users/me"]


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("https://sandbox.school.example", True),
        ("http://sandbox.school.example", False),
        ("http://127.0.0.1.example", False),
        ("http://127.0.0.1@example.org", False),
        ("ftp://127.0.0.1", False),
        ("https://", False),
        ("", False),
    ],
)
def test_tokens_never_travel_in_clear(address, allowed):
    if allowed:
        TwitterChannel(KEYS, address).close()
        return
    with pytest.raises(ValueError, match="sandbox"):
        TwitterChannel(KEYS, address)


@pytest.mark.parametrize("name", ["tweepy", "tweepy.client", "requests_oauthlib", "oauthlib"])
def test_chatty_loggers_are_capped(name):
    logging.getLogger(name.split(".")[0]).setLevel(logging.DEBUG)
    TwitterChannel(KEYS).close()
    assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)
