"""References and templates, with the real engine."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import numpy as np
import pytest

from gatekeeper_detectors.faces.engine import default_engine
from gatekeeper_detectors.faces.enrol import Unusable, encode_reference, make_template

Jpeg = Callable[..., bytes]


def test_a_good_reference(jpeg: Jpeg) -> None:
    reference = encode_reference(default_engine(), jpeg("faces/p01/ref_1.jpg"))
    assert reference.vector.shape == (128,)
    assert reference.vector.dtype == np.float32
    assert "vector" not in repr(reference)


@pytest.mark.parametrize(
    ("name", "edge", "reason"),
    [
        pytest.param("photos/nopeople_01.jpg", 600, "shows no face", id="nobody"),
        pytest.param("photos/group_28.jpg", 600, "shows 2 faces", id="two people"),
        pytest.param("faces/p01/ref_1.jpg", 100, "too small", id="small"),
    ],
)
def test_unusable_references(name: str, edge: int, reason: str, jpeg: Jpeg) -> None:
    with pytest.raises(Unusable, match=reason):
        encode_reference(default_engine(), jpeg(name, edge))


def test_the_reason_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(Unusable("shows no face")))
    assert error.reason == "shows no face"


def test_a_template_is_the_centroid() -> None:
    template = make_template("p1", [np.zeros(128, np.float32), np.ones(128, np.float32)])
    assert (template.person_id, template.references) == ("p1", 2)
    assert template.vector.dtype == np.float32
    assert np.allclose(template.vector, 0.5)


@pytest.mark.parametrize("vectors", [[], [np.array([np.nan, 0], np.float32)]])
def test_no_template_from_nothing_or_from_broken_numbers(vectors: list[np.ndarray]) -> None:
    with pytest.raises(ValueError, match="p1"):
        make_template("p1", vectors)
