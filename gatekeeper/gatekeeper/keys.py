"""The school's encryption keys: made once, never in the repository or the database."""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlmodel import Session

from gatekeeper.settings import Settings
from gatekeeper_queue.models import Meta

_CHECK = "key_check"
_PROOF = b"gatekeeper"


class KeyProblem(Exception):
    """The key is missing, malformed or not the one that the data was encrypted with."""


def make_key_file(settings: Settings) -> None:
    """Write a new key for this user alone; an existing one is never touched."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(settings.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key() + b"\n")


def keys_of(settings: Settings) -> list[bytes]:
    """All keys, newest first. Raises `KeyProblem`."""
    text = settings.key.get_secret_value()
    if not text:
        try:
            text = settings.key_file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise KeyProblem(
                f"There is no key in {settings.key_file}. Run 'gatekeeper init' for a new school, "
                "or put the school's key back; without it the stored pictures cannot be opened."
            ) from error
    keys = [part.strip().encode() for part in text.replace("\n", ",").split(",") if part.strip()]
    if not keys:
        raise KeyProblem("The key is empty.")
    return keys


def cipher_from(keys: list[bytes]) -> MultiFernet:
    """Encrypts with the first key, decrypts with any. Raises `KeyProblem`."""
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise KeyProblem(
            "The key is not one that Gatekeeper made: it has 44 characters and ends with '='."
        ) from error


def audit_key(keys: list[bytes]) -> bytes:
    """The audit log's key, from the oldest key, so that adding a new one keeps the chain."""
    return hmac.new(keys[-1], b"gatekeeper audit log", hashlib.sha256).digest()


def check_key(session: Session, cipher: MultiFernet) -> bool:
    """Compare the key with the database's own proof; the first use writes it and is True.

    Raises `KeyProblem` for a wrong key, before anything is written with it.
    """
    row = session.get(Meta, _CHECK)
    if row is None:
        session.add(Meta(name=_CHECK, value=cipher.encrypt(_PROOF).decode()))
        return True
    try:
        cipher.decrypt(row.value.encode())
    except InvalidToken as error:
        raise KeyProblem(
            "This is not the key that the school's data was encrypted with. Nothing was changed. "
            "Put the right key back (GATEKEEPER_KEY or the key file)."
        ) from error
    return False
