"""The register as a folder that is kept in a spreadsheet: read it, write it.

roll.csv is required; a file that is absent means that nobody consented. Reading finds
every mistake in one pass and leaves wrong rows out of the contents.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Generic

from gatekeeper_consent.answers import Decision, biometric_allowed
from gatekeeper_consent.cells import Cells
from gatekeeper_consent.contents import (
    FacePicture,
    FolderContents,
    RollRow,
    RowError,
    StaffRow,
)
from gatekeeper_consent.layout import BIOMETRIC, CONSENTS, ROLL, STAFF, Layout, Value
from gatekeeper_consent.pictures import read_faces, write_faces
from gatekeeper_consent.sheet import Log, Row, read_bytes, read_sheet, sheet_bytes, write_private

Files = Mapping[str, bytes | None]
"""What each file holds, by its name; None for one that could not be opened."""

KNOWN_FILES = tuple(layout.file for layout in (ROLL, STAFF, CONSENTS, BIOMETRIC))


def read_folder(directory: Path, *, today: date) -> FolderContents:
    """Everything usable in the folder, with all its errors and warnings.

    `today` decides whose biometric consent is in force, and so whose pictures are listed.
    A folder that is missing or unreadable raises nothing: it is an error in the result.
    """
    log = Log()
    if not directory.is_dir():
        log.unusable(directory.name, 0, "", "There is no such folder. Check where it is.")
        return FolderContents(errors=tuple(log.errors))
    return _read_all(_files_in(directory), directory / "faces", today, log)


def read_files(files: Files, *, today: date) -> FolderContents:
    """The same of a folder's CSV files that were sent without the folder, and so without faces."""
    return _read_all(files, None, today, Log())


def _read_all(files: Files, pictures: Path | None, today: date, log: Log) -> FolderContents:
    _warn_of_near_names(files, log)
    people = _read_people(files, log)
    consents = _read(files, CONSENTS, log)
    biometric = _read(files, BIOMETRIC, log)
    contents = FolderContents(
        roll=people.roll,
        staff=people.staff,
        consents=_of_known(consents, CONSENTS, people.pupils, people, log),
        biometric=_of_known(biometric, BIOMETRIC, people.all, people, log),
        unclear=people.unclear,
    )
    faces: tuple[FacePicture, ...] = ()
    if pictures is not None and people.certain and biometric.usable:
        allowed = {row.person_id for row in contents.biometric if biometric_allowed(row, today)}
        undecided = people.unclear | biometric.unclear
        faces = read_faces(pictures, people.all, undecided, allowed, log)
    return replace(
        contents,
        faces=faces,
        errors=tuple(sorted(log.errors, key=_place)),
        warnings=tuple(sorted(log.warnings, key=_place)),
    )


def _files_in(directory: Path) -> Files:
    """The folder's CSV files; those that are not read are named, too."""
    return {
        path.name: read_bytes(path) if path.name.casefold() in KNOWN_FILES else b""
        for path in sorted(directory.iterdir())
        if path.suffix.casefold() == ".csv"
    }


def _place(error: RowError) -> tuple[str, int]:
    return (error.file, error.line)


def write_folder(
    directory: Path, contents: FolderContents, pictures: Iterable[tuple[str, bytes]] = ()
) -> None:
    """Write the folder so that reading it gives the same contents back.

    `pictures` are (person id, JPEG) pairs. Cells that a spreadsheet would run as formulas
    are disarmed. Raises FileExistsError when the folder is there and not empty, because
    pictures of people who have gone would stay in it.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise FileExistsError(f"{directory} is not empty. Name a new folder.")
    for name, data in folder_files(contents).items():
        write_private(directory / name, data)
    write_faces(directory / "faces", pictures)


def folder_files(contents: FolderContents) -> dict[str, bytes]:
    """The folder's CSV files by name, as `read_files` takes them; no cell runs as a formula."""
    answers = [row for row in contents.consents if row.decision is not Decision.CLEARED]
    return dict(
        (
            _file(ROLL, contents.roll),
            _file(STAFF, contents.staff),
            _file(CONSENTS, answers),
            _file(BIOMETRIC, contents.biometric),
        )
    )


def _file(layout: Layout[Value], rows: Iterable[Value]) -> tuple[str, bytes]:
    return layout.file, sheet_bytes(layout.columns, map(layout.cells, rows))


@dataclass(frozen=True)
class _Sheet(Generic[Value]):
    """What could be read of one file."""

    rows: tuple[tuple[int, Value], ...] = ()
    """(row number in the spreadsheet, value)."""
    unclear: frozenset[str] = frozenset()
    """Ids in rows that are wrong."""
    usable: bool = True

    @property
    def values(self) -> tuple[Value, ...]:
        return tuple(value for _, value in self.rows)


@dataclass(frozen=True)
class _People:
    """Everybody whom the folder knows, before their answers are looked at."""

    roll: tuple[RollRow, ...]
    staff: tuple[StaffRow, ...]
    unclear: frozenset[str]
    certain: bool
    """Both files could be read; if not, an id that is in neither proves nothing."""

    @property
    def pupils(self) -> frozenset[str]:
        return frozenset(row.pupil_id for row in self.roll)

    @property
    def all(self) -> frozenset[str]:
        return self.pupils | {row.staff_id for row in self.staff}


def _read_people(files: Files, log: Log) -> _People:
    roll, staff = _read(files, ROLL, log), _read(files, STAFF, log)
    empty = roll.usable and not roll.rows and not roll.unclear
    if empty:
        log.unusable(ROLL.file, 0, "", "The roll is empty. Add one row for each child.")
    pupils = {row.pupil_id for row in roll.values}
    shared = {row.staff_id for row in staff.values} & (pupils | roll.unclear)
    for line, row in staff.rows:
        if row.staff_id in shared:
            message = "A child on the roll has the same id. Give the member of staff another."
            log.error(STAFF.file, line, "staff_id", message)
    return _People(
        roll=tuple(row for row in roll.values if row.pupil_id not in shared),
        staff=tuple(row for row in staff.values if row.staff_id not in shared),
        unclear=roll.unclear | staff.unclear | shared,
        certain=roll.usable and staff.usable and not empty,
    )


def _read(files: Files, layout: Layout[Value], log: Log) -> _Sheet[Value]:
    name = _find(files, layout.file)
    if name is None:
        if layout.required:
            log.unusable(layout.file, 0, "", "The file is missing. Put it into the folder.")
        return _Sheet(usable=not layout.required)
    rows = read_sheet(name, files[name], layout.columns, log)
    if rows is None:
        return _Sheet(usable=False)
    wrong = _duplicates(layout, rows, log)
    good: list[tuple[int, Value]] = []
    for row in rows:
        cells = Cells(layout.file, row, log)
        value = layout.parse(cells)
        if value is None or not cells.good:
            wrong.add(row.line)
        elif row.line not in wrong:
            good.append((row.line, value))
    unclear = frozenset(row.cells[layout.key[0]] for row in rows if row.line in wrong)
    return _Sheet(tuple(good), unclear)


def _find(files: Files, name: str) -> str | None:
    """The file, whatever the case of its name."""
    found = [each for each in files if each.casefold() == name]
    return min(found, key=lambda each: each != name, default=None)


def _warn_of_near_names(files: Files, log: Log) -> None:
    for file in sorted(files):
        for layout in (ROLL, STAFF, CONSENTS, BIOMETRIC):
            name, stem = file.casefold(), Path(layout.file).stem.rstrip("s")
            if name.startswith(stem) and name != layout.file:
                log.warn(file, 0, "", f"Not read. Rename it if it is meant as {layout.file}.")


def _duplicates(layout: Layout[Value], rows: list[Row], log: Log) -> set[int]:
    """Rows that share a key. None of them counts, because nobody can say which is right."""
    first: dict[tuple[str, ...], int] = {}
    wrong: set[int] = set()
    for row in rows:
        key = tuple(row.cells[column].casefold() for column in layout.key)
        earlier = first.setdefault(key, row.line)
        if earlier != row.line and all(key):
            wrong |= {earlier, row.line}
            what = " and ".join(layout.key)
            message = f"Row {earlier} has the same {what}. Keep the right one of the two rows."
            log.error(layout.file, row.line, layout.key[0], message)
    return wrong


def _of_known(
    sheet: _Sheet[Value], layout: Layout[Value], known: frozenset[str], people: _People, log: Log
) -> tuple[Value, ...]:
    """The rows of people whose own row is good; those of people nobody knows are errors."""
    rows: list[Value] = []
    for line, row in sheet.rows:
        person_id = layout.cells(row)[0]
        if person_id in known:
            rows.append(row)
        elif people.certain and person_id not in people.unclear:
            log.error(layout.file, line, layout.key[0], _who_is(person_id, known))
    return tuple(rows)


def _who_is(person_id: str, known: frozenset[str]) -> str:
    message = f"Nobody on the roll has the id “{person_id}”. Correct it, or delete the row."
    bare = person_id.casefold().lstrip("0")
    near = sorted(other for other in known if other.casefold().lstrip("0") == bare)
    return f"{message} Is it “{near[0]}”?" if near else message
