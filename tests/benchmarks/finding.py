"""How many faces detectors find in photos with known faces (`faces.py find`)."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pictures_of_faces import boxes, pixels
from PIL import Image

from gatekeeper_detectors.faces import centerface
from gatekeeper_detectors.faces.engine import engine_for
from gatekeeper_detectors.faces.find import clipped, whole_face
from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.faces.library import face_recognition
from gatekeeper_detectors.faces.models import read_models
from gatekeeper_detectors.faces.yunet import YuNet
from gatekeeper_detectors.values import Box

SAME_FACE = 0.35
"""Overlap of a found box with a true one; hand-drawn boxes differ in how much hair they hold."""
BANDS = ((0, 30), (30, 40), (40, 60), (60, 100), (100, 10_000))
"""Heights in pixels of the picture that is searched."""
CNN_EDGE = 1280

Detector = Callable[[Pixels], Sequence[Found]]


@dataclass
class Tally:
    photos: int = 0
    complete: int = 0
    false_boxes: int = 0
    megapixels: float = 0.0
    seconds: float = 0.0
    faces: Counter[tuple[int, int]] = field(default_factory=Counter)
    found: Counter[tuple[int, int]] = field(default_factory=Counter)

    @property
    def recall(self) -> float:
        return self.found.total() / max(self.faces.total(), 1)

    def row(self, name: str) -> str:
        bands = " | ".join(
            f"{self.found[band]}/{self.faces[band]}" for band in BANDS if self.faces[band]
        )
        return (
            f"| {name} | {self.recall:.3f} | {bands} | {self.false_boxes / self.photos:.2f} | "
            f"{self.complete}/{self.photos} | {self.seconds / self.megapixels:.2f} |"
        )


def measure_finding(folder: Path, models: Path | None, quick: bool) -> list[str]:
    """Print a row for each detector; the goals that ours misses."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    print("| detector | recall | by height in pixels | false a photo | every face | s per MP |")
    missed: list[str] = []
    for name, detector in _detectors(models, quick).items():
        tally = Tally()
        for file, areas in truth.items():
            _search(tally, folder / file, areas, detector)
        print(tally.row(name), flush=True)
        if name.startswith("ours"):
            missed += [f"{name}: {goal}" for goal in _missed(tally)]
    print("bands: " + ", ".join(f"{low}-{high}" for low, high in BANDS))
    return missed


def _missed(tally: Tally) -> list[str]:
    goals = {
        "recall at least .99": tally.recall >= 0.99,
        "every face in 20 of 21 photos": tally.complete >= 20 / 21 * tally.photos,
        "at most .3 false boxes a photo": tally.false_boxes <= 0.3 * tally.photos,
    }
    return [goal for goal, reached in goals.items() if not reached]


def _detectors(models: Path | None, quick: bool) -> dict[str, Detector]:
    rows: dict[str, Detector] = {"ours": engine_for(None).find}
    if models is not None:
        rows["ours with YuNet"] = engine_for(models).find
    rows["HOG, upsample 1"] = lambda rgb: _squares(rgb, "hog", 1)
    rows["HOG, upsample 2"] = lambda rgb: _squares(rgb, "hog", 2)
    rows["CenterFace .3 alone"] = lambda rgb: centerface.detect(rgb, max(rgb.shape[:2]), 0.3)
    if models is not None:
        rows["YuNet .6 alone"] = YuNet(read_models(models).yunet).detect
    if not quick:
        rows[f"dlib CNN at {CNN_EDGE} px"] = _cnn
    return rows


def _squares(rgb: Pixels, model: str, upsample: int) -> list[Found]:
    places = face_recognition().face_locations(rgb, upsample, model)
    squares = [Box(left, top, right, bottom) for top, right, bottom, left in places]
    return [Found(clipped(whole_face(square), rgb), 0.0, (model,)) for square in squares]


def _cnn(rgb: Pixels) -> list[Found]:
    factor = min(1.0, CNN_EDGE / max(rgb.shape[:2]))
    size = (round(rgb.shape[1] * factor), round(rgb.shape[0] * factor))
    small = np.asarray(Image.fromarray(rgb).resize(size))
    found = _squares(small, "cnn", 0)
    return [Found(one.box.scaled(1 / factor), one.score, one.found_by) for one in found]


def _search(tally: Tally, path: Path, areas: dict[str, list[list[float]]], find: Detector) -> None:
    rgb, factor = pixels(path)
    started = time.process_time()
    found = find(rgb)
    tally.seconds += time.process_time() - started
    tally.megapixels += rgb.shape[0] * rgb.shape[1] / 1e6
    faces = [clipped(box, rgb) for box in boxes(areas["faces"], factor)]
    _count(tally, found, faces, boxes(areas["ignore"], factor))


def _count(tally: Tally, found: Sequence[Found], faces: list[Box], ignore: list[Box]) -> None:
    pairs = sorted(
        (
            (box.overlap(one.box), i, j)
            for i, box in enumerate(faces)
            for j, one in enumerate(found)
        ),
        reverse=True,
    )
    true: dict[int, int] = {}
    for overlap, i, j in pairs:
        if overlap >= SAME_FACE and i not in true and j not in true.values():
            true[i] = j
    for i, box in enumerate(faces):
        band = next(band for band in BANDS if band[0] <= box.height < band[1])
        tally.faces[band] += 1
        tally.found[band] += i in true
    others = [one for j, one in enumerate(found) if j not in true.values()]
    tally.false_boxes += sum(not _inside(one.box, ignore) for one in others)
    tally.photos += 1
    tally.complete += len(true) == len(faces)


def _inside(box: Box, areas: list[Box]) -> bool:
    return any(
        area.left <= (box.left + box.right) / 2 <= area.right
        and area.top <= (box.top + box.bottom) / 2 <= area.bottom
        for area in areas
    )
