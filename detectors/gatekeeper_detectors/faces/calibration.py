"""Calibration files: how sure an engine must be, and on what that was measured.

Made by `gatekeeper calibrate`; the package carries those of the engines that could be
measured, in `calibrations/`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gatekeeper_detectors.faces.thresholds import Part, Thresholds


class BadCalibration(Exception):
    """A calibration file cannot be used; the message says why."""


class NotCalibrated(Exception):
    """The package carries no calibration of this engine."""


class Calibration(BaseModel):
    """What a calibration file says that a program needs; the rates in it are for people."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    engine: str
    version: str
    strict: float = Field(ge=0, le=2, allow_inf_nan=False)
    margin: float = Field(ge=0, le=2, allow_inf_nan=False)
    people: int = Field(ge=0)
    pictures: int = Field(ge=0)
    date: str


@dataclass(frozen=True)
class Rate:
    """How often something happened, of how often it could have."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        return self.hits / self.of if self.of else 0.0


@dataclass(frozen=True)
class Rates:
    """What thresholds do to faces whose owner is known."""

    register: int
    """People enrolled."""
    cleared: Rate
    """Faces of people who may be shown, given to them."""
    as_another: Rate
    """Faces of people who may be shown, given to somebody else who may."""
    without_consent: Rate
    """Faces of people who may not be shown, given to somebody who may."""
    strangers: Rate
    """Faces of people who are not enrolled, given to somebody who may be shown."""


def read_calibration(path: Path) -> Calibration:
    """Raises `BadCalibration`."""
    try:
        return parse_calibration(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadCalibration(f"The calibration file {path} cannot be read: {error}") from error
    except BadCalibration as error:
        raise BadCalibration(f"The calibration file {path}: {error}") from error


def parse_calibration(text: str) -> Calibration:
    """Raises `BadCalibration`."""
    try:
        return Calibration.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadCalibration(f"it is not TOML ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadCalibration(f"{where}: {first['msg']}") from error


@lru_cache
def shipped(engine: str, version: str, parts: tuple[Part, ...] = ()) -> Thresholds:
    """The thresholds that the package carries. Raises `NotCalibrated`."""
    file = files("gatekeeper_detectors.faces") / "calibrations" / f"{engine}-{version}.toml"
    if not file.is_file():
        raise NotCalibrated(f"{engine} {version}")
    found = parse_calibration(file.read_text(encoding="utf-8"))
    return Thresholds(found.strict, found.margin, parts=parts)


def as_toml(calibration: Calibration, rates: list[Rates], draws: int) -> str:
    """The text of a calibration file."""
    lines = [
        "# Made by 'gatekeeper calibrate'. A zero of N tries only means: likely less than 3 of N.",
        *(f"{key} = {_value(value)}" for key, value in calibration.model_dump().items()),
        "",
        "# Chosen on one half of the people and tested on the other, in "
        f"{draws} ways to halve them; consent is drawn anew for each.",
    ]
    for one in rates:
        lines += ["", "[[tested]]", f"register = {one.register}"]
        for name in ("cleared", "as_another", "without_consent", "strangers"):
            rate: Rate = getattr(one, name)
            lines.append(
                f"{name} = {{ share = {rate.share:.5f}, n = {rate.hits}, of = {rate.of} }}"
            )
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
