"""Random stories of people, two workers, faults and kills (promises 1, 5 and 6).

    GATEKEEPER_STORIES=2500 python -m pytest tests/queue/test_at_most_once.py

tells so many; the ordinary run tells a few.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.queue.channel_model import FAULTS
from tests.queue.story import STEPS, Command, Happening, Story, make_template

STORIES = int(os.environ.get("GATEKEEPER_STORIES", "60"))
PHASES = set(Phase) - ({Phase.shrink} if STORIES > 100 else set())
"""A long run tells of what it found at once; shrinking may take as long as the run itself."""
MEMORY = Path("/dev/shm")
"""A database file in memory is a real file too, and does not wait for the disk."""

WORK = ("tick", "tick", "tick", "other tick", "other tick", "check", "night", "wait")
PEOPLE = (
    "edit", "send back", "check again", "approve", "approve", "take down", "take down", "retry",
    "say there", "say absent", "withdraw", "restore", "recheck", "pause", "resume", "account off",
    "account on",
)  # fmt: skip
BY_HAND = ("delete by hand", "copy by hand", "change by hand", "bring back")

_fault = st.sampled_from([(call, fault) for call, faults in FAULTS.items() for fault in faults])
_faults = st.lists(_fault, max_size=4).map(tuple)
_which = st.integers(0, 2)
_happening = st.one_of(
    st.just(Happening()),
    st.builds(Happening, st.sampled_from(["kill", "other", "stall"]), st.sampled_from(STEPS)),
    st.builds(Happening, st.just("line"), line=st.integers(1, 400)),
    st.builds(
        Happening,
        st.just("act"),
        st.sampled_from(STEPS),
        act=st.sampled_from(PEOPLE + BY_HAND),
        which=_which,
    ),
)
_commands = st.one_of(
    st.builds(Command, st.sampled_from(WORK), faults=_faults, happening=_happening),
    st.builds(Command, st.sampled_from(WORK), faults=_faults, happening=_happening),
    st.builds(Command, st.sampled_from(PEOPLE + BY_HAND), _which),
)


@pytest.fixture
def template(make_desk: Any, a_face: Any) -> Iterator[tuple[Any, Path]]:
    root = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=root) as folder:
        yield make_template(make_desk, a_face, Path(folder) / "template")


@settings(
    max_examples=STORIES,
    deadline=None,
    phases=PHASES,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(_commands, min_size=3, max_size=14))
def test_never_twice_never_unapproved_never_after_a_take_down(
    template: tuple[Any, Path], commands: list[Command]
) -> None:
    story = Story(template, template[1].with_name(uuid4().hex))
    try:
        for command in commands:
            story.run(command)
        story.end()
    finally:
        story.close()
