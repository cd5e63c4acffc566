"""Choosing thresholds on made-up people, and the file that keeps them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gatekeeper_detectors.faces.calibrate import (
    LEAST_PEOPLE,
    Looks,
    NeverSafe,
    TooFew,
    calibrate,
    choose,
    sort_people,
)
from gatekeeper_detectors.faces.calibration import (
    BadCalibration,
    Calibration,
    NotCalibrated,
    as_toml,
    parse_calibration,
    read_calibration,
    shipped,
)
from gatekeeper_detectors.faces.thresholds import Part, Thresholds
from gatekeeper_detectors.policy import PolicyError, load_policy

GOOD = Calibration(
    engine="dlib", version="2", strict=0.4, margin=0.15, people=90, pictures=400, date="2026-11-24"
)


def crowd(enough: int, alone: int, seed: int = 3) -> dict[str, list[np.ndarray]]:
    """People on a sphere of 1.4, each with pictures near their own place."""
    random = np.random.default_rng(seed)
    people = {}
    for number in range(enough + alone):
        middle = random.normal(size=128)
        middle *= 1.4 / np.linalg.norm(middle)
        pictures = 5 if number < enough else 1
        people[f"p{number:03}"] = [
            (middle + random.normal(scale=0.02, size=128)).astype(np.float32)
            for _ in range(pictures)
        ]
    return people


def test_people_who_lie_far_apart_are_all_cleared() -> None:
    chosen = calibrate(sort_people(crowd(80, 60)), Thresholds())
    assert all(rates.cleared.share > 0.99 for rates in chosen.tested)
    assert all(rates.without_consent.hits == rates.strangers.hits == 0 for rates in chosen.tested)
    assert all(rates.strangers.of > 0 for rates in chosen.tested)


def test_few_strangers_never_make_it_looser() -> None:
    usual = Thresholds(0.35, 0.14)
    chosen = calibrate(sort_people(crowd(80, 60)), usual)
    assert chosen.strict <= usual.strict
    assert chosen.margin >= usual.margin


def test_each_part_must_agree() -> None:
    people = crowd(80, 60)
    parts = (Part(64, 0.3), Part(64, 0.3))
    chosen = calibrate(sort_people(people), Thresholds(parts=parts))
    assert all(rates.cleared.share > 0.9 for rates in chosen.tested)


def test_the_least_margin_is_kept() -> None:
    chosen = calibrate(sort_people(crowd(80, 60)), Thresholds(), least_margin=0.13)
    assert chosen.margin >= 0.13


@pytest.mark.parametrize(("enough", "alone"), [(0, 0), (39, 100), (50, 29), (79, 0)])
def test_too_few(enough: int, alone: int) -> None:
    with pytest.raises(TooFew, match=f"At least {LEAST_PEOPLE}"):
        sort_people(crowd(enough, alone))


def test_without_strangers_some_are_held_out() -> None:
    people = sort_people(crowd(80, 0))
    assert (len(people.enrolled), len(people.strangers)) == (40, 40)
    assert not people.enrolled.keys() & people.strangers.keys()


def test_a_picture_in_the_wrong_folder_is_said() -> None:
    people = crowd(80, 60)
    people["p000"][3] = people["p001"][4]
    with pytest.raises(NeverSafe, match="folder of somebody else"):
        calibrate(sort_people(people), Thresholds())


def test_a_leak_is_never_chosen() -> None:
    """One face of a stranger at .36, one of a child at .38: the threshold lies between."""
    looks = Looks(
        kind=np.array([2, *[0] * 9]),
        right=np.array([False, *[True] * 9]),
        permitted=np.ones(10, dtype=bool),
        distance=np.array([0.36, *[0.33] * 8, 0.38]),
        gap=np.full(10, 0.5),
    )
    strict, _ = choose([looks])
    assert 0.33 <= strict < 0.36


def test_the_file_reads_back() -> None:
    assert parse_calibration(as_toml(GOOD, [], 11)) == GOOD


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not toml",
        as_toml(GOOD, [], 1).replace("strict = 0.4", "strict = nan"),
        as_toml(GOOD, [], 1).replace("strict = 0.4", "strict = -1"),
        as_toml(GOOD, [], 1).replace("margin", "margins"),
    ],
)
def test_files_that_cannot_be_used(text: str, tmp_path: Path) -> None:
    path = tmp_path / "faces.toml"
    path.write_text(text)
    with pytest.raises(BadCalibration, match=r"faces\.toml"):
        read_calibration(path)


def test_an_engine_without_a_calibration() -> None:
    with pytest.raises(NotCalibrated):
        shipped("phrenology", "1")


def test_the_policy_names_it_relative_to_itself(tmp_path: Path) -> None:
    (tmp_path / "faces.toml").write_text(as_toml(GOOD, [], 11))
    policy = tmp_path / "policy.toml"
    policy.write_text('[faces]\ncalibration = "faces.toml"\n')
    first = load_policy(policy)
    assert first.calibration == GOOD
    (tmp_path / "faces.toml").write_text(as_toml(GOOD.model_copy(update={"strict": 0.3}), [], 11))
    assert load_policy(policy).rule_set != first.rule_set


def test_a_policy_whose_calibration_is_missing(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[faces]\ncalibration = "faces.toml"\n')
    with pytest.raises(PolicyError, match="calibration file"):
        load_policy(policy)
