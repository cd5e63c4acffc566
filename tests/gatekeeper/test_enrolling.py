"""Which reference picture may be of somebody else."""

from __future__ import annotations

import numpy as np
import pytest

from gatekeeper.enrolling import mixed_up
from gatekeeper_detectors.faces.thresholds import Thresholds

LIMITS = Thresholds(strict=0.4, loose=0.6)


def at(place: float) -> np.ndarray:
    return np.array([place, 0], np.float32)


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        ((), {}, ("", False)),
        ((), {"p2": 0.5}, ("", False)),
        ((), {"p2": 0.3}, ("p2", False)),
        ((), {"p2": 0.3, "p3": 0.2}, ("p3", False)),
        ((0.0,), {"p2": 0.3}, ("p2", False)),  # itself is no second picture
        ((0.2,), {"p2": 0.3}, ("", False)),  # a brother: nearer to their own
        ((0.7,), {"p2": 0.3}, ("p2", False)),
        ((0.5,), {}, ("", False)),
        ((0.7,), {}, ("", True)),
        ((0.7, 0.5), {}, ("", False)),
        ((0.7,), {"p2": 0.5}, ("", True)),
    ],
)
def test_what_is_told_of_a_picture(own, others, expected):
    places = {who: at(place) for who, place in others.items()}
    assert mixed_up(at(0), [at(place) for place in own], places, LIMITS) == expected
