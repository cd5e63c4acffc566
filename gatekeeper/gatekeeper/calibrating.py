"""Calibrating on a folder of pictures: measure every face, choose, and say what was found."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.measuring import Vector, digest_of, measure_all
from gatekeeper.progress import counting
from gatekeeper_detectors.faces.calibrate import (
    HALVINGS,
    NeverSafe,
    TooFew,
    calibrate,
    sort_people,
)
from gatekeeper_detectors.faces.calibration import Calibration, Rate, Rates, as_toml
from gatekeeper_detectors.faces.engine import engine_for
from gatekeeper_detectors.faces.search import FacePool

_WORKERS = 2
_SECONDS = 60.0
_PICTURES = (".jpg", ".jpeg", ".png", ".heic", ".webp")


class CannotCalibrate(Exception):
    """The folder allows no calibration; the message says what is missing."""


@dataclass(frozen=True)
class Result:
    """The text of the calibration file, and lines for the person who ran it."""

    text: str
    lines: tuple[str, ...]


def calibrate_folder(folder: Path, models: Path | None, least_margin: float = 0.0) -> Result:
    """Raises `CannotCalibrate` and `ModelsRefused`."""
    engine = engine_for(models)
    pictures = _pictures(folder)
    with FacePool(_WORKERS, _SECONDS, models) as pool, counting("Measuring", len(pictures)) as each:
        data = [path.read_bytes() for path in pictures]
        measured = measure_all(pool, data, _WORKERS, each=each)
    vectors: dict[str, list[Vector]] = defaultdict(list)
    for path, picture in zip(pictures, data, strict=True):
        found = measured[digest_of(picture)]
        if not isinstance(found, str):
            vectors[path.parent.name].append(found)
    try:
        people = sort_people(vectors)
        with counting("Choosing", HALVINGS) as each:
            chosen = calibrate(people, engine.thresholds, least_margin, each)
    except (TooFew, NeverSafe) as error:
        raise CannotCalibrate(str(error)) from error
    usable = sum(map(len, vectors.values()))
    calibration = Calibration(
        engine=engine.name,
        version=engine.version,
        strict=chosen.strict,
        margin=chosen.margin,
        people=len(people.enrolled) + len(people.strangers),
        pictures=usable,
        date=datetime.now(UTC).astimezone().date().isoformat(),
    )
    lines = (
        f"{usable} of {len(pictures)} pictures show one face that can be recognised; "
        f"{len(people.enrolled)} people enrolled, {len(people.strangers)} strangers.",
        f"{engine.name} {engine.version}: strict {chosen.strict}, margin {chosen.margin}.",
        *(line for rates in chosen.tested for line in _lines(rates)),
    )
    return Result(as_toml(calibration, chosen.tested, HALVINGS), lines)


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CannotCalibrate(f"There is no folder {folder}.")
    found = sorted(p for p in folder.glob("*/*") if p.suffix.lower() in _PICTURES)
    if not found:
        raise CannotCalibrate(f"{folder} must hold one folder of pictures for each person.")
    return found


def _lines(rates: Rates) -> list[str]:
    """What was tested on people who had no part in the choice."""
    return [
        f"With {rates.register} people enrolled:",
        f"  cleared of those who may be shown: {_said(rates.cleared)}",
        f"  taken for somebody else who may be shown: {_said(rates.as_another)}",
        f"  cleared of those who may not be shown: {_said(rates.without_consent)}",
        f"  cleared of strangers: {_said(rates.strangers)}",
    ]


def _said(rate: Rate) -> str:
    said = f"{rate.share:.2%} ({rate.hits} of {rate.of})"
    if rate.hits:
        return said
    return f"{said}; if each try stood alone, likely below {3 / max(rate.of, 1):.2%}"
