"""Channels of two accounts, talking through real tweepy to a running sandbox X."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest

from gatekeeper.channels.twitter.channel import TwitterChannel, TwitterCredentials
from gatekeeper.sandbox_x import SandboxUser, SandboxX
from gatekeeper_queue.channel import Outgoing, OutgoingPicture


def _picture(number: int, alt: str) -> OutgoingPicture:
    jpeg = b"\xff\xd8\xff\xe0" + bytes(range(256)) * (number + 3) + b"\r\n--x--\r\n\xff\xd9"
    return OutgoingPicture(jpeg, sha256(jpeg).hexdigest(), alt)


def _item(text: str = "Year 5 pupils enjoying a music lesson", pictures: int = 1) -> Outgoing:
    alts = [f"Drums & “tambourines”, picture {number} 🥁" for number in range(pictures)]
    return Outgoing("post-1", text, tuple(_picture(n, alt) for n, alt in enumerate(alts)))


@pytest.fixture
def make_item() -> Callable[..., Outgoing]:
    """An approved post with so many pictures."""
    return _item


@pytest.fixture
def item() -> Outgoing:
    return _item()


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
def channel_of(sandbox: SandboxX) -> Iterator[Callable[..., TwitterChannel]]:
    """The channel of the first or second account, with keys or options changed."""
    made: list[TwitterChannel] = []

    def make(user: int = 0, keys: dict[str, str] | None = None, **options: object):
        names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
        own = {name: getattr(sandbox.users[user], name) for name in names}
        credentials = TwitterCredentials(**own | (keys or {}))
        made.append(TwitterChannel(credentials, sandbox.url, **{"timeout": (5, 10)} | options))
        return made[-1]

    yield make
    for channel in made:
        channel.close()


@pytest.fixture
def oak(channel_of: Callable[..., TwitterChannel]) -> TwitterChannel:
    return channel_of(0)


@pytest.fixture
def elm(channel_of: Callable[..., TwitterChannel]) -> TwitterChannel:
    return channel_of(1)
