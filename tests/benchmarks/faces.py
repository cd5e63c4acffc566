"""Measure the search for faces and their recognition, beside others; exits 1 when a goal is missed.

    python tests/benchmarks/faces.py find [FOLDER]    pictures and `truth.json`: for each file
                                                      `faces` (boxes) and `ignore` (areas)
    python tests/benchmarks/faces.py know [FOLDER]    one folder of pictures a person
    python tests/benchmarks/faces.py school [FOLDER]  the synthetic school: `manifest.json`

--models FOLDER adds the second engine and YuNet. --quick leaves out dlib's slow CNN detector.
--vectors FILE keeps what was measured of each face, and reads it the next time; by default
nothing is kept. Without data there is nothing to measure, and it says so. One thread.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from finding import measure_finding
from knowing import measure_people, measure_school

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
DATA = {"find": SHARED / "groups", "know": SHARED / "faces", "school": SHARED / "school"}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=tuple(DATA))
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--models", type=Path, help="weights of the second engine")
    parser.add_argument("--quick", action="store_true", help="without dlib's CNN (find)")
    parser.add_argument("--vectors", type=Path, help="file that keeps the vectors (know, school)")
    arguments = parser.parse_args()
    folder = arguments.folder or DATA[arguments.what]
    if not folder.is_dir():
        print(f"There is no folder {folder}; nothing was measured.")
        return 0
    if arguments.what == "find":
        missed = measure_finding(folder, arguments.models, arguments.quick)
    elif arguments.what == "know":
        missed = measure_people(folder, arguments.models, arguments.vectors)
    else:
        missed = measure_school(folder, arguments.models, arguments.vectors)
    print("\nGoals: " + ("; ".join(f"MISSED: {goal}" for goal in missed) or "all reached") + ".")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
