"""How well `child-named` does on labelled captions, and how fast it is.

    python tests/benchmarks/captions.py [FOLDER] [--wrong]

FOLDER holds captions.csv (id, category, caption, should_catch, expected, why), roster.csv
(first, middle, last, preferred, class) and staff.csv (title, first, last).
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import time
from collections import Counter, defaultdict
from pathlib import Path

from gatekeeper_detectors.findings import Outcome, outcome_of
from gatekeeper_detectors.rules.child_named import check_text
from gatekeeper_detectors.text.names import NameIndex, index_of
from gatekeeper_detectors.values import Pupil, Register, StaffMember

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
OTHER_RULES = ("contact", "unknown")
"""Categories that `personal-data` and `may-name-child` answer for."""

HARMLESS = (
    "Year 4 pupils enjoyed a music lesson with the visiting orchestra.",
    "A wonderful morning at the farm, feeding lambs and planting seeds.",
    "Our netball team won the county cup after a thrilling final!",
    "World Book Day costumes looked amazing this year.",
    "The Summer fair raised £1,200 for new library books. Thank you to everyone.",
    "Children in Reception made bread and butter pudding.",
    "Science week: building bridges from paper and string.",
    "Will you help at the cake sale on Friday?",
    "Snow day! The playground was white this morning.",
    "May half-term starts on Monday 27 May.",
    "Pupils painted self-portraits in the style of Picasso.",
    "A rose garden grows behind the hall now, thanks to the PTA.",
    "Christmas carol concert on Tuesday at 6 pm in the church.",
    "Thank you to Mr Young for fixing the bikes.",
    "Forest School explored the woods and found frogspawn.",
    "Please mark your calendars for sports day.",
)
FORMS = (
    "Well done {first}!",
    "{first}'s painting won",
    "#TeamWork with {first} {last}",
    "#WellDone{first}",
    "{last}, {first}",
    "{initial}. {last} read a poem",
    "Follow @{first}_{last}",
    "{upper} scored twice",
    "see photos.example/a?n={first}%20{last}",
    "medal for {lower_full} today",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--wrong", action="store_true", help="print each caption judged wrongly")
    options = parser.parse_args()
    if not (options.folder / "captions.csv").is_file():
        print(f"There is no captions.csv in {options.folder}: nothing to measure.")
        return
    register = read_register(options.folder)
    labelled(options.folder, register, options.wrong)
    planted(register)
    speed(register)


def read_register(folder: Path) -> Register:
    pupils = tuple(
        Pupil(f"p{n}", row["first"], row["last"], row["middle"], row["preferred"], row["class"])
        for n, row in enumerate(_rows(folder / "roster.csv"))
    )
    staff = tuple(
        StaffMember(f"s{n}", row["last"], row["first"], row["title"])
        for n, row in enumerate(_rows(folder / "staff.csv"))
    )
    return Register(pupils, staff)


def labelled(folder: Path, register: Register, show_wrong: bool) -> None:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for row in _rows(folder / "captions.csv"):
        outcome = outcome_of(check_text(row["caption"], register))
        table[row["category"]][f"{row['expected']} {outcome}"] += 1
        cleared = outcome is Outcome.CLEAR
        if show_wrong and cleared != (row["expected"] == "clear"):
            print(f"  {row['id']:>4} {row['expected']:>6} got {outcome}: {row['caption']!r}")
    print(f"{'category':<16}{'held':>9}{'harmless':>10}{'rejects right':>15}")
    ours: Counter[str] = Counter()
    for category, counts in table.items():
        note = "  (other rules)" if category in OTHER_RULES else ""
        ours.update({} if note else counts)
        print(f"{category:<16}{_shares(counts)}{note}")
    print(f"{'all of ours':<16}{_shares(ours)}")


def _shares(counts: Counter[str]) -> str:
    def total(expected: tuple[str, ...], outcomes: tuple[str, ...]) -> int:
        return sum(counts[f"{one} {two}"] for one in expected for two in outcomes)

    named, every = ("reject", "flag"), ("clear", "flagged", "rejected")
    held = f"{total(named, ('flagged', 'rejected'))}/{total(named, every)}"
    clear = f"{total(('clear',), ('clear',))}/{total(('clear',), every)}"
    right = f"{total(('reject',), ('rejected',))}/{total((*named, 'clear'), ('rejected',))}"
    return f"{held:>9}{clear:>10}{right:>15}"


def planted(register: Register) -> None:
    """Each pupil in each form in a harmless sentence; and the sentences alone."""
    rng = random.Random(7)
    missed: Counter[str] = Counter()
    for pupil in register.pupils:
        for form in FORMS:
            text = f"{rng.choice(HARMLESS)} {_fill(form, pupil)}"
            missed[form] += outcome_of(check_text(text, register)) is Outcome.CLEAR
    cleared = sum(outcome_of(check_text(text, register)) is Outcome.CLEAR for text in HARMLESS)
    print(f"\nplanted names, {len(register.pupils)} pupils: not held, by form")
    for form in FORMS:
        print(f"  {form:<44}{missed[form]:>4}")
    print(f"harmless sentences cleared: {cleared}/{len(HARMLESS)}")


def _fill(form: str, pupil: Pupil) -> str:
    first, last = pupil.preferred_name or pupil.first_name, pupil.last_name
    return form.format(
        first=first, last=last, initial=first[0], upper=first.upper(),
        lower_full=f"{first} {last}".lower(),
    )  # fmt: skip


def speed(register: Register) -> None:
    print("\n  pupils  index, ms  280 characters, ms  10,000 characters, ms")
    for size in (400, 5_000, 50_000):
        large = invented_register(size, register)
        start = time.perf_counter()
        NameIndex(large.pupils, large.staff)
        built = time.perf_counter() - start
        index_of(large)
        short = _median_ms(" ".join(HARMLESS)[:280], large)
        long = _median_ms((" ".join(HARMLESS) * 12)[:10_000], large)
        print(f"{size:>8}{built * 1000:>11.0f}{short:>20.1f}{long:>23.1f}")


def invented_register(size: int, register: Register) -> Register:
    """Pupils with made-up surnames of two syllables sets and the roll's first names."""
    rng = random.Random(size)
    ends = ("ley", "worth", "ham", "by", "thorpe", "wick", "combe", "stead")
    starts = [
        a + b for a in ("Bra", "Cre", "Dro", "Fli", "Gro", "Hu", "Ka") for b in "bdfgklmnprst"
    ]
    firsts = [pupil.first_name for pupil in register.pupils]
    pupils = tuple(
        Pupil(f"x{n}", rng.choice(firsts), rng.choice(starts) + rng.choice(ends) + str(n % 97))
        for n in range(size)
    )
    return Register(pupils)


def _median_ms(text: str, register: Register) -> float:
    times = []
    for _ in range(7):
        start = time.perf_counter()
        check_text(text, register)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
