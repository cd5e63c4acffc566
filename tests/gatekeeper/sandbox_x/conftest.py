"""A running sandbox X, and a client that signs as tweepy does."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests
from requests_oauthlib import OAuth1

from gatekeeper.sandbox_x import SandboxUser, SandboxX

JPEG = b"\xff\xd8\xff\xe0 not a picture that anybody took \xff\xd9"


class Signed:
    """Calls to the sandbox, signed for X's address and sent to this computer."""

    def __init__(self, url: str, user: SandboxUser, **keys: str) -> None:
        self.url, self.user = url, user
        names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
        self.keys = [keys.get(name, getattr(user, name)) for name in names]
        self.session = requests.Session()
        self.session.trust_env = False

    def prepare(self, method: str, path: str, **body: object) -> requests.PreparedRequest:
        request = requests.Request(
            method, f"https://api.x.com{path}", auth=OAuth1(*self.keys), **body
        )
        signed = self.session.prepare_request(request)
        signed.headers["Host"] = "api.x.com"
        signed.url = signed.url.replace("https://api.x.com", self.url)
        return signed

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        return self.session.send(request, timeout=10)

    def call(self, method: str, path: str, **body: object) -> requests.Response:
        return self.send(self.prepare(method, path, **body))

    def upload(self, picture: bytes = JPEG) -> str:
        answer = self.call(
            "POST",
            "/2/media/upload",
            data={"media_category": "tweet_image"},
            files={"media": ("picture.jpg", picture, "image/jpeg")},
        )
        return answer.json()["data"]["id"]

    def post(self, text: str, *media_ids: str) -> requests.Response:
        media = {"media": {"media_ids": list(media_ids)}} if media_ids else {}
        return self.call("POST", "/2/tweets", json={"text": text, **media})


@pytest.fixture(scope="session")
def server() -> Iterator[SandboxX]:
    users = [SandboxUser.new("oak_school", "Oak School"), SandboxUser.new("elm", "Elm School")]
    with SandboxX(users) as running:
        yield running


@pytest.fixture
def sandbox(server: SandboxX) -> SandboxX:
    server.reset()
    return server


@pytest.fixture
def signed(sandbox: SandboxX) -> Iterator[Callable[..., Signed]]:
    made: list[Signed] = []

    def make(user: int = 0, **keys: str) -> Signed:
        made.append(Signed(sandbox.url, sandbox.users[user], **keys))
        return made[-1]

    yield make
    for client in made:
        client.session.close()


@pytest.fixture
def oak(signed: Callable[..., Signed]) -> Signed:
    return signed(0)


@pytest.fixture
def elm(signed: Callable[..., Signed]) -> Signed:
    return signed(1)
