"""A real WordPress for the tests, and a proxy that makes it fail on demand.

Where it is not installed these tests are skipped and say so; with GATEKEEPER_TESTS_NEED_WORDPRESS
set, as in CI, they fail instead.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from uuid import uuid4

import pytest
from PIL import Image
from tests.wordpress.proxy import Proxy, proxy_before
from tests.wordpress.site import PACKAGES, WordPressSite, missing, wordpress

from gatekeeper.channels.wordpress.channel import WordPressChannel
from gatekeeper.channels.wordpress.http import WordPressKeys
from gatekeeper_queue.channel import Outgoing, OutgoingPicture


def picture(number: int, alt: str, size: tuple[int, int] = (64, 48)) -> OutgoingPicture:
    """So small that WordPress makes no smaller copies, which takes it long."""
    file = io.BytesIO()
    Image.new("RGB", size, (40 * number, 90, 120)).save(file, "JPEG")
    return OutgoingPicture(file.getvalue(), sha256(file.getvalue()).hexdigest(), alt)


@pytest.fixture(scope="session")
def running_site() -> Iterator[WordPressSite]:
    if lacking := missing():
        words = f"no WordPress here ({', '.join(lacking)}): apt-get install {PACKAGES}"
        if os.environ.get("GATEKEEPER_TESTS_NEED_WORDPRESS"):
            pytest.fail(words)
        pytest.skip(words)
    with wordpress() as site:
        yield site


@pytest.fixture
def site(running_site: WordPressSite) -> WordPressSite:
    """An empty site."""
    running_site.clean()
    return running_site


@pytest.fixture
def proxy(site: WordPressSite) -> Iterator[Proxy]:
    with proxy_before(site.url) as running:
        yield running


@pytest.fixture
def make_item() -> Callable[..., Outgoing]:
    """An approved post with so many pictures."""

    def make(text: str = "Year 5 pupils enjoying a music lesson", pictures: int = 1) -> Outgoing:
        alts = [f"Drums & “tambourines”, picture {number} 🥁" for number in range(pictures)]
        return Outgoing(
            str(uuid4()), text, tuple(picture(number, alt) for number, alt in enumerate(alts))
        )

    return make


@pytest.fixture
def item(make_item: Callable[..., Outgoing]) -> Outgoing:
    return make_item()


@pytest.fixture
def channel_of(site: WordPressSite) -> Callable[..., WordPressChannel]:
    """A channel to the site, or to another address, as the user with this role."""

    def make(address: str = "", role: str = "author", **options: object) -> WordPressChannel:
        user, password = site.passwords[role]
        return WordPressChannel(WordPressKeys(address or site.url, user, password), **options)

    return make


@pytest.fixture
def oak(channel_of: Callable[..., WordPressChannel]) -> WordPressChannel:
    """Straight to the site."""
    return channel_of()


@pytest.fixture
def lossy(channel_of: Callable[..., WordPressChannel], proxy: Proxy) -> WordPressChannel:
    """Through the proxy."""
    return channel_of(proxy.url)
