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
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from cryptography.fernet import Fernet, InvalidToken
from gatekeeper_consent.answers import Scope, Use, effective_answer
from gatekeeper_consent.contents import FacePicture, FolderContents
from gatekeeper_consent.folder import read_folder
from gatekeeper_detectors.values import Answer, Pupil, Register, StaffMember, Template
from numpy.typing import NDArray
from platformdirs import user_cache_path

Vector = NDArray[np.float32]
Encode = Callable[[bytes], Vector]
"""Reference picture to vector; raises when the picture cannot serve."""


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
    contents: FolderContents, engine: str, encode_all: Callable[[list[bytes]], list[Vector | None]]
) -> tuple[Template, ...]:
    """A template for each person with biometric consent and at least one usable picture.

    `engine` names the engine and its version. `encode_all` turns pictures into vectors,
    None for a picture that cannot serve.
    """
    cache = VectorCache(user_cache_path("gatekeeper") / "faces", engine)
    data = [face.path.read_bytes() for face in contents.faces]
    vectors = _encode_with_cache(cache, data, encode_all)
    return _centroids(contents.faces, vectors)


def _encode_with_cache(
    cache: VectorCache, data: list[bytes], encode_all: Callable[[list[bytes]], list[Vector | None]]
) -> list[Vector | None]:
    known = [cache.get(picture) for picture in data]
    missing = [index for index, vector in enumerate(known) if vector is None]
    for index, vector in zip(missing, encode_all([data[i] for i in missing]), strict=True):
        known[index] = vector
        if vector is not None:
            cache.put(data[index], vector)
    return known


def _centroids(
    pictures: Iterable[FacePicture], vectors: Iterable[Vector | None]
) -> tuple[Template, ...]:
    by_person: dict[str, list[Vector]] = defaultdict(list)
    for face, vector in zip(pictures, vectors, strict=True):
        if vector is not None:
            by_person[face.person_id].append(vector)
    return tuple(
        Template(person, np.mean(found, axis=0, dtype=np.float32), len(found))
        for person, found in sorted(by_person.items())
    )


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
