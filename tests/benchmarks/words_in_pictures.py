"""How well `name-in-picture` finds names on badges, by the height of the letters.

    python tests/benchmarks/words_in_pictures.py [FOLDER]

FOLDER holds photos (by default ../shared/data/school/photos beside the repository; where it is
absent, config/sample-school/photos). A badge with the full or first name of a pupil of the sample
school is drawn into each photo, flat and turned by 15 degrees; and the photos are read as they
are, for false alarms. Exits 1 when fewer than 99 % of badges of 20 pixels and more are held.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from gatekeeper.folder_register import open_folder, register_from
from gatekeeper_detectors.rule import Options
from gatekeeper_detectors.rules.name_in_picture import RULE
from gatekeeper_detectors.values import Case, CleanPicture, Photo, Register
from gatekeeper_detectors.writing import read_lines

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "config" / "sample-school"
HEIGHTS = (10, 14, 20, 30, 45)
"""Letter sizes in pixels of the published picture."""
LONGEST_EDGE = 1600
GOAL = 0.99


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--photos", type=int, default=1000, help="stop after so many")
    options = parser.parse_args()
    shared = ROOT.parent / "shared/data/school/photos"
    folder = options.folder or (shared if shared.is_dir() else SAMPLE / "photos")
    paths = sorted(folder.glob("*.jpg"))[: options.photos]
    today = date.today()  # noqa: DTZ011
    register = register_from(open_folder(SAMPLE, today), "website", today)
    held, drawn, alarms, seconds = measure(paths, register)
    print(f"{len(paths)} photos; false alarms {alarms}; {seconds / len(paths):.1f} s a photo")
    print("| letters, pixels | flat | turned 15 degrees |\n|---|---|---|")
    for height in HEIGHTS:
        cells = [f"{held[height, turn]} of {drawn[height, turn]}" for turn in (0, 15)]
        print(f"| {height} | {cells[0]} | {cells[1]} |")
    large = [key for key in drawn if key[0] >= 20]
    share = sum(held[key] for key in large) / sum(drawn[key] for key in large)
    print(f"held with letters of 20 pixels and more: {share:.3f} (goal {GOAL})")
    return int(share < GOAL)


Tally = Counter[tuple[int, int]]


def measure(paths: list[Path], register: Register) -> tuple[Tally, Tally, int, float]:
    held, drawn, alarms, seconds = Counter(), Counter(), 0, 0.0
    rng = random.Random(5)
    for path in paths:
        with Image.open(path) as opened:
            photo = ImageOps.exif_transpose(opened).convert("RGB")
        photo.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
        started = time.process_time()
        alarms += _names(photo, register)
        seconds += time.process_time() - started
        height, turn = rng.choice(HEIGHTS), rng.choice((0, 15))
        pupil = rng.choice(register.pupils)
        name = rng.choice((pupil.full_name, pupil.first_name))
        drawn[height, turn] += 1
        held[height, turn] += _names(_with_badge(photo, name, height, turn, rng), register)
    return held, drawn, alarms, seconds


def _with_badge(
    photo: Image.Image, name: str, height: int, turn: int, rng: random.Random
) -> Image.Image:
    font = ImageFont.load_default(size=height)
    width = round(font.getlength(name))
    badge = Image.new("RGBA", (width + height, round(height * 1.8)), (250, 250, 245, 255))
    ImageDraw.Draw(badge).text((height // 2, height // 4), name, fill=(25, 25, 60), font=font)
    badge = badge.rotate(turn, expand=True, resample=Image.Resampling.BICUBIC)
    result = photo.copy()
    room = (photo.width - badge.width, photo.height - badge.height)
    place = (rng.randrange(max(room[0], 1)), rng.randrange(max(room[1], 1)))
    result.paste(badge, place, badge)
    return result


def _names(photo: Image.Image, register: Register) -> bool:
    lines = read_lines(np.asarray(photo))
    clean = CleanPicture(b"", "", photo.width, photo.height, photo.width, photo.height, "JPEG")
    shown = Photo("photo.jpg", clean, faces=(), words=lines)
    case = Case("website", "", (shown,), register, date(2026, 1, 5))
    return bool(list(RULE.check(case, Options())))


if __name__ == "__main__":
    sys.exit(main())
