"""What cannot be opened cannot be checked."""

from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.rule import Options
from gatekeeper_detectors.rules.unreadable_picture import RULE
from gatekeeper_detectors.values import Case, CleanPicture, Photo, Register

GOOD = Photo("good.jpg", clean=CleanPicture(b"", "", 4, 3, 4, 3, "JPEG"))
BAD = Photo("bad.jpg", problem="The file is empty.", mend="Choose it again.")


def _findings(*photos: Photo) -> list[tuple[int | None, str, str]]:
    case = Case("website", "", photos, Register(), date(2025, 6, 1))
    found = list(RULE.check(case, Options()))
    assert all(finding.action is Action.REJECT for finding in found)
    return [(finding.photo, finding.message, finding.mend) for finding in found]


@pytest.mark.parametrize(
    ("photos", "expected"),
    [
        ((GOOD,), []),
        ((GOOD, GOOD), []),
        ((BAD,), [(0, "The file is empty.", "Choose it again.")]),
        ((GOOD, BAD), [(1, "The file is empty.", "Choose it again.")]),
        ((Photo("x", problem="Broken."),), [(0, "Broken.", RULE.mend)]),
        ((), [(None, "There is no photo.", "Add at least one photo and send it again.")]),
    ],
)
def test_findings(photos, expected):
    assert _findings(*photos) == expected
