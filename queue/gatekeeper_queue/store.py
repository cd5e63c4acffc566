"""Pictures on disk: originals encrypted, clean pictures by their digest (P06)."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from uuid import uuid4


class Cipher(Protocol):
    """Encrypts at rest; `cryptography.fernet.MultiFernet` is one."""

    def encrypt(self, data: bytes) -> bytes: ...
    def decrypt(self, token: bytes) -> bytes: ...


class PictureStore:
    """Keeps originals and clean pictures below `root`, readable by this user alone."""

    def __init__(self, root: Path, cipher: Cipher) -> None:
        self._originals = root / "originals"
        self._clean = root / "pictures"
        self._cipher = cipher
        for folder in (self._originals, self._clean):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def save_original(self, photo_id: str, data: bytes) -> str:
        """Store an upload encrypted; returns its sha256 in hex."""
        _write(self._originals / photo_id, self._cipher.encrypt(data))
        return hashlib.sha256(data).hexdigest()

    def original(self, photo_id: str) -> bytes:
        return self._cipher.decrypt((self._originals / photo_id).read_bytes())

    def save_clean(self, jpeg: bytes, sha256: str) -> None:
        """Store a clean picture under its digest. Raises `ValueError` when they differ."""
        if hashlib.sha256(jpeg).hexdigest() != sha256:
            raise ValueError("the clean picture does not have its digest")
        _write(self._clean / f"{sha256}.jpg", jpeg)

    def clean(self, sha256: str) -> bytes:
        """The clean picture with this digest, checked. Raises `OSError` or `ValueError`."""
        jpeg = (self._clean / f"{sha256}.jpg").read_bytes()
        if hashlib.sha256(jpeg).hexdigest() != sha256:
            raise ValueError("a stored picture is not what was checked")
        return jpeg

    def originals(self) -> set[str]:
        """The photo ids of every stored original."""
        return _names(self._originals, "")

    def clean_pictures(self) -> set[str]:
        """The digests of every stored clean picture."""
        return _names(self._clean, ".jpg")

    def original_stored_at(self, photo_id: str) -> datetime:
        """UTC; far in the future where there is none."""
        return _stored_at(self._originals / photo_id)

    def clean_stored_at(self, sha256: str) -> datetime:
        """UTC; far in the future where there is none."""
        return _stored_at(self._clean / f"{sha256}.jpg")

    def forget_original(self, photo_id: str) -> bool:
        """Delete an original; False where there was none."""
        return _forget(self._originals / photo_id)

    def forget_clean(self, sha256: str) -> bool:
        """Delete a clean picture; False where there was none."""
        return _forget(self._clean / f"{sha256}.jpg")

    def forget_partial(self, before: datetime) -> int:
        """Delete what broken-off writes left behind; returns how many files."""
        return sum(
            _forget(path)
            for folder in (self._originals, self._clean)
            for path in folder.glob(".*")
            if _stored_at(path) < before
        )


def _names(folder: Path, ending: str) -> set[str]:
    with os.scandir(folder) as entries:  # tens of thousands, so no paths are made of them
        names = [entry.name for entry in entries]
    return {
        name.removesuffix(ending)
        for name in names
        if name.endswith(ending) and not name.startswith(".")
    }


def _stored_at(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:  # finished or deleted by another process meanwhile
        return datetime.max.replace(tzinfo=UTC)


def _forget(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def _write(path: Path, data: bytes) -> None:
    """All of it or nothing, on disk before it is referred to."""
    partial = path.with_name(f".{path.name}.{uuid4().hex}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
