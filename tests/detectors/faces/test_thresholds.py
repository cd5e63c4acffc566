from __future__ import annotations

from gatekeeper_detectors.faces.thresholds import Thresholds


def test_a_school_changes_only_what_it_names() -> None:
    usual = Thresholds()
    assert usual.adjusted() == usual
    assert usual.adjusted(strict=0.3) == Thresholds(strict=0.3)
    assert usual.adjusted(margin=0.2) == Thresholds(margin=0.2)


def test_zero_is_a_setting() -> None:
    assert Thresholds().adjusted(strict=0.0).strict == 0.0
