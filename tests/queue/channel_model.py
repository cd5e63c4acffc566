"""One account on a channel, in memory, that goes wrong in every way in which a platform can."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gatekeeper_queue.channel import (
    OutcomeUnknown,
    Outgoing,
    PermanentFailure,
    Receipt,
    RetryLater,
    Seen,
)

SLOW = timedelta(seconds=20)
"""How long a post at most takes to show; below `settling.SETTLE`."""

FAULTS = {
    "prepare": ("retry", "rate", "refuse", "fault"),
    "publish": (
        "retry", "rate", "refuse", "duplicate", "lost before", "lost after", "fault after",
        "slow", "slow lost after",
    ),
    "find": ("retry", "fault"),
    "take_down": ("retry", "rate", "stays", "lost after", "refuse", "fault"),
    "is_up": ("retry", "fault"),
    "look": ("retry", "rate", "refuse"),
}  # fmt: skip
"""What can go wrong with each call. "after": it was done, and the answer was lost."""


@dataclass(frozen=True)
class Shown:
    """A post on the channel."""

    post_id: str
    """Of the post here; empty for one that somebody made by hand."""
    text: str
    pictures: tuple[tuple[str, str], ...]
    references: tuple[str, ...]
    since: datetime
    """When it can first be seen."""


class ModelAccount:
    """Implements `Channel`, `LooksAtPosts` and `FindsCopies` for one account."""

    name = "twitter"

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.there: dict[str, Shown] = {}
        self.gone: dict[str, Shown] = {}
        self.back: set[str] = set()
        """What was deleted and is there again."""
        self.faults: dict[str, list[str]] = {}
        self.on_publish: Callable[[Outgoing], None] = lambda item: None
        self._ids = itertools.count(1)

    # --- the channel ------------------------------------------------------------------------

    def prepare(self, item: Outgoing) -> tuple[str, ...]:
        self._go_wrong("prepare")
        return tuple(f"media-{next(self._ids)}" for _ in item.pictures)

    def publish(self, item: Outgoing, references: tuple[str, ...]) -> Receipt:
        self.on_publish(item)
        fault = self._go_wrong("publish")
        if fault == "duplicate":
            raise OutcomeUnknown("posted already, it says")
        if fault == "lost before":
            raise OutcomeUnknown("no answer")
        receipt = self._add(item, references, SLOW if fault.startswith("slow") else timedelta())
        if fault.endswith("lost after"):
            raise OutcomeUnknown("no answer")
        if fault == "fault after":
            raise ValueError("not an answer")
        return receipt

    def find(self, item: Outgoing, references: tuple[str, ...]) -> Receipt | None:
        self._go_wrong("find")
        return next(iter(self._with(references)), None)

    def find_all(self, references: tuple[str, ...]) -> tuple[Receipt, ...]:
        self._go_wrong("find")
        return self._with(references)

    def take_down(self, receipt: Receipt) -> None:
        fault = self._go_wrong("take_down")
        if fault != "stays" and receipt.remote_id in self.there:
            self.gone[receipt.remote_id] = self.there.pop(receipt.remote_id)
        if fault == "lost after":
            raise RetryLater("no answer")

    def is_up(self, receipt: Receipt) -> bool:
        self._go_wrong("is_up")
        return receipt.remote_id in self.there  # a look at one post is up to date at once

    def look(self, receipt: Receipt) -> Seen | None:
        self._go_wrong("look")
        shown = self.there.get(receipt.remote_id)
        return Seen(shown.text, references=shown.references) if shown else None

    def check_account(self) -> str:
        return "model"

    # --- what people and platforms do to it -------------------------------------------------

    def visible(self) -> dict[str, Shown]:
        return {key: one for key, one in self.there.items() if one.since <= self.clock()}

    def ours(self) -> list[Shown]:
        """Every post that we made, whether it can be seen yet or not."""
        return [one for key, one in self.there.items() if one.post_id and key not in self.back]

    def delete_by_hand(self) -> None:
        for key in list(self.visible())[:1]:
            del self.there[key]

    def copy_by_hand(self) -> None:
        for one in list(self.visible().values())[:1]:
            self.there[f"by-hand-{next(self._ids)}"] = replace(
                one, post_id="", references=("by hand",)
            )

    def change_by_hand(self) -> None:
        for key, one in list(self.visible().items())[:1]:
            self.there[key] = replace(one, text="Something else.")

    def bring_back(self) -> None:
        """What was deleted can be seen again: a cache, or a restored backup."""
        for key in list(self.gone)[:1]:
            self.there[key] = self.gone.pop(key)
            self.back.add(key)

    # --- inside -----------------------------------------------------------------------------

    def _add(self, item: Outgoing, references: tuple[str, ...], delay: timedelta) -> Receipt:
        remote_id = f"post-{next(self._ids)}"
        self.there[remote_id] = Shown(
            item.post_id,
            item.text,
            tuple((picture.sha256, picture.alt) for picture in item.pictures),
            references,
            self.clock() + delay,
        )
        return _receipt(remote_id)

    def _with(self, references: tuple[str, ...]) -> tuple[Receipt, ...]:
        return tuple(
            _receipt(key)
            for key, one in self.visible().items()
            if set(one.references) & set(references)
        )

    def _go_wrong(self, call: str) -> str:
        """Raise what the fault of this call means, or return what the call has to do itself."""
        waiting = self.faults.get(call)
        fault = waiting.pop(0) if waiting else ""
        if fault == "retry":
            raise RetryLater("busy")
        if fault == "rate":
            raise RetryLater("too many calls", self.clock() + timedelta(minutes=10))
        if fault == "refuse":
            raise PermanentFailure("no")
        if fault == "fault":
            raise ValueError("not an answer")
        return fault


def _receipt(remote_id: str) -> Receipt:
    return Receipt(remote_id, f"https://x.example/{remote_id}")
