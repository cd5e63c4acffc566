"""Weight files that a school fetches itself: known by their digest, or not used at all.

They are not in the package: each has its own licence and publisher. A file is read once,
its bytes are checked, and the same bytes are given to the network, so nobody can change
the file in between.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class WeightFile:
    """One file that this code was written for."""

    name: str
    sha256: str
    publisher: str
    """The project that publishes it, by name."""


YUNET = WeightFile(
    "face_detection_yunet_2023mar.onnx",
    "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    "OpenCV Zoo (opencv_zoo, models/face_detection_yunet)",
)
SFACE = WeightFile(
    "face_recognition_sface_2021dec.onnx",
    "f6abbfff9575e3041db692c1e29d782e995191888477fd59ebc81202d99fc63b",
    "OpenCV Zoo (opencv_zoo, models/face_recognition_sface)",
)
MOBILEFACENET = WeightFile(
    "MobileFaceNet.onnx",
    "b7120c095d60094f28a4a54ba6a8bf51b297a6273fb40ef6350dfec1f63d9507",
    "an Apache-2.0 MobileFaceNet project (112 x 112 pixels in, 128 values out)",
)
RECOGNISERS = (MOBILEFACENET, SFACE)
"""In the order of preference: the first was measured here, the second could not be."""


class ModelsRefused(Exception):
    """The folder of models cannot be used; the message says which file and what to do."""


@dataclass(frozen=True)
class Models:
    """A checked folder: the detector's bytes, and which recogniser it has with its bytes."""

    yunet: bytes
    recogniser: WeightFile
    weights: bytes


def read_models(folder: Path) -> Models:
    """Read and check the two files. Raises `ModelsRefused`."""
    if not folder.is_dir():
        raise ModelsRefused(
            f"There is no folder of models {folder}. Make it, or take the setting 'models' away: "
            "then faces are recognised by dlib alone."
        )
    yunet = _read(folder, YUNET)
    for known in RECOGNISERS:
        if (folder / known.name).exists():
            return Models(yunet, known, _read(folder, known))
    wanted = " or ".join(f"{known.name} from {known.publisher}" for known in RECOGNISERS)
    raise ModelsRefused(f"The folder {folder} has no recogniser. Put {wanted} into it.")


def _read(folder: Path, known: WeightFile) -> bytes:
    """The bytes of the file, exactly those that are known."""
    path = folder / known.name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelsRefused(
            f"The file {path} cannot be read ({error.strerror}). "
            f"Fetch {known.name} from {known.publisher}."
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != known.sha256:
        raise ModelsRefused(
            f"The file {path} is not the one that this version knows: its SHA-256 begins with "
            f"{digest[:12]} and should begin with {known.sha256[:12]}. It may be incomplete, or "
            f"a pointer to the real file. Fetch {known.name} again from {known.publisher}."
        )
    return content
