"""The school's own pages as channels: the public news, and the posts for parents.

The pages show nothing but `NewsItem` rows, so a row is the post: written here, deleted here.
The post's id is the key, which makes a repeated publish harmless.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gatekeeper_queue.channel import Outgoing, Receipt, Seen
from gatekeeper_queue.database import Database
from gatekeeper_queue.models import NewsItem


class WebsiteChannel:
    """Publishes to this installation's public news pages."""

    name = "website"
    path = "/news"
    """Below which its items are found."""

    def __init__(self, database: Database, address: str, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._address = address
        self._clock = clock

    def prepare(self, item: Outgoing) -> tuple[str, ...]:
        return (item.post_id,)

    def publish(self, item: Outgoing, references: tuple[str, ...]) -> Receipt:
        with self._database.write() as session:
            if session.get(NewsItem, item.post_id) is None:
                pictures = [{"sha256": p.sha256, "alt": p.alt} for p in item.pictures]
                session.add(
                    NewsItem(
                        post_id=item.post_id,
                        text=item.text,
                        pictures=pictures,
                        published_at=self._clock(),
                    )
                )
        return self._receipt(item.post_id)

    def find(self, item: Outgoing, references: tuple[str, ...]) -> Receipt | None:
        receipt = self._receipt(item.post_id)
        return receipt if self.is_up(receipt) else None

    def take_down(self, receipt: Receipt) -> None:
        with self._database.write() as session:
            if item := session.get(NewsItem, receipt.remote_id):
                session.delete(item)

    def is_up(self, receipt: Receipt) -> bool:
        with self._database.read() as session:
            return session.get(NewsItem, receipt.remote_id) is not None

    def look(self, receipt: Receipt) -> Seen | None:
        """The item as the pages show it."""
        with self._database.read() as session:
            item = session.get(NewsItem, receipt.remote_id)
        if item is None:
            return None
        return Seen(item.text, tuple(picture["sha256"] for picture in item.pictures))

    def receipt_at(self, address: str) -> Receipt | None:
        """For the address at which people see the item."""
        before, _, post_id = address.strip().rstrip("/").rpartition("/")
        return self._receipt(post_id) if before == f"{self._address}{self.path}" else None

    def check_account(self) -> str:
        return f"{self._address}{self.path}"

    def _receipt(self, post_id: str) -> Receipt:
        return Receipt(post_id, f"{self._address}{self.path}/{post_id}")


class ParentsChannel(WebsiteChannel):
    """Publishes to the parents' area, where only signed-in parents and staff see it (P11)."""

    name = "parents"
    path = "/family/posts"
