"""Measure the search for faces and their recognition.

    python tests/benchmarks/faces.py find [FOLDER]   pictures and `truth.json`: for each file
                                                     `faces` (boxes) and `ignore` (areas)
    python tests/benchmarks/faces.py know [FOLDER]   one folder of pictures a person

Without a folder there is nothing to measure, and it says so. One thread; nothing is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from gatekeeper_detectors.faces.engine import default_engine
from gatekeeper_detectors.faces.enrol import GOOD_REFERENCES, make_template
from gatekeeper_detectors.faces.find import clipped
from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.faces.quality import unfit
from gatekeeper_detectors.faces.recognise import SeenFace, recognise
from gatekeeper_detectors.faces.thresholds import Thresholds
from gatekeeper_detectors.values import Answer, Box, Pupil, Register, Template

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
DATA = {"find": SHARED / "groups", "know": SHARED / "faces"}
LONGEST_EDGE = 1600
"""Pixels; what ingest makes of a picture by default."""
SAME_FACE = 0.35
"""Overlap of a found box with a true one; hand-drawn boxes differ in how much hair they hold."""
BANDS = ((0, 30), (30, 40), (40, 60), (60, 100), (100, 10_000))
"""Heights in pixels of the picture that is searched."""
DRAWS = 20


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("find", "know"))
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--people", type=int, default=100_000, help="stop after so many (know)")
    arguments = parser.parse_args()
    arguments.folder = arguments.folder or DATA[arguments.what]
    if not arguments.folder.is_dir():
        print(f"There is no folder {arguments.folder}; nothing was measured.")
        return 0
    if arguments.what == "find":
        measure_finding(arguments.folder)
    else:
        measure_knowing(*encode_people(arguments.folder, arguments.people))
    return 0


def _pixels(path: Path) -> tuple[Pixels, float]:
    """The upright picture as ingest would size it, and the factor by which it shrank."""
    with Image.open(path) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    before = upright.width
    upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    return np.asarray(upright), upright.width / before


# --- finding --------------------------------------------------------------------------------


@dataclass
class Tally:
    photos: int = 0
    complete: int = 0
    false_boxes: int = 0
    megapixels: float = 0.0
    seconds: float = 0.0
    faces: Counter[tuple[int, int]] = field(default_factory=Counter)
    found: Counter[tuple[int, int]] = field(default_factory=Counter)


def measure_finding(folder: Path) -> None:
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    tally = Tally()
    for name, areas in truth.items():
        rgb, factor = _pixels(folder / name)
        started = time.process_time()
        found = default_engine().find(rgb)
        tally.seconds += time.process_time() - started
        tally.megapixels += rgb.shape[0] * rgb.shape[1] / 1e6
        faces = [clipped(box, rgb) for box in _boxes(areas["faces"], factor)]
        _count(tally, found, faces, _boxes(areas["ignore"], factor))
    total, hits = sum(tally.faces.values()), sum(tally.found.values())
    print(f"recall {hits / total:.4f} ({hits} of {total} faces)")
    for band in BANDS:
        if tally.faces[band]:
            print(f"  {band[0]}-{band[1]} px: {tally.found[band]} of {tally.faces[band]}")
    print(f"false boxes {tally.false_boxes} ({tally.false_boxes / tally.photos:.2f} a photo)")
    print(f"every face found in {tally.complete} of {tally.photos} photos")
    print(f"{tally.seconds / tally.megapixels:.2f} s of one core per megapixel")


def _boxes(areas: list[list[float]], factor: float) -> list[Box]:
    return [Box(*(round(edge * factor) for edge in area)) for area in areas]


def _count(tally: Tally, found: tuple[Found, ...], faces: list[Box], ignore: list[Box]) -> None:
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


# --- knowing --------------------------------------------------------------------------------

Vector = NDArray[np.float32]
People = dict[str, list[Vector]]


def encode_people(folder: Path, at_most: int) -> tuple[People, float]:
    """The fit faces of each person, and the share of pictures that had one."""
    people: People = {}
    pictures = 0
    for person in sorted(path for path in folder.iterdir() if path.is_dir())[:at_most]:
        for path in sorted(person.glob("*.jpg"))[: GOOD_REFERENCES + 2]:
            pictures += 1
            vector = _encode(_pixels(path)[0])
            if vector is not None:
                people.setdefault(person.name, []).append(vector)
    return people, sum(map(len, people.values())) / max(pictures, 1)


def _encode(rgb: Pixels) -> Vector | None:
    """The face nearest to the middle, when it may be recognised."""
    engine = default_engine()
    found = engine.find_portrait(rgb)
    if not found:
        return None
    middle = rgb.shape[1] / 2
    face = min(found, key=lambda one: abs((one.box.left + one.box.right) / 2 - middle))
    if unfit(rgb, face, engine.thresholds):
        return None
    return engine.encode(rgb, face.box, jitters=1)


def measure_knowing(people: People, fit: float) -> None:
    """Choose on one half of the people, test on the other; half of each is without consent."""
    enough = sorted(name for name, vectors in people.items() if len(vectors) > GOOD_REFERENCES)
    alone = sorted(name for name in people if name not in enough)
    random.Random(1).shuffle(enough)
    half = len(enough) // 2
    print(f"{fit:.3f} of the pictures had a face fit to be recognised")
    print(f"{len(enough)} people with references, {len(alone)} strangers, {DRAWS} draws")
    print("strict margin | cleared | as another | without consent: cleared  stopped | stranger")
    usual = default_engine().thresholds
    for name, chosen, strangers in (
        ("one half", enough[:half], alone[::2]),
        ("the other", enough[half:], alone[1::2]),
        ("everybody", enough, alone),
    ):
        print(name)
        for strict, margin in ((0.45, 0.08), (0.45, 0.1), (0.425, 0.1), (0.425, 0.12), (0.4, 0.14)):
            limits = usual.adjusted(strict, margin)
            print(_line(limits, _rates(people, chosen, strangers, limits)))


def _line(limits: Thresholds, rates: dict[str, tuple[int, int]]) -> str:
    shares = "  ".join(f"{hits / max(of, 1):.4f} ({hits}/{of})" for hits, of in rates.values())
    return f"  {limits.strict:.3f} {limits.margin:.2f} | {shares}"


def _rates(
    people: People, enrolled: list[str], strangers: list[str], limits: Thresholds
) -> dict[str, tuple[int, int]]:
    """For each kind of outcome, how often it happened of how many."""
    templates = tuple(make_template(name, people[name][:GOOD_REFERENCES]) for name in enrolled)
    counts: Counter[str] = Counter()
    for draw in range(DRAWS):
        yes = set(random.Random(draw).sample(enrolled, len(enrolled) // 2))
        register = _register(enrolled, yes, templates)
        for name in enrolled:
            for vector in people[name][GOOD_REFERENCES:]:
                matched = _matched(vector, register, limits)
                kind = "yes" if name in yes else "no"
                counts[kind] += 1
                counts[f"{kind} right"] += matched == name
                counts[f"{kind} cleared wrongly"] += matched in yes and matched != name
        for name in strangers:
            counts["stranger"] += 1
            counts["stranger cleared"] += _matched(people[name][0], register, limits) in yes
    return {
        "cleared": (counts["yes right"], counts["yes"]),
        "as another": (counts["yes cleared wrongly"], counts["yes"]),
        "without consent cleared": (counts["no cleared wrongly"], counts["no"]),
        "without consent stopped": (counts["no right"], counts["no"]),
        "stranger": (counts["stranger cleared"], counts["stranger"]),
    }


def _register(enrolled: list[str], yes: set[str], templates: tuple[Template, ...]) -> Register:
    pupils = tuple(
        Pupil(name, name, "", group=Answer.YES if name in yes else Answer.NO) for name in enrolled
    )
    return Register(pupils, templates=templates)


def _matched(vector: Vector, register: Register, limits: Thresholds) -> str:
    seen = SeenFace(Box(0, 0, 100, 100), 1.0, (), vector=vector)
    return recognise([seen], register, "", limits)[0].matched


if __name__ == "__main__":
    sys.exit(main())
