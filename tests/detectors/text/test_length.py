from __future__ import annotations

import pytest

from gatekeeper_detectors.text.length import caption_length


@pytest.mark.parametrize(
    ("channel", "text", "used", "limit"),
    [
        ("twitter", "", 0, 280),
        ("twitter", "   ", 0, 280),
        ("twitter", "  hello ", 5, 280),
        ("twitter", "hello 👩‍👩‍👧", 8, 280),
        ("twitter", "https://example.org/a/very/long/path/that/goes/on/and/on", 23, 280),
        ("twitter", "李明", 4, 280),
        ("twitter", "a" * 281, 281, 280),
        ("website", "  hello 👩 ", 7, 2000),
        ("parents", "", 0, 2000),
    ],
)
def test_length_as_the_channel_counts(channel: str, text: str, used: int, limit: int) -> None:
    assert caption_length(channel, text) == (used, limit)


def test_the_school_sets_the_limit_of_its_own_channels() -> None:
    assert caption_length("website", "hello", 4) == (5, 4)
    assert caption_length("twitter", "hello", 4) == (5, 280)
