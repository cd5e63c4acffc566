"""A folder as a channel: whole or not at all, and nothing believed of a disk that is away."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gatekeeper.channels.folder.channel import MARK, FolderChannel
from gatekeeper_queue.channel import (
    Outgoing,
    OutgoingPicture,
    PermanentFailure,
    Receipt,
    RetryLater,
)

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def picture(data: bytes = b"\xff\xd8one", alt: str = "Pupils") -> OutgoingPicture:
    return OutgoingPicture(data, hashlib.sha256(data).hexdigest(), alt)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "site"


@pytest.fixture
def channel(folder):
    folder.mkdir()
    made = FolderChannel(folder, "https://school.example/news/", lambda: NOW)
    assert made.check_account() == f"school.example/news ({folder})"
    return made


ITEM = Outgoing("post1", "Pupils *at* <b>sports</b> day.\n# Hello", (picture(), picture(b"\xff2")))


def shown(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_a_post_is_a_folder_with_exactly_what_was_approved(channel, folder):
    receipt = channel.publish(ITEM, channel.prepare(ITEM))
    assert receipt.url == "https://school.example/news/gk-post1/"
    place = folder / "gk-post1"
    assert (place / "1.jpg").read_bytes() == ITEM.pictures[0].jpeg
    post = json.loads((place / "post.json").read_text("utf-8"))
    assert (post["text"], post["pictures"][1]) == (ITEM.text, {"file": "2.jpg", "alt": "Pupils"})
    text = (place / "index.md").read_text("utf-8")
    assert "<b>" not in text and r"\*at\*" in text and "\n\\# Hello" in text
    assert channel.publish(ITEM, ("post1",)) == receipt == channel.find(ITEM, ("post1",))
    assert shown(folder) == ["gk-post1"]
    assert place.stat().st_mode & 0o777 == 0o755


def test_taking_down_twice_is_fine_and_leaves_nothing(channel, folder):
    receipt = channel.publish(ITEM, ("post1",))
    assert channel.is_up(receipt)
    channel.take_down(receipt)
    channel.take_down(receipt)
    assert not channel.is_up(receipt)
    assert channel.find(ITEM, ("post1",)) is None
    assert [path.name for path in folder.iterdir()] == [MARK]


def test_a_removal_that_was_cut_short_is_not_over(channel, folder):
    """Killed between moving it away and deleting it: the site's own copy may still serve it."""
    receipt = channel.publish(ITEM, ("post1",))
    (folder / "gk-post1").rename(folder / ".gone-post1")
    assert channel.is_up(receipt)
    channel.take_down(receipt)
    assert not channel.is_up(receipt)


def test_a_post_that_was_cut_short_is_not_seen(channel, folder, monkeypatch):
    def full(self: Path, *_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(RetryLater, match="No space left"):
        channel.publish(ITEM, ("post1",))
    assert [path.name for path in folder.iterdir()] == [MARK]


def test_a_disk_that_is_not_there_says_nothing(channel, folder):
    receipt = channel.publish(ITEM, ("post1",))
    away = folder.rename(folder.with_name("away"))
    folder.mkdir()  # the place where it is mounted
    for call in (
        lambda: channel.publish(ITEM, ("post1",)),
        lambda: channel.find(ITEM, ("post1",)),
        lambda: channel.take_down(receipt),
        lambda: channel.is_up(receipt),
    ):
        with pytest.raises(RetryLater, match="Is its disk there"):
            call()
    assert list(folder.iterdir()) == []
    assert shown(away) == ["gk-post1"]


def test_other_bytes_are_not_sent(channel):
    wrong = OutgoingPicture(b"other", "0" * 64, "")
    with pytest.raises(PermanentFailure, match="not the one that was approved"):
        channel.prepare(Outgoing("p", "Text", (wrong,)))


@pytest.mark.parametrize(
    ("path", "address"),
    [("site", "https://x.example"), ("/srv", "x.example"), ("/srv", "ftp://x.example")],
)
def test_a_folder_or_address_that_cannot_be_right(path, address):
    with pytest.raises(PermanentFailure):
        FolderChannel(Path(path), address, lambda: NOW)


def test_a_folder_that_is_not_there_is_found_when_the_account_is_added(tmp_path):
    channel = FolderChannel(tmp_path / "none", "https://school.example", lambda: NOW)
    with pytest.raises(PermanentFailure, match="cannot be written to"):
        channel.check_account()


@pytest.fixture
def served(tmp_path):
    """A site that was made from the folder, and is made anew when somebody does so."""
    site = tmp_path / "public"
    site.mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(site))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield site, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_what_the_site_still_shows_is_not_gone(served, folder):
    site, address = served
    folder.mkdir()
    channel = FolderChannel(folder, address, lambda: NOW, reach=True)
    channel.check_account()
    receipt = channel.publish(ITEM, ("post1",))
    shutil.copytree(folder / "gk-post1", site / "gk-post1")
    channel.take_down(receipt)
    assert channel.is_up(receipt)
    assert channel.find(ITEM, ("post1",)) is None  # a new try would have to write it anew
    shutil.rmtree(site / "gk-post1")
    assert not channel.is_up(receipt)


def test_a_site_that_does_not_answer_says_nothing(folder):
    folder.mkdir()
    channel = FolderChannel(folder, "http://127.0.0.1:9/", lambda: NOW, reach=True)
    channel.check_account()
    with pytest.raises(RetryLater, match="does not answer"):
        channel.is_up(Receipt("post1", "http://127.0.0.1:9/gk-post1/"))
