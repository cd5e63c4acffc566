"""Random stories of people, two workers, faults and kills (promises 1, 5 and 6).

    GATEKEEPER_STORIES=2500 python -m pytest tests/queue/test_at_most_once.py

tells so many; the ordinary run tells a few.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.queue.channel_model import FAULTS
from tests.queue.story import STEPS, Command, Happening, Story, make_template

STORIES = int(os.environ.get("GATEKEEPER_STORIES", "60"))
FIRST = int(os.environ.get("GATEKEEPER_FIRST_STORY", "0"))
"""The number of a story is its seed: a failure names it, and this tells it alone."""
MEMORY = Path("/dev/shm")
"""A database file in memory is a real file too, and does not wait for the disk."""

WORK = ("tick", "tick", "tick", "other tick", "other tick", "check", "night", "wait")
PEOPLE = (
    "edit", "send back", "check again", "approve", "approve", "take down", "take down", "retry",
    "say there", "say absent", "withdraw", "restore", "recheck", "pause", "resume", "account off",
    "account on",
)  # fmt: skip
BY_HAND = ("delete by hand", "copy by hand", "change by hand", "bring back")
HAPPENINGS = ("", "", "kill", "other", "stall", "line", "line", "act")
_FAULTS = [(call, fault) for call, faults in FAULTS.items() for fault in faults]


def story_of(number: int) -> list[Command]:
    """The commands of one story; it begins with a worker, so that there is something to go wrong
    with."""
    dice = random.Random(number)
    return [_work(dice, "tick"), *(_command(dice) for _ in range(dice.randint(3, 13)))]


def _command(dice: random.Random) -> Command:
    if dice.random() < 0.55:
        return _work(dice, dice.choice(WORK))
    return Command(dice.choice(PEOPLE + BY_HAND), dice.randrange(3))


def _work(dice: random.Random, what: str) -> Command:
    faults = tuple(dice.choice(_FAULTS) for _ in range(dice.choice((0, 0, 1, 2, 4))))
    happens = Happening(
        dice.choice(HAPPENINGS),
        dice.choice(STEPS),
        line=0,
        act=dice.choice(PEOPLE + BY_HAND),
        which=dice.randrange(3),
    )
    if happens.what == "line":
        happens = replace(happens, line=dice.randint(1, 400))
    return Command(what, faults=faults, happening=happens)


@pytest.fixture
def template(make_desk: Any, a_face: Any) -> Iterator[tuple[Any, Path]]:
    root = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=root) as folder:
        yield make_template(make_desk, a_face, Path(folder) / "template")


def test_never_twice_never_unapproved_never_after_a_take_down(
    template: tuple[Any, Path],
) -> None:
    for number in range(FIRST, FIRST + STORIES):
        story = Story(template, template[1].with_name("story"))
        try:
            for command in (commands := story_of(number)):
                story.run(command)
            story.end()
        except Exception as error:
            told = "\n".join(map(str, commands))
            raise AssertionError(f"story {number}: {error}\n{told}") from error
        finally:
            story.close()
