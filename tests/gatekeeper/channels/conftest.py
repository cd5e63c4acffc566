"""Channels talking through the real libraries to servers that run on this computer."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image
from tests.gatekeeper.channels.bluesky_server import Actor, BlueskyServer
from tests.gatekeeper.channels.mastodon_server import MastodonServer, Member
from tests.queue.conftest import make_desk

from gatekeeper.channels.bluesky.channel import BlueskyChannel
from gatekeeper.channels.mastodon.channel import MastodonChannel
from gatekeeper.channels.twitter.channel import TwitterChannel, TwitterCredentials
from gatekeeper.sandbox_x import SandboxUser, SandboxX
from gatekeeper.settings import Settings
from gatekeeper_queue.channel import Outgoing, OutgoingPicture
from gatekeeper_queue.school import School


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


def _photo(number: int, alt: str) -> OutgoingPicture:
    buffer = io.BytesIO()
    Image.new("RGB", (40 + number, 30), "teal").save(buffer, "JPEG")
    jpeg = buffer.getvalue()
    return OutgoingPicture(jpeg, sha256(jpeg).hexdigest(), alt)


@pytest.fixture
def make_post() -> Callable[..., Outgoing]:
    """An approved post whose pictures can be decoded."""

    def make(text: str = "Drums & dance, by 3K", pictures: int = 1, post_id: str = "post-1"):
        photos = [_photo(n, f"Pupils with “drums”, {n} 🥁") for n in range(pictures)]
        return Outgoing(post_id, text, tuple(photos))

    return make


@pytest.fixture
def post(make_post: Callable[..., Outgoing]) -> Outgoing:
    return make_post()


@pytest.fixture
def desk_school(tmp_path: Path) -> Iterator[tuple[School, Settings]]:
    """What a platform is handed beside an account's keys."""
    desk = make_desk(tmp_path)
    yield desk.school, Settings(data=tmp_path)
    desk.school.database.close()


OAK, ELM = "did:plc:oakoakoakoakoakoakoakoak", "did:plc:elmelmelmelmelmelmelmelm"


@pytest.fixture(scope="session")
def mastodon_running() -> Iterator[MastodonServer]:
    members = Member("101", "oak", "Oak School", "token-of-oak"), Member("102", "elm", "", "elms")
    with MastodonServer(*members) as running:
        yield running


@pytest.fixture
def mastodon(mastodon_running: MastodonServer) -> MastodonServer:
    """The Mastodon server, with nothing on it."""
    mastodon_running.reset()
    return mastodon_running


@pytest.fixture(scope="session")
def bluesky_running() -> Iterator[BlueskyServer]:
    actors = (
        Actor(OAK, "oak.school.test", "abcd-efgh-ijkl-mnop", "Oak School"),
        Actor(ELM, "elm.school.test", "2345-6789-abcd-efgh"),
    )
    with BlueskyServer(*actors) as running:
        yield running


@pytest.fixture
def bluesky(bluesky_running: BlueskyServer) -> BlueskyServer:
    """The Bluesky server, with nothing on it."""
    bluesky_running.reset()
    return bluesky_running


@pytest.fixture
def on_mastodon(mastodon: MastodonServer) -> Iterator[Callable[..., MastodonChannel]]:
    """The channel of the first or second account there."""
    made: list[MastodonChannel] = []

    def make(account: int = 0, token: str = "", server: str = "", **options: object):
        token = token or mastodon.members[account].token
        options = {"timeout": (5, 10), "wait": lambda seconds: None} | options
        made.append(MastodonChannel(server or mastodon.url, token, **options))
        return made[-1]

    yield make
    for channel in made:
        channel.close()


@pytest.fixture
def on_bluesky(bluesky: BlueskyServer) -> Iterator[Callable[..., BlueskyChannel]]:
    """The channel of the first or second account there."""
    made: list[BlueskyChannel] = []

    def make(account: int = 0, password: str = "", server: str = "", **options: object):
        actor = bluesky.actors[account]
        keys = (server or bluesky.url, actor.handle, password or actor.app_password)
        made.append(BlueskyChannel(*keys, **{"timeout": (5, 10)} | options))
        return made[-1]

    yield make
    for channel in made:
        channel.close()
