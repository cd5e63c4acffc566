"""Measure the cleaning of real camera files: `python tests/benchmarks/metadata.py [FOLDER]`.

Every file of the folder is cleaned; what comes out must verify, what is refused must say
why. Clean pictures are then contaminated in many ways, and each must be found. The files
named `<scene>_<EXIF orientation>` must look alike once cleaned. Exit code 1 on any miss.
"""

from __future__ import annotations

import argparse
import io
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from gatekeeper_detectors.pictures import Limits, Unreadable, clean_picture, residue
from gatekeeper_detectors.values import CleanPicture

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "metadata"
LARGEST_DIFFERENCE = 12.0
"""Mean difference of brightness (0-255) between two shots that must look alike."""

Contaminate = Callable[[bytes], bytes]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    folder: Path = parser.parse_args().folder
    if not folder.is_dir():
        print(f"There is no folder {folder}; nothing was measured.")
        return 0
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    cleaned, faults = clean_all(files)
    faults += turned_wrong(cleaned)
    faults += missed_contaminants(cleaned)
    print("\n".join(faults) or "no faults")
    return 1 if faults else 0


def clean_all(files: list[Path]) -> tuple[dict[Path, CleanPicture], list[str]]:
    """Clean each file; the pictures, and a line for each fault."""
    cleaned: dict[Path, CleanPicture] = {}
    faults, seconds, refusals = [], [], Counter[str]()
    for path in files:
        started = time.perf_counter()
        try:
            cleaned[path] = clean_picture(path.read_bytes(), Limits())
        except Unreadable as refusal:
            refusals[refusal.message] += 1
            faults += [] if refusal.mend else [f"{path}: refused without a mend"]
        except Exception as error:
            faults.append(f"{path}: crashed with {error!r}")
        seconds.append(time.perf_counter() - started)
    faults += [f"{path}: residue {picture.residue}" for path, picture in cleaned.items()
               if picture.residue]  # fmt: skip
    found = Counter(words for picture in cleaned.values() for words in picture.camera.found)
    print(f"{len(files)} files, {len(cleaned)} cleaned, {sum(refusals.values())} refused")
    print(f"seconds each: median {median(seconds):.2f}, most {max(seconds):.2f}")
    print("\n".join(f"  refused {count}: {why}" for why, count in refusals.items()))
    print("\n".join(f"  found {count}: {words}" for words, count in found.most_common()))
    return cleaned, faults


# --- orientation ----------------------------------------------------------------------------


def turned_wrong(cleaned: dict[Path, CleanPicture]) -> list[str]:
    """Files of a series `<scene>_0` to `<scene>_8` that do not look like the one numbered 1."""
    series = {path: picture for path, picture in cleaned.items() if path.stem[-2:-1] == "_"
              and path.stem[-1].isdigit() and "rientation" in str(path.parent)}  # fmt: skip
    faults = []
    for path, picture in series.items():
        first = series.get(path.with_name(f"{path.stem[:-1]}1{path.suffix}"))
        if first is None or _difference(picture, first) > LARGEST_DIFFERENCE:
            faults.append(f"{path}: not upright")
    print(f"{len(series)} orientation examples, {len(faults)} not upright")
    return faults


def _difference(one: CleanPicture, other: CleanPicture) -> float:
    if (one.width > one.height) != (other.width > other.height):
        return 255.0
    grey = [
        np.asarray(Image.open(io.BytesIO(picture.jpeg)).convert("L").resize((48, 48)), np.float32)
        for picture in (one, other)
    ]
    return float(np.abs(grey[0] - grey[1]).mean())


# --- contaminants ---------------------------------------------------------------------------


def _segment(marker: int, content: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


def _put_at(at: int, segment: bytes) -> Contaminate:
    return lambda jpeg: jpeg[:at] + segment + jpeg[at:]


def _put_before_scan(segment: bytes) -> Contaminate:
    def put(jpeg: bytes) -> bytes:
        at = jpeg.index(b"\xff\xda")
        return jpeg[:at] + segment + jpeg[at:]

    return put


def _put_before_end(content: bytes) -> Contaminate:
    return lambda jpeg: jpeg[:-2] + content + jpeg[-2:]


def _resaved(**options: object) -> Contaminate:
    def resave(jpeg: bytes) -> bytes:
        buffer = io.BytesIO()
        settings = {"quality": 85, "subsampling": "4:2:0", **options}
        Image.open(io.BytesIO(jpeg)).save(buffer, "JPEG", **settings)
        return buffer.getvalue()

    return resave


_TIFF = b"Exif\0\0II*\0\x08\0\0\0\1\0\x0e\1\2\0\4\0\0\0abc\0\0\0\0\0"
_PREVIEW = _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1" + b"\x80\x80\x80")

CONTAMINANTS: dict[str, Contaminate] = {
    "comment": _put_at(2, _segment(0xFE, b"private")),
    "comment before the scan": _put_before_scan(_segment(0xFE, b"p")),
    "EXIF": _put_at(2, _segment(0xE1, _TIFF)),
    "EXIF after JFIF": _put_at(20, _segment(0xE1, _TIFF)),
    "XMP": _put_at(20, _segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")),
    "ICC profile": _put_at(20, _segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(128))),
    "several-picture index": _put_at(20, _segment(0xE2, b"MPF\0II*\0\x08\0\0\0\0\0")),
    "IPTC": _put_at(20, _segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0\0")),
    "Adobe marker": _put_at(20, _segment(0xEE, b"Adobe\0\x64\0\0\0\0\1")),
    "unknown application data": _put_before_scan(_segment(0xEB, b"secret")),
    "JFIF preview": lambda jpeg: jpeg[:2] + _PREVIEW + jpeg[20:],
    "JFIF extension": _put_at(20, _segment(0xE0, b"JFXX\0\x10")),
    "other density": lambda jpeg: jpeg[:13] + b"\1\0\x48\0\x48" + jpeg[18:],
    "restart interval": _put_before_scan(_segment(0xDD, b"\0\4")),
    "fill bytes": _put_at(2, b"\xff\xff"),
    "other quantisation table": lambda jpeg: jpeg[:30] + bytes([jpeg[30] ^ 1]) + jpeg[31:],
    "further table": _put_before_scan(_segment(0xDB, b"\2" + bytes(range(1, 65)))),
    "one byte after the end": lambda jpeg: jpeg + b"\0",
    "much after the end": lambda jpeg: jpeg + b"disk" * 100_000,
    "film after the end": lambda jpeg: jpeg + b"\0\0\0\x18ftypmp42" + bytes(500),
    "second picture": lambda jpeg: jpeg + jpeg,
    "archive after the end": lambda jpeg: jpeg + b"PK\3\4" + bytes(40),
    "bytes before the end": _put_before_end(b"hidden here"),
    "restart marker": _put_before_end(b"\xff\xd0"),
    "comment in the coded data": _put_before_end(_segment(0xFE, b"x")),
    "no end": lambda jpeg: jpeg[:-2],
    "other quality": _resaved(quality=90),
    "progressive": _resaved(progressive=True),
    "optimised": _resaved(optimize=True),
    "restart markers": _resaved(restart_marker_blocks=2),
    "full colour resolution": _resaved(subsampling="4:4:4"),
}


def missed_contaminants(cleaned: dict[Path, CleanPicture]) -> list[str]:
    """Contaminated pictures that the verifier takes for clean."""
    faults = [
        f"{path}: {name} was not found"
        for path, picture in cleaned.items()
        for name, contaminate in CONTAMINANTS.items()
        if not residue(contaminate(picture.jpeg))
    ]
    tried = len(cleaned) * len(CONTAMINANTS)
    print(f"{tried} contaminated pictures ({len(CONTAMINANTS)} kinds), {len(faults)} missed")
    return faults


if __name__ == "__main__":
    sys.exit(main())
