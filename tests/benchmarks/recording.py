"""How long the pages of the record take when a school has published for years.

    python tests/benchmarks/recording.py [--submissions N] [--pupils N] [--folder DIR]

An invented school on a real database file: N submissions of one term (10,000) and N pupils
(5,000), against a school as small as the demo's (13 and 60). Each submission has a photo with
its files, a verdict and a post for the website and for X, and its events on the audit log; one in
twenty was rejected, one in six was decided by a person. Each pupil has 8 answers.
Seconds of processor time, the best of three, so that other work on the machine does not count.
With --folder the large school is kept there, to be looked at with `gatekeeper serve`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from large_school import NOW, TERM, fill
from sqlmodel import Session

from gatekeeper.composition import open_school
from gatekeeper.keeping import sweep_of
from gatekeeper.keys import make_key_file
from gatekeeper.report.files import report_file, report_page
from gatekeeper.settings import Settings
from gatekeeper_queue.expiry import Reaudit
from gatekeeper_queue.freezing import freeze
from gatekeeper_queue.models import User
from gatekeeper_queue.sampling import draw
from gatekeeper_queue.school import School

Measured = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--pupils", type=int, default=5_000)
    parser.add_argument("--folder", type=Path)
    wanted = parser.parse_args()
    small = measure(13, 60)
    large = measure(wanted.submissions, wanted.pupils, wanted.folder)
    print(
        f"| | 13 submissions, 60 pupils, s | {wanted.submissions} submissions, "
        f"{wanted.pupils} pupils, s | ratio |\n|---|---|---|---|"
    )
    for name, seconds in large.items():
        print(f"| {name} | {small[name]:.3f} | {seconds:.3f} | {seconds / small[name]:.0f} |")


def measure(submissions: int, pupils: int, folder: Path | None = None) -> Measured:
    with tempfile.TemporaryDirectory() as temporary:
        settings = Settings(data=folder or Path(temporary))
        make_key_file(settings)
        school = open_school(settings, lambda: NOW)
        fill(school, submissions, pupils)
        found = _measured(school, settings)
        school.database.close()
    return found


def _measured(school: School, settings: Settings) -> Measured:
    sweep = sweep_of(school)

    def as_head(act: Callable[[School, Session, User], object]) -> object:
        with school.database.write() as session:
            return act(school, session, session.get_one(User, "head"))

    return {
        "report, counted and worded": best(lambda: report_page(school, settings, TERM)),
        "report as PDF": best(lambda: report_file(school, settings, TERM, ".pdf")),
        "what goes tonight": best(sweep.preview),
        "which live posts are a year old": best(lambda: Reaudit(school).tick()),
        "a sample is drawn": best(lambda: as_head(lambda *who: draw(*who, TERM)), times=1),
        "incident mode, one press": best(lambda: as_head(freeze), times=1),
    }


def best(work: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


if __name__ == "__main__":
    main()
