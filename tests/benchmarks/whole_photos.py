"""`gatekeeper check` on whole photos of the synthetic school, against who is in them.

    python tests/benchmarks/whole_photos.py [--school FOLDER] [--channel website]

FOLDER holds `manifest.json` and the photos (by default ../shared/data/school beside the
repository); where it is absent, the smaller set in config/sample-school is used. The
register is always the sample school's. Exits 1 when a photo is cleared that must not be.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gatekeeper.cli.desk import CheckDesk, Request
from gatekeeper.folder_register import open_folder, register_from
from gatekeeper_detectors.values import Answer, Register

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "config" / "sample-school"


@dataclass(frozen=True)
class Truth:
    """One photo and who is in it."""

    path: Path
    people: tuple[str, ...]


def truths(school: Path) -> list[Truth]:
    manifest = school / "manifest.json"
    if manifest.exists():
        photos = json.loads(manifest.read_text(encoding="utf-8"))["photos"]
        return [
            Truth(school / photo["file"], tuple(person["id"] for person in photo["people"]))
            for photo in photos
            if photo["file"].startswith("photos/")
        ]
    lines = (SAMPLE / "photos.csv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split(",") for line in lines]
    return [Truth(SAMPLE / "photos" / name, tuple(people.split())) for name, people in rows]


def expected(truth: Truth, register: Register) -> str:
    """The verdict of somebody who knows everybody in the picture and the register."""
    pupils = [register.pupil_by_id[one] for one in truth.people if one in register.pupil_by_id]
    if any(pupil.group is not Answer.YES for pupil in pupils):
        return "rejected"
    if len(pupils) == 1:
        return "flagged" if pupils[0].individual is Answer.YES else "rejected"
    known = {template.person_id for template in register.templates}
    return "clear" if known.issuperset(truth.people) else "flagged"


def declared_class(truth: Truth, register: Register) -> str:
    """What a teacher would choose: the one class of all the pupils, or none."""
    classes = {
        register.pupil_by_id[one].class_name for one in truth.people if one in register.pupil_by_id
    }
    return classes.pop() if len(classes) == 1 else ""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--school", type=Path, default=ROOT.parent / "shared/data/school")
    parser.add_argument("--channel", default="website")
    options = parser.parse_args()
    today = date.today()  # noqa: DTZ011
    plain = register_from(open_folder(SAMPLE, today), options.channel, today)
    table: Counter[tuple[str, str]] = Counter()
    with CheckDesk(SAMPLE, None) as desk:
        for truth in truths(options.school):
            request = Request(
                (str(truth.path),),
                "Pupils at school.",
                ("A picture of school life.",),
                declared_class(truth, plain),
                options.channel,
            )
            case, verdict, _ = desk.check(request)
            wanted, got = expected(truth, case.register), str(verdict.outcome)
            table[wanted, got] += 1
            rules = ", ".join(sorted({f.rule for f in verdict.findings if f.action != "note"}))
            found = len(case.photos[0].faces or ())
            print(
                f"{truth.path.name:18} people {len(truth.people):2}  faces {found:2}  "
                f"expected {wanted:8}  got {got:8}  {rules}",
                flush=True,
            )
    return report(table)


def report(table: Counter[tuple[str, str]]) -> int:
    verdicts = ("clear", "flagged", "rejected")
    print("\n| expected | got clear | got flagged | got rejected |\n|---|---|---|---|")
    for wanted in verdicts:
        print(f"| {wanted} | " + " | ".join(str(table[wanted, got]) for got in verdicts) + " |")
    leaks = table["flagged", "clear"] + table["rejected", "clear"]
    total = table.total()
    to_people = sum(count for (_, got), count in table.items() if got == "flagged")
    print(f"\nphotos: {total}; cleared although they must not be: {leaks}")
    print(f"sent to a person: {to_people}")
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(main())
