"""A picture that was stopped does not come back unseen (P24)."""

from __future__ import annotations

from datetime import date

import pytest

from gatekeeper_detectors.findings import Action
from gatekeeper_detectors.pictures.likeness import SAME_PICTURE
from gatekeeper_detectors.rule import DidNotRun, Options
from gatekeeper_detectors.rules.seen_before import RULE
from gatekeeper_detectors.values import Case, CleanPicture, Photo, Register, StoppedPicture

CLEAN = CleanPicture(b"", "0" * 64, 800, 600, 800, 600, "JPEG")
DAY = date(2026, 3, 6)


def stopped(bits: int, why: str = "was taken down") -> StoppedPicture:
    """Differs from the picture in so many bits, spread so that it is no mirror image."""
    return StoppedPicture(f"{(1 << bits) - 1:064x}", why, DAY)


def check(*known: StoppedPicture, gradient_hash: str = "0" * 64):
    photo = Photo("trip.jpg", CLEAN, gradient_hash=gradient_hash)
    case = Case("website", "", (photo,), Register(), date(2026, 4, 1), stopped=known)
    return list(RULE.check(case, Options()))


@pytest.mark.parametrize(
    ("bits", "found"), [(0, True), (10, True), (SAME_PICTURE, True), (SAME_PICTURE + 1, False)]
)
def test_how_alike_pictures_must_be(bits: int, found: bool) -> None:
    assert bool(check(stopped(bits))) is found


def test_the_nearest_is_named_with_its_reason_and_day() -> None:
    (found,) = check(stopped(30, "was rejected"), stopped(5, "was taken down"))
    assert found.action is Action.FLAG
    assert "was taken down on 6 March 2026" in found.message


def test_nothing_to_say_where_nothing_was_stopped() -> None:
    assert check(gradient_hash="") == []


def test_a_picture_that_was_not_compared_blocks() -> None:
    with pytest.raises(DidNotRun):
        check(stopped(0), gradient_hash="")
