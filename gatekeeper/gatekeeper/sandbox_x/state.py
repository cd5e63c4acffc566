"""What the sandbox X holds: posts and pictures, exactly as they came in."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

X_EPOCH_MS = 1_288_834_974_657
"""X's ids carry the time: milliseconds since this instant, shifted left by 22 bits."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS media (
    id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, picture BLOB NOT NULL,
    alt TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS tweet (
    id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, text TEXT NOT NULL, media TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Media:
    """One uploaded picture."""

    id: int
    user_id: str
    picture: bytes = field(repr=False)
    alt: str

    @property
    def key(self) -> str:
        return f"3_{self.id}"


@dataclass(frozen=True)
class Tweet:
    """One post; `media` are the ids of its pictures in order."""

    id: int
    user_id: str
    text: str
    media: tuple[int, ...]

    @property
    def created(self) -> datetime:
        """Aware UTC, read from the id as on X."""
        return datetime.fromtimestamp(((self.id >> 22) + X_EPOCH_MS) / 1000, UTC)


class State:
    """Kept in a SQLite file, or in memory when there is no path. Each change is committed."""

    def __init__(
        self,
        path: Path | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._now = now
        self._last_id = 0
        # The server runs in one thread, which need not be the one that made the app.
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False)
        with self._db:
            self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the database; what is in memory is gone."""
        self._db.close()

    def clear(self) -> None:
        """Forget every post and picture."""
        with self._db:
            self._db.execute("DELETE FROM tweet")
            self._db.execute("DELETE FROM media")

    def add_media(self, user_id: str, picture: bytes) -> Media:
        """Keep a picture as it came in."""
        media = Media(self._next_id(), user_id, picture, "")
        with self._db:
            self._db.execute("INSERT INTO media VALUES (?, ?, ?, '')", (media.id, user_id, picture))
        return media

    def describe(self, media_id: int, alt: str) -> None:
        """Set the alt text of a picture."""
        with self._db:
            self._db.execute("UPDATE media SET alt = ? WHERE id = ?", (alt, media_id))

    def media(self, media_id: int) -> Media | None:
        """The picture with this id."""
        row = self._row("SELECT * FROM media WHERE id = ?", media_id)
        return Media(*row) if row else None

    def all_media(self) -> list[Media]:
        """Every picture, oldest first, whether posted or not."""
        return [Media(*row) for row in self._db.execute("SELECT * FROM media ORDER BY id")]

    def add_tweet(self, user_id: str, text: str, media: tuple[int, ...]) -> Tweet:
        """Keep a post."""
        tweet = Tweet(self._next_id(), user_id, text, media)
        row = (tweet.id, user_id, text, json.dumps(media))
        with self._db:
            self._db.execute("INSERT INTO tweet VALUES (?, ?, ?, ?)", row)
        return tweet

    def delete_tweet(self, tweet_id: int) -> None:
        """Remove a post. Its pictures stay, as on X, but no page shows them."""
        with self._db:
            self._db.execute("DELETE FROM tweet WHERE id = ?", (tweet_id,))

    def tweet(self, tweet_id: int) -> Tweet | None:
        """The post with this id."""
        row = self._row("SELECT * FROM tweet WHERE id = ?", tweet_id)
        return _tweet(row) if row else None

    def tweets(self, user_id: str | None = None) -> list[Tweet]:
        """The posts of one account or of all, newest first."""
        rows = self._db.execute(
            "SELECT * FROM tweet WHERE ? IS NULL OR user_id = ? ORDER BY id DESC",
            (user_id, user_id),
        )
        return [_tweet(row) for row in rows]

    def _row(self, query: str, number: int) -> Any:
        # A larger number is no id, and SQLite would refuse it with an error.
        return self._db.execute(query, (number,)).fetchone() if 0 <= number < 2**63 else None

    def _next_id(self) -> int:
        milliseconds = int(self._now().timestamp() * 1000) - X_EPOCH_MS
        self._last_id = max(milliseconds << 22, self._last_id + 1)
        return self._last_id


def _tweet(row: tuple[int, str, str, str]) -> Tweet:
    number, user_id, text, media = row
    return Tweet(number, user_id, text, tuple(json.loads(media)))
