"""Posts as folders: `index.md` for a site generator, `post.json` for programs, the pictures.

A post is written beside its place and moved there, so that no half of it is ever seen; taking
down moves it away before it is deleted.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from gatekeeper.channels.addresses import refuse_social_network
from gatekeeper_queue.channel import Outgoing, PermanentFailure, Receipt, RetryLater

_TIMEOUT = httpx.Timeout(10, connect=5)
_PICTURES = 4
MARK = ".gatekeeper"
"""Put there when the account is added. Where it is missing, the disk is not mounted: then nothing
is known about what is up."""


class FolderChannel:
    """Implements `gatekeeper_queue.channel.Channel` for one folder.

    Raises `PermanentFailure` for a folder or an address that cannot be right.
    """

    name = "folder"

    def __init__(
        self, folder: Path, address: str, clock: Callable[[], datetime], reach: bool = False
    ) -> None:
        if not folder.is_absolute():
            raise PermanentFailure("Give the whole path of the folder, from the root.")
        if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).netloc:
            raise PermanentFailure("Give the address of the site, from https:// on.")
        refuse_social_network(address)
        self._folder = folder
        self._address = address.rstrip("/")
        self._clock = clock
        self._reach = reach

    def prepare(self, item: Outgoing) -> tuple[str, ...]:
        if any(sha256(one.jpeg).hexdigest() != one.sha256 for one in item.pictures):
            raise PermanentFailure("A picture is not the one that was approved. It was not sent.")
        return (item.post_id,)

    def publish(self, item: Outgoing, references: tuple[str, ...]) -> Receipt:
        place = self._place(item.post_id)
        with self._mounted():
            if not place.exists():
                made = Path(tempfile.mkdtemp(prefix=".new-", dir=self._folder))
                try:
                    self._write(item, made)
                    made.rename(place)
                finally:
                    shutil.rmtree(made, ignore_errors=True)
        return self._receipt(item.post_id)

    def find(self, item: Outgoing, references: tuple[str, ...]) -> Receipt | None:
        receipt = self._receipt(item.post_id)
        return receipt if self._is_here(receipt) else None

    def take_down(self, receipt: Receipt) -> None:
        with self._mounted():
            gone = self._folder / f".gone-{receipt.remote_id}"
            if (place := self._place(receipt.remote_id)).exists():
                place.rename(gone)
            if gone.exists():
                shutil.rmtree(gone)

    def is_up(self, receipt: Receipt) -> bool:
        """In the folder, or on the site that was made from it and perhaps not made anew."""
        return self._is_here(receipt) or (self._reach and self._is_served(receipt))

    def _is_served(self, receipt: Receipt) -> bool:
        """Does the site still show one of the pictures? Raises `RetryLater` when it cannot say."""
        with httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False) as client:
            for number in range(1, _PICTURES + 1):
                try:
                    answer = client.head(f"{receipt.url}{number}.jpg")
                except httpx.HTTPError as error:
                    raise RetryLater("The site does not answer at the moment.") from error
                picture = answer.headers.get("content-type", "").startswith("image/")
                if answer.status_code == 200 and picture:
                    return True
                if answer.status_code not in (200, 404, 410):
                    raise RetryLater(f"The site answers {answer.status_code} at the moment.")
        return False

    def _is_here(self, receipt: Receipt) -> bool:
        with self._mounted():
            gone = self._folder / f".gone-{receipt.remote_id}"
            return self._place(receipt.remote_id).exists() or gone.exists()

    def check_account(self) -> str:
        """The address; marks the folder as the right one. Raises `PermanentFailure`."""
        try:
            (self._folder / MARK).touch()
        except OSError as error:
            raise PermanentFailure(
                f"The folder {self._folder} cannot be written to ({error.strerror})."
            ) from error
        parts = urlsplit(self._address)
        # The folder is in the name: another folder is another account, which knows nothing of what
        # lies in the first, and who confirms the account sees where pictures are written.
        return f"{parts.netloc}{parts.path} ({self._folder})"

    def _write(self, item: Outgoing, folder: Path) -> None:
        pictures = []
        for number, picture in enumerate(item.pictures, 1):
            (folder / f"{number}.jpg").write_bytes(picture.jpeg)
            pictures.append({"file": f"{number}.jpg", "alt": picture.alt})
        at = self._clock().isoformat(timespec="seconds")
        post = {"id": item.post_id, "date": at, "text": item.text, "pictures": pictures}
        (folder / "post.json").write_text(
            json.dumps(post, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        (folder / "index.md").write_text(_markdown(item, at), encoding="utf-8")
        folder.chmod(0o755)
        for file in folder.iterdir():
            file.chmod(0o644)
            with file.open("rb") as written:
                os.fsync(written.fileno())

    def _place(self, post_id: str) -> Path:
        return self._folder / f"gk-{post_id}"

    def _receipt(self, post_id: str) -> Receipt:
        return Receipt(post_id, f"{self._address}/gk-{post_id}/")

    @contextmanager
    def _mounted(self) -> Iterator[None]:
        """Whatever the disk says is for later; nothing half-done can be seen."""
        if not (self._folder / MARK).exists():
            raise RetryLater(
                f"{self._folder} is not the site's folder at the moment. Is its disk there?"
            )
        try:
            yield
        except OSError as error:
            raise RetryLater(f"The site's folder: {error.strerror or 'it fails'}.") from error


def _markdown(item: Outgoing, at: str) -> str:
    """Front matter and text as most site generators read it. JSON is YAML; the text is escaped so
    that it says what was approved and is nothing else."""
    pictures = "".join(
        f"\n![{_plain(picture.alt)}]({number}.jpg)\n"
        for number, picture in enumerate(item.pictures, 1)
    )
    return f"---\ndate: {json.dumps(at)}\n---\n\n{_plain(item.text)}\n{pictures}"


def _plain(text: str) -> str:
    """Text in which nothing is markup: Markdown takes any ASCII punctuation after a backslash."""
    marks = r"\`*_{}[]()<>#+-.!|~&:@$%^=\"'/"
    return "".join(f"\\{char}" if char in marks else char for char in text)
