from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Finding
from gatekeeper_detectors.rules.too_long import RULE, TooLongOptions
from gatekeeper_detectors.values import Case, Register


def _findings(channel: str, caption: str, *alts: str, limit: int = 2000) -> list[Finding]:
    case = Case(channel, caption, (), Register(), date(2026, 5, 1), alts)
    return list(RULE.check(case, TooLongOptions(max_caption=limit)))


@pytest.mark.parametrize(
    ("channel", "caption", "cut"),
    [
        ("twitter", "a" * 281, "Cut at least 1 character."),
        ("twitter", "a" * 300, "Cut at least 20 characters."),
        ("twitter", "👩" * 141, "Cut at least 2 characters."),
        ("website", "a" * 2001, "Cut at least 1 character."),
        ("parents", "a" * 10_000, "Cut at least 8000 characters."),
    ],
)
def test_too_long(channel: str, caption: str, cut: str) -> None:
    (finding,) = _findings(channel, caption)
    assert finding.mend == cut
    assert finding.field == "caption"


@pytest.mark.parametrize(
    ("channel", "caption"),
    [
        ("twitter", ""),
        ("twitter", "a" * 280 + "  \n"),
        ("twitter", "👩" * 140),
        ("website", "a" * 2000),
        ("parents", "a" * 281),
    ],
)
def test_fits(channel: str, caption: str) -> None:
    assert _findings(channel, caption) == []


def test_the_school_sets_the_limit() -> None:
    assert _findings("website", "abcdef", limit=5)
    assert not _findings("website", "abcde", limit=5)


def test_alt_texts_take_a_thousand_characters() -> None:
    (finding,) = _findings("website", "x", "a" * 1000, "a" * 1001)
    assert finding.message.startswith("The description of photo 2 is too long")
    assert (finding.field, finding.photo) == ("alt", 1)
