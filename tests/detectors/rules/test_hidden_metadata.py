"""Hidden data that stays stops the picture; what was removed is said."""

from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Action, Outcome
from gatekeeper_detectors.policy import PolicyError, judge, make_policy, run_rules
from gatekeeper_detectors.rule import DidNotRun, Options
from gatekeeper_detectors.rules.hidden_metadata import RULE
from gatekeeper_detectors.values import CameraSummary, Case, CleanPicture, Photo, Register


def _photo(found: tuple[str, ...] = (), residue: tuple[str, ...] = ()) -> Photo:
    camera = CameraSummary(found=found)
    clean = CleanPicture(b"", "", 4, 3, 4, 3, "JPEG", camera, residue)
    return Photo("photo.jpg", clean=clean)


def _case(*photos: Photo) -> Case:
    return Case("website", "", photos, Register(), date(2025, 6, 1))


@pytest.mark.parametrize(
    ("photo", "action", "message"),
    [
        (
            _photo(found=("GPS position",)),
            Action.NOTE,
            "The photo carried hidden data: GPS position. It was removed.",
        ),
        (
            _photo(found=("GPS position", "comment", "owner's name")),
            Action.NOTE,
            "The photo carried hidden data: GPS position, comment and owner's name. "
            "It was removed.",
        ),
        (
            _photo(found=("comment",), residue=("a tag (GPS)", "data after the end")),
            Action.REJECT,
            "The photo still holds hidden data after cleaning: a tag (GPS) and data after the end.",
        ),
    ],
)
def test_findings(photo, action, message):
    (finding,) = RULE.check(_case(_photo(), photo), Options())
    assert (finding.action, finding.message, finding.photo) == (action, message, 1)


@pytest.mark.parametrize(
    "photos", [(), (_photo(),), (Photo("bad.jpg", problem="Broken."), _photo())]
)
def test_nothing_to_say(photos):
    assert list(RULE.check(_case(*photos), Options())) == []


def test_a_photo_that_was_not_cleaned_has_not_passed():
    with pytest.raises(DidNotRun):
        list(RULE.check(_case(_photo(), Photo("forgotten.jpg")), Options()))


def test_that_blocks():
    policy = make_policy()
    findings = run_rules(_case(Photo("forgotten.jpg")), policy, [RULE])
    assert judge(findings, policy).outcome is Outcome.REJECTED


def test_it_cannot_be_switched_off():
    with pytest.raises(PolicyError):
        make_policy({"rules": {"hidden-metadata": {"action": "off"}}})
