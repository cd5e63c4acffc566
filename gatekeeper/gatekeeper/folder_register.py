"""A register folder (DESIGN: `--register DIR`) as the frozen values that the rules know.

Templates are computed from the reference pictures, which takes a while, so each vector is
kept in the user's cache, encrypted under a key that is derived from the picture itself:
who does not have the picture cannot read its vector, and deleting the picture makes the
vector unreadable for good (promises 7 and 9). Pictures of people without biometric consent
are not in what is read from the folder, and so are never looked at.
"""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from cryptography.fernet import Fernet, InvalidToken
from platformdirs import user_cache_path

from gatekeeper.measuring import Vector, digest_of
from gatekeeper_consent.answers import Scope, Use, effective_answer
from gatekeeper_consent.contents import FolderContents
from gatekeeper_consent.folder import read_folder
from gatekeeper_detectors.faces.enrol import make_template
from gatekeeper_detectors.values import Answer, Pupil, Register, StaffMember, Template


class BadRegister(Exception):
    """The folder has mistakes; `problems` lists them, one line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def open_folder(path: Path, on: date) -> FolderContents:
    """Read a register folder. Raises `BadRegister` when any row is wrong: a register that
    was read only in part would judge children by what is missing from it."""
    contents = read_folder(path, today=on)
    if contents.errors:
        raise BadRegister([str(error) for error in contents.errors])
    return contents


def register_from(
    contents: FolderContents, channel: str, on: date, templates: tuple[Template, ...] = ()
) -> Register:
    """The register for one channel on one day."""
    records = {row.key: row for row in contents.consents}

    def answer(pupil_id: str, scope: Scope) -> Answer:
        record = records.get((pupil_id, Use(channel), scope))
        return Answer(str(effective_answer(record, on)))

    pupils = tuple(
        Pupil(
            pupil_id=row.pupil_id,
            first_name=row.first_name,
            last_name=row.last_name,
            middle_names=row.middle_names,
            preferred_name=row.preferred_name,
            class_name=row.class_name,
            year=row.year,
            group=answer(row.pupil_id, Scope.GROUP),
            individual=answer(row.pupil_id, Scope.INDIVIDUAL),
        )
        for row in contents.roll
    )
    staff = tuple(
        StaffMember(row.staff_id, row.last_name, row.first_name, row.title)
        for row in contents.staff
    )
    return Register(pupils, staff, templates)


def templates_from(
    contents: FolderContents,
    engine: str,
    measure_missing: Callable[[list[bytes]], Mapping[str, Vector | str]],
) -> tuple[Template, ...]:
    """A template for each person with biometric consent and at least one usable picture.

    `engine` names the engine and its version. `measure_missing` gives a vector by the
    sha256 of each picture that is not in the cache, or why it cannot serve.
    """
    cache = VectorCache(user_cache_path("gatekeeper") / "faces", engine)
    pictures = [(face.person_id, face.path.read_bytes()) for face in contents.faces]
    known = {digest_of(data): cache.get(data) for _, data in pictures}
    missing = [data for _, data in pictures if known[digest_of(data)] is None]
    measured = measure_missing(missing) if missing else {}
    by_person: dict[str, list[Vector]] = defaultdict(list)
    for person_id, data in pictures:
        vector = known[digest_of(data)]
        if vector is None:
            found = measured[digest_of(data)]
            if isinstance(found, str):
                continue
            vector = found
            cache.put(data, vector)
        by_person[person_id].append(vector)
    return tuple(make_template(person, found) for person, found in sorted(by_person.items()))


class VectorCache:
    """Vectors on disk, each readable only with the picture that it was made from."""

    def __init__(self, folder: Path, engine: str) -> None:
        self._folder = folder
        self._engine = engine

    def get(self, picture: bytes) -> Vector | None:
        path, cipher = self._entry(picture)
        try:
            return np.frombuffer(cipher.decrypt(path.read_bytes()), dtype=np.float32)
        except (OSError, InvalidToken, ValueError):
            return None

    def put(self, picture: bytes, vector: Vector) -> None:
        path, cipher = self._entry(picture)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = path.with_suffix(".partial")
            partial.write_bytes(cipher.encrypt(vector.astype(np.float32).tobytes()))
            partial.replace(path)
        except OSError:
            return  # a cache that cannot be written only costs time

    def _entry(self, picture: bytes) -> tuple[Path, Fernet]:
        """Where the vector lies, and the key to it; neither tells the other."""
        name = hashlib.sha256(b"name" + self._engine.encode() + picture).hexdigest()
        key = hashlib.sha256(b"key" + self._engine.encode() + picture).digest()
        return self._folder / name, Fernet(base64.urlsafe_b64encode(key))
