"""A school on a real SQLite file, and register folders written by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from cryptography.fernet import Fernet, MultiFernet
from sqlmodel import Session, SQLModel, create_engine

from gatekeeper_consent import models  # noqa: F401  (registers the tables)
from gatekeeper_consent.contents import FolderContents
from gatekeeper_consent.faces import Engine
from gatekeeper_consent.folder import read_folder
from gatekeeper_consent.ports import UnusableReference
from gatekeeper_consent.register import ImportReport, import_folder

TODAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)

ROLL = """\
pupil_id,first_name,middle_names,last_name,preferred_name,class,year
p1,Zoë,Anna,O'Hare,,4H,4
p2,Benjamin,,Osei,Ben,4H,4
p3,Chidi,,Nwosu,,5K,5
"""
CONSENTS = """\
pupil_id,use,scope,decision,given_by,given_on,expires_on,withdrawn_on
p1,website,group,yes,mother,2025-09-03,,
p1,website,individual,yes,mother,2025-09-03,2026-08-31,
p1,twitter,group,no,mother,2025-09-03,,
p2,website,group,yes,father,2025-09-04,,
p3,website,group,yes,carer,2025-09-05,,2025-12-01
"""
BIOMETRIC = """\
pupil_id,given_by,given_on,child_refused,withdrawn_on
p1,mother,2025-09-03,no,
p2,father,2025-09-04,yes,
s1,herself,2025-09-01,,
"""
STAFF = """\
staff_id,title,first_name,last_name
s1,Ms,Dana,Whitlock
"""
FILES = {
    "roll.csv": ROLL,
    "consents.csv": CONSENTS,
    "biometric.csv": BIOMETRIC,
    "staff.csv": STAFF,
}


def encode(jpeg: bytes) -> np.ndarray:
    """A stand-in face engine: the picture says in its bytes how many faces it has."""
    faces, _, digits = jpeg.partition(b":")
    if faces != b"1":
        reason = "Nobody is in this picture." if faces == b"0" else "Two people are in it."
        raise UnusableReference(reason)
    return np.array([float(number) for number in digits.split(b",")], dtype=np.float32)


@dataclass
class School:
    """One school's register and everything that it was handed."""

    session: Session
    folders: Path
    cipher: MultiFernet = field(
        default_factory=lambda: MultiFernet([Fernet(Fernet.generate_key())])
    )
    engine: Engine = field(default_factory=lambda: Engine("toy", "1", encode))
    events: list[tuple[str, str, Mapping[str, object]]] = field(default_factory=list)
    now: datetime = NOW

    def record(self, kind: str, subject: str, data: Mapping[str, object]) -> None:
        self.events.append((kind, subject, data))

    @property
    def entry(self) -> dict[str, object]:
        """The keywords that every change takes."""
        return {"recorded_by": "office", "now": self.now, "record": self.record}

    @property
    def when(self) -> dict[str, object]:
        """The keywords that face functions take."""
        return {"today": self.now.date(), "now": self.now, "record": self.record}

    def read(self, **files: str | bytes | None) -> FolderContents:
        """The usual folder with some files replaced (`roll=...`) or left out (None)."""
        texts = FILES | {f"{name}.csv": text for name, text in files.items()}
        folder = self.folders / f"folder-{len(list(self.folders.iterdir()))}"
        write_files(folder, texts)
        return read_folder(folder, today=self.now.date())

    def load(self, confirm: bool = False, **files: str | bytes | None) -> ImportReport:
        """Import the usual folder with some files replaced."""
        contents = self.read(**files)
        return import_folder(self.session, contents, confirm_removals=confirm, **self.entry)


def write_files(folder: Path, texts: Mapping[str, str | bytes | None]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        if text is not None:
            data = text if isinstance(text, bytes) else text.encode()
            (folder / name).write_bytes(data)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once, copied for each test."""
    path = tmp_path_factory.mktemp("empty") / "school.db"
    engine = create_engine(f"sqlite:///{path}")
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture
def school(tmp_path: Path, empty_database: Path) -> Iterator[School]:
    engine = create_engine(f"sqlite:///{shutil.copy(empty_database, tmp_path / 'school.db')}")
    folders = tmp_path / "folders"
    folders.mkdir()
    with Session(engine) as session:
        yield School(session, folders)
    engine.dispose()


@pytest.fixture
def loaded(school: School) -> School:
    """The school with the usual folder imported."""
    school.load()
    school.events.clear()
    return school
