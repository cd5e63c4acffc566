"""What the ingest of pictures promises its callers: the limits, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """How much work one picture may cause before it is refused."""

    max_bytes: int = 40 * MEBIBYTE
    """Largest file that is looked at, in bytes."""
    longest_edge: int = 1600
    """Longest edge of the clean picture, in pixels (P05: a resolution cap)."""
    max_pixels: int = 250_000_000
    """Largest picture that is opened, in pixels; phones take up to 200 million."""
    seconds: float = 30.0
    """Wall-clock time, and also processor time, for one picture."""
    memory: int = 2048 * MEBIBYTE
    """Address space of the decoding process in bytes, where the platform can limit it."""


class Unreadable(Exception):
    """A file that cannot be used, with the words for its author."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.message = message
        """What is wrong with the file."""
        self.mend = mend
        """What the author can do about it."""


RESAVE = "Open it where it came from, save or export it as an ordinary JPEG, and send that."


def incomplete() -> Unreadable:
    return Unreadable(
        "The picture arrived incomplete: the end of the file is missing.", "Send it again."
    )


def damaged() -> Unreadable:
    return Unreadable("The picture is damaged and cannot be opened.", RESAVE)


def too_much_work() -> Unreadable:
    return Unreadable("The picture takes too much time or memory to open.", RESAVE)
