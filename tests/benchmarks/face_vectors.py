"""The vectors of labelled faces, measured once and kept only where somebody asks for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pictures_of_faces import boxes, pixels

from gatekeeper_detectors.faces.engine import default_engine
from gatekeeper_detectors.faces.find import inner_square
from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.faces.library import face_recognition
from gatekeeper_detectors.faces.models import read_models
from gatekeeper_detectors.faces.pair import FIRST, SECOND
from gatekeeper_detectors.faces.quality import unfit
from gatekeeper_detectors.faces.second import recogniser_for

Vectors = NDArray[np.float32]
SAME_FACE = 0.25


@dataclass(frozen=True)
class Faces:
    """One row for each face that is fit to be recognised."""

    file: list[str]
    person: list[str]
    reference: list[bool]
    plain: Vectors
    """(n, 128) as face_recognition gives them."""
    dlib: Vectors
    """(n, 128) as our engine gives them."""
    second: Vectors | None
    """(n, 128) of the second engine."""

    @property
    def both(self) -> Vectors:
        assert self.second is not None
        return np.hstack([FIRST * self.dlib, SECOND * self.second])

    def without(self, names: tuple[str, ...]) -> Faces:
        keep = [i for i, file in enumerate(self.file) if Path(file).name not in names]
        return Faces(
            [self.file[i] for i in keep],
            [self.person[i] for i in keep],
            [self.reference[i] for i in keep],
            self.plain[keep],
            self.dlib[keep],
            None if self.second is None else self.second[keep],
        )


Labelled = tuple[str, str, bool, Pixels, Found]


def faces_of_people(
    folder: Path, models: Path | None, kept: Path | None, left_out: tuple[str, ...]
) -> Faces:
    """Of each picture the face nearest to the middle, which is the one the folder names."""
    return (_read(kept) or _measure(_people(folder), models, kept)).without(left_out)


def faces_of_school(folder: Path, models: Path | None, kept: Path | None) -> Faces:
    """Every face of the school's portraits and photos, named by the manifest."""
    return _read(kept) or _measure(_school(folder), models, kept)


def _people(folder: Path) -> Iterator[Labelled]:
    for path in sorted(folder.glob("*/*.jpg")):
        rgb, _ = pixels(path)
        found = default_engine().find_portrait(rgb)
        if found:
            middle = rgb.shape[1] / 2
            best = min(found, key=lambda one: abs((one.box.left + one.box.right) / 2 - middle))
            yield str(path), path.parent.name, False, rgb, best


def _school(folder: Path) -> Iterator[Labelled]:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for photo in manifest["photos"]:
        portrait = photo["kind"] in ("reference", "test_view")
        rgb, factor = pixels(folder / photo["file"])
        engine = default_engine()
        for found in (engine.find_portrait if portrait else engine.find)(rgb):
            for person in photo["people"]:
                (box,) = boxes([person["box"]], factor)
                if box.overlap(found.box) > SAME_FACE:
                    yield photo["file"], person["id"], photo["kind"] == "reference", rgb, found
                    break


def _measure(labelled: Iterator[Labelled], models: Path | None, kept: Path | None) -> Faces:
    engine = default_engine()
    checked = read_models(models) if models is not None else None
    second = recogniser_for(checked.recogniser, checked.weights) if checked else None
    names: list[tuple[str, str, bool]] = []
    rows: list[tuple[Vectors, Vectors, Vectors]] = []
    for file, person, is_reference, rgb, found in labelled:
        if unfit(rgb, found, engine.thresholds):
            continue
        names.append((file, person, is_reference))
        other = second.encode(rgb, found) if second else np.empty(0, np.float32)
        rows.append((_plain(rgb, found), engine.encode(rgb, found), other))
    plain, dlib, others = (np.stack(column) for column in zip(*rows, strict=True))
    files, people, references = (list(column) for column in zip(*names, strict=True))
    if kept is not None:
        np.savez(
            kept, files=files, person=people, reference=references, plain=plain, dlib=dlib,
            second=others,
        )  # fmt: skip
    return Faces(files, people, references, plain, dlib, others if second else None)


def _plain(rgb: Pixels, found: Found) -> Vectors:
    square = inner_square(found.box)
    place = (square.top, square.right, square.bottom, square.left)
    (vector,) = face_recognition().face_encodings(rgb, [place], model="small")
    return np.asarray(vector, dtype=np.float32)


def _read(kept: Path | None) -> Faces | None:
    if kept is None or not kept.exists():
        return None
    with np.load(kept, allow_pickle=False) as stored:
        second = stored["second"]
        return Faces(
            stored["files"].tolist(),
            stored["person"].tolist(),
            stored["reference"].tolist(),
            stored["plain"],
            stored["dlib"],
            second if second.shape[1] else None,
        )
