from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.rule import Options
from gatekeeper_detectors.rules.missing_alt_text import RULE
from gatekeeper_detectors.values import Case, Photo, Register


def _findings(*alts: str, photos: tuple[str, ...] = ("tree planting.jpg",)):
    case = Case(
        "website", "x", tuple(Photo(name) for name in photos), Register(), date(2026, 5, 1), alts
    )
    return list(RULE.check(case, Options()))


@pytest.mark.parametrize(
    ("alt", "problem"),
    [
        ("", "has no description"),
        (" \n ", "has no description"),
        ("\u200b\u3164", "has no description"),
        ("...", "has a description without words"),
        ("⭐", "has a description without words"),
        ("IMG_2291.jpg", "has a file name in place of a description"),
        ("IMG_2291", "has a file name in place of a description"),
        ("20240614_101500", "has a file name in place of a description"),
        ("Tree planting.JPG", "has a file name in place of a description"),
        ("tree planting", "has a file name in place of a description"),
    ],
)
def test_no_usable_alt_text(alt: str, problem: str) -> None:
    (finding,) = _findings(alt)
    assert finding.message == f"Photo 1 {problem}."
    assert (finding.action, finding.photo, finding.field) == (Action.REJECT, 0, "alt")


@pytest.mark.parametrize(
    "alt", ["Pupils plant a tree.", "Tree planting in the rain", "Photo of 3 pupils", "李明"]
)
def test_usable_alt_text(alt: str) -> None:
    assert _findings(alt) == []


def test_the_message_says_which_photo() -> None:
    found = _findings("Pupils plant a tree.", photos=("a.jpg", "b.jpg", "c.jpg"))
    assert [finding.message for finding in found] == [
        "Photo 2 has no description.",
        "Photo 3 has no description.",
    ]


def test_no_photo_needs_no_alt_text() -> None:
    assert _findings(photos=()) == []
