"""How well the rules for text do on labelled and made-up captions, and how fast they are.

    python tests/benchmarks/captions.py [FOLDER] [--wrong]

FOLDER holds captions.csv (id, category, caption, should_catch, expected, why), roster.csv
(first, middle, last, preferred, class) and staff.csv (title, first, last). Three more sets of
captions for the same roster lie beside this file. Each was written without knowing how the rules
judge it, measured once, and then used to mend them; the README has the first figures.
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import time
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

from sentences import FORMS, harmless, plant

from gatekeeper_detectors.findings import Outcome
from gatekeeper_detectors.policy import Policy, make_policy
from gatekeeper_detectors.text.caption import check_caption
from gatekeeper_detectors.text.lexicon import given_names
from gatekeeper_detectors.text.names import NameIndex, index_of
from gatekeeper_detectors.values import Pupil, Register, StaffMember

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data"
TODAY = date(2026, 11, 24)
OWN_SITE = make_policy({"rules": {"unchecked-link": {"own_sites": ["oakfield.example"]}}})
"""As a school would set it up that has the website oakfield.example."""
SETS = ("written_first", "kept_back", "written_later")
X_ONLY = ("dialogue",)
"""Categories that are judged for X; the others for the website."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--wrong", action="store_true", help="print each caption judged wrongly")
    options = parser.parse_args()
    if not (options.folder / "captions.csv").is_file():
        print(f"There is no captions.csv in {options.folder}: nothing to measure.")
        return
    register = read_register(options.folder)
    for name in SETS:
        labelled(HERE / f"captions_{name}.csv", register, options.wrong)
    labelled(options.folder / "captions.csv", register, options.wrong)
    planted(register)
    false_alarms(register)
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


def labelled(path: Path, register: Register, show_wrong: bool) -> None:
    """How many that should be held are held, and how many harmless ones are cleared."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for row in _rows(path):
        channel = "twitter" if row["category"] in X_ONLY else "website"
        outcome = _outcome(row["caption"], register, channel)
        table[row["category"]][f"{row['expected']} {outcome}"] += 1
        if show_wrong and (outcome is Outcome.CLEAR) != (row["expected"] == "clear"):
            print(f"  {row['id']:>4} {row['expected']:>6} got {outcome}: {row['caption']!r}")
    print(f"\n{path.name:<28}{'held':>9}{'harmless':>10}{'rejected wrongly':>18}")
    every: Counter[str] = Counter()
    for category, counts in table.items():
        every.update(counts)
        print(f"{category:<28}{_shares(counts)}")
    print(f"{'all':<28}{_shares(every)}")


def _shares(counts: Counter[str]) -> str:
    def total(expected: tuple[str, ...], outcomes: tuple[str, ...]) -> int:
        return sum(counts[f"{one} {two}"] for one in expected for two in outcomes)

    named, every = ("reject", "flag"), ("clear", "flagged", "rejected")
    held = f"{total(named, ('flagged', 'rejected'))}/{total(named, every)}"
    clear = f"{total(('clear',), ('clear',))}/{total(('clear',), every)}"
    return f"{held:>9}{clear:>10}{total(('clear',), ('rejected',)):>18}"


def planted(register: Register) -> None:
    """Each pupil in each form in a harmless sentence."""
    rng, sentences = random.Random(7), harmless()
    missed: Counter[str] = Counter()
    for pupil in register.pupils:
        for form in FORMS:
            name = plant(form, pupil.preferred_name or pupil.first_name, pupil.last_name)
            text = f"{rng.choice(sentences)} {name}"
            missed[form] += _outcome(text, register) is Outcome.CLEAR
    count = len(register.pupils) * len(FORMS)
    print(f"\nnames planted: {count}, held {count - missed.total()}; not held, by form")
    for form, number in missed.items():
        if number:
            print(f"  {form:<44}{number:>4}")


def false_alarms(register: Register) -> None:
    """Harmless sentences that are held back although they name nobody, by size of the roll."""
    hard = [row for name in SETS for row in _rows(HERE / f"captions_{name}.csv")]
    groups = {
        "made from templates": harmless(),
        "written to be hard": [row["caption"] for row in hard if row["expected"] == "clear"],
    }
    print("\n  pupils  harmless sentences: flagged, rejected")
    for size in (len(register.pupils), 400, 5_000):
        roll = register if size == len(register.pupils) else invented_register(size, register)
        for kind, sentences in groups.items():
            counts = Counter(_outcome(text, roll) for text in sentences)
            flagged, rejected = counts[Outcome.FLAGGED], counts[Outcome.REJECTED]
            shares = f"{flagged / len(sentences):.1%}, {rejected / len(sentences):.1%}"
            print(f"{size:>8}  {len(sentences)} {kind}: {flagged}, {rejected} ({shares})")


def speed(register: Register) -> None:
    text = " ".join(harmless())
    print("\n  pupils  index, ms  280 characters, ms  10,000 characters, ms")
    for size in (400, 5_000, 50_000):
        large = invented_register(size, register)
        start = time.perf_counter()
        NameIndex(large.pupils, large.staff)
        built = time.perf_counter() - start
        index_of(large)
        short, long = _median_ms(text[:280], large), _median_ms(text[:10_000], large)
        print(f"{size:>8}{built * 1000:>11.0f}{short:>20.1f}{long:>23.1f}")


def invented_register(size: int, register: Register) -> Register:
    """Pupils with first names of the list and of the roll, and surnames of two parts or words."""
    rng = random.Random(size)
    ends = ("ley", "worth", "ham", "by", "thorpe", "wick", "combe", "stead", "son", "well")
    starts = [a + b for a in ("Bra", "Cre", "Dro", "Fli", "Gro", "Hu", "Ka") for b in "bdfgklmnrst"]
    words = [pupil.last_name for pupil in register.pupils]
    firsts = [pupil.first_name for pupil in register.pupils] * 3
    firsts += [name.title() for name in sorted(given_names())]
    pupils = tuple(
        Pupil(
            f"x{n}",
            rng.choice(firsts),
            rng.choice(words) if n % 5 == 0 else rng.choice(starts) + rng.choice(ends),
        )
        for n in range(size)
    )
    return Register(pupils, register.staff)


def _outcome(
    text: str, register: Register, channel: str = "website", policy: Policy = OWN_SITE
) -> Outcome:
    return check_caption(text, register, TODAY, policy, channel).outcome


def _median_ms(text: str, register: Register) -> float:
    times = []
    for _ in range(7):
        start = time.perf_counter()
        _outcome(text, register)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
