"""Sessions that are open with Bluesky. It allows 30 sign-ins in five minutes and 300 a day, and a
channel object is made for every post.
"""

from __future__ import annotations

from hashlib import sha256
from threading import Lock


class Sessions:
    """Open sessions by account, in this process's memory only. For any thread."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}
        self._lock = Lock()

    @staticmethod
    def key(server: str, handle: str, password: str) -> str:
        """What a session is kept under: another password is another session."""
        return sha256("\n".join((server, handle, password)).encode()).hexdigest()

    def get(self, key: str) -> str | None:
        """The session as atproto exports it."""
        with self._lock:
            return self._open.get(key)

    def keep(self, key: str, session: str) -> None:
        """Keep a new session, or one whose tokens were refreshed."""
        with self._lock:
            self._open[key] = session

    def drop(self, key: str) -> None:
        """Forget a session that is not accepted any more."""
        with self._lock:
            self._open.pop(key, None)


SESSIONS = Sessions()
"""Those of this process."""
