"""The engines, and the weight files that a school fetches itself.

Tests that need those files run where GATEKEEPER_MODELS names their folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gatekeeper_detectors.faces.align import PLACES, SIDE, aligned, points_of, similarity
from gatekeeper_detectors.faces.calibration import shipped
from gatekeeper_detectors.faces.decode import pixels_of
from gatekeeper_detectors.faces.engine import DlibEngine, default_engine, engine_for
from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.faces.models import MOBILEFACENET, SFACE, YUNET, ModelsRefused
from gatekeeper_detectors.faces.pair import FIRST, SECOND, PairEngine
from gatekeeper_detectors.faces.quality import unfit
from gatekeeper_detectors.faces.second import MobileFaceNet, SFace, unit
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.faces.yunet import YuNet
from gatekeeper_detectors.values import Box

Jpeg = Callable[..., bytes]
FOLDER = os.environ.get("GATEKEEPER_MODELS", "")
needs_weights = pytest.mark.skipif(
    not FOLDER, reason="GATEKEEPER_MODELS names no folder with the second engine's weights"
)


@pytest.fixture(scope="module")
def portrait(jpeg: Jpeg) -> tuple[Pixels, Found]:
    rgb = pixels_of(jpeg("faces/p01/ref_1.jpg"))
    (found,) = default_engine().find_portrait(rgb)
    return rgb, found


def test_dlib_gives_vectors_of_one_length_and_the_same_in_the_mirror(
    portrait: tuple[Pixels, Found],
) -> None:
    rgb, found = portrait
    vector = default_engine().encode(rgb, found)
    assert (vector.shape, vector.dtype) == ((128,), np.float32)
    assert np.linalg.norm(vector) == pytest.approx(1.4, abs=1e-4)
    box, width = found.box, rgb.shape[1]
    mirrored = Found(Box(width - box.right, box.top, width - box.left, box.bottom), 0.9, ())
    other = default_engine().encode(np.ascontiguousarray(rgb[:, ::-1]), mirrored)
    assert np.linalg.norm(vector - other) < 0.1


def test_the_shipped_calibration_is_what_the_thresholds_say() -> None:
    engine = default_engine()
    assert engine.thresholds == shipped(engine.name, engine.version) == Thresholds()


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param(None, "There is no folder of models", id="no folder"),
        pytest.param({}, "Fetch face_detection_yunet_2023mar.onnx from OpenCV Zoo", id="empty"),
        pytest.param({YUNET.name: b"made up"}, "is not the one that this version", id="another"),
        pytest.param({YUNET.name: b""}, "should begin with 8f2383e4dd3c", id="nothing in it"),
        pytest.param(
            {YUNET.name: b"version https://git-lfs.github.com/spec/v1"}, "a pointer", id="pointer"
        ),
    ],
)
def test_models_that_are_refused(
    files: dict[str, bytes] | None, message: str, tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    if files is not None:
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
    with pytest.raises(ModelsRefused, match=message):
        engine_for(folder)


def test_no_folder_is_dlib_alone() -> None:
    assert engine_for(None).name == "dlib"


def test_a_pair_that_was_never_calibrated_clears_only_what_dlib_would() -> None:
    dlib = DlibEngine()
    limits = PairEngine(dlib, SFace(b""), YuNet(b"")).thresholds
    first, second = limits.parts
    assert (first.reach, first.margin) == pytest.approx(
        (FIRST * dlib.thresholds.strict, FIRST * dlib.thresholds.margin)
    )
    assert second.reach == pytest.approx(SECOND * 1.128)


def test_a_pair_that_was_calibrated_needs_no_limits_of_its_parts() -> None:
    limits = PairEngine(DlibEngine(), MobileFaceNet(b""), YuNet(b"")).thresholds
    assert all(part.reach == float("inf") for part in limits.parts)
    assert limits.strict > 0


def test_points_are_brought_to_their_places() -> None:
    turn = np.array([[0.0, -2.0], [2.0, 0.0]])
    points = (PLACES @ turn + [300, 40]).astype(np.float32)
    way = similarity(points, PLACES)
    assert np.allclose(points @ way[:, :2].T + way[:, 2], PLACES, atol=1e-2)


def test_a_face_without_points_is_aligned_by_its_box() -> None:
    found = Found(Box(10, 20, 110, 140), 0.9, ("hog",))
    assert points_of(found).shape == (5, 2)
    assert aligned(np.zeros((200, 200, 3), np.uint8), found).shape == (SIDE, SIDE, 3)


def test_nothing_has_no_direction() -> None:
    assert np.isnan(unit(np.zeros(4))).all()


@needs_weights
def test_the_pair_puts_both_vectors_side_by_side(portrait: tuple[Pixels, Found]) -> None:
    engine = engine_for(Path(FOLDER))
    vector = engine.encode(*portrait)
    assert vector.shape == (256,)
    assert np.linalg.norm(vector[:128]) == pytest.approx(FIRST * 1.4, abs=1e-4)
    assert np.linalg.norm(vector[128:]) == pytest.approx(SECOND, abs=1e-4)
    assert engine.name.startswith("dlib-2-")


@needs_weights
def test_the_gates_on_quality_hold_with_yunet_too(jpeg: Jpeg) -> None:
    engine = engine_for(Path(FOLDER))
    rgb = pixels_of(jpeg("photos/group_07.jpg", 200))
    faces = engine.find(rgb)
    assert any("yunet" in face.found_by for face in faces)
    assert all(unfit(rgb, face, engine.thresholds).startswith("too small") for face in faces)


@needs_weights
def test_the_second_engine_knows_a_person_again(jpeg: Jpeg) -> None:
    engine = engine_for(Path(FOLDER))

    def second(name: str) -> np.ndarray:
        rgb = pixels_of(jpeg(name))
        return engine.encode(rgb, engine.find_portrait(rgb)[0])[128:]

    one, again, other = (second(f"faces/{n}.jpg") for n in ("p01/ref_1", "p01/ref_2", "p14/ref_1"))
    assert np.linalg.norm(one - again) < np.linalg.norm(one - other)


def test_file_names_are_those_of_the_publisher() -> None:
    assert {len(one.sha256) for one in (YUNET, SFACE, MOBILEFACENET)} == {64}
