"""How long the office waits for a preview and an import of the register.

    python tests/benchmarks/importing.py [--pupils N]

An invented school on a real database file: N pupils (5,000), each with 8 answers and two
contacts, as CSV and as XLSX, against a tenth of them. Each size is imported into an empty
register, previewed again unchanged, and previewed with a tenth of the answers taken away.
Seconds of processor time, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import io
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from openpyxl import Workbook

from gatekeeper.composition import open_school
from gatekeeper.importing import carry_out, rehearse
from gatekeeper.keys import make_key_file
from gatekeeper.settings import Settings
from gatekeeper_consent.exports.fields import CONSENT_OF
from gatekeeper_consent.exports.mapping import check, guess
from gatekeeper_consent.exports.reading import Export, read_export
from gatekeeper_consent.exports.table import read_table
from gatekeeper_consent.people import search_people
from gatekeeper_queue.school import School

NOW = datetime(2026, 11, 24, 9, 15, tzinfo=UTC)
HEADINGS = ["UPN", "Surname", "Forename", "Reg Group", "Year Group", *CONSENT_OF]
HEADINGS += [f"Contact {n} {what}" for n in (1, 2) for what in ("Name", "Email", "Relationship")]
Measured = dict[str, float]
Result = TypeVar("Result")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pupils", type=int, default=5000)
    large = parser.parse_args().pupils
    small = max(large // 10, 1)
    first, second = measure(small), measure(large)
    print(f"| | {small} pupils, s | {large} pupils, s | ratio |\n|---|---|---|---|")
    for name, seconds in second.items():
        print(f"| {name} | {first[name]:.2f} | {seconds:.2f} | {seconds / first[name]:.1f} |")


def measure(pupils: int) -> Measured:
    rows = list(made_up(pupils, random.Random(1)))
    fewer = [row[:5] + ["No"] * 8 + row[13:] if n % 10 == 0 else row for n, row in enumerate(rows)]
    found: Measured = {}
    with new_school() as school:
        texts, workbook = as_csv(rows), as_xlsx(rows)
        csv = timed(found, "read CSV", lambda: export_of(texts))
        timed(found, "read XLSX", lambda: export_of(workbook))
        timed(found, "preview of the first import", lambda: rehearse(school, csv, actor="office"))
        timed(found, "first import", lambda: carry_out(school, csv, actor="office"))
        timed(found, "preview, nothing changes", lambda: rehearse(school, csv, actor="office"))
        less = export_of(as_csv(fewer))
        timed(found, "preview, a tenth refuses", lambda: rehearse(school, less, actor="office"))
        timed(found, "import, a tenth refuses", lambda: carry_out(school, less, actor="office"))
        with school.database.read() as session:
            timed(found, "look a pupil up", lambda: search_people(session, "given12"))
    return found


def made_up(pupils: int, draw: random.Random) -> Iterator[list[str]]:
    for n in range(pupils):
        answers = draw.choices(("Yes", "No", ""), (8, 1, 1), k=8)
        contacts = [
            cell
            for who in (1, 2)
            for cell in (f"Contact {n} {who}", f"c{n}.{who}@x.example", "parent")
        ]
        year = n % 13 + 1
        yield [f"A{n:05}", f"Family{n}", f"Given{n}", f"{year}K", str(year), *answers, *contacts]


def as_csv(rows: list[list[str]]) -> bytes:
    return "\n".join(map(",".join, [HEADINGS, *rows])).encode()


def as_xlsx(rows: list[list[str]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (HEADINGS, *rows):
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def export_of(data: bytes) -> Export:
    table = read_table("export", data)
    columns = {**guess(table), **{key: key for key in CONSENT_OF}}
    return read_export(table, check(columns, table.headings), today=NOW.date())


@contextmanager
def new_school() -> Iterator[School]:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data=Path(folder))
        make_key_file(settings)
        school = open_school(settings, lambda: NOW)
        yield school
        school.database.close()


def timed(found: Measured, name: str, work: Callable[[], Result]) -> Result:
    start = time.process_time()
    result = work()
    found[name] = time.process_time() - start
    return result


if __name__ == "__main__":
    main()
