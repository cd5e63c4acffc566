"""Passwords: how they are stored (argon2) and compared (P19)."""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_PASSWORD = 10
_HASHER = PasswordHasher()
NOBODY = _HASHER.hash(secrets.token_urlsafe(16))
"""Compared for unknown addresses, so that the answer takes as long as for known ones."""
_COMPARING = threading.BoundedSemaphore(2)
"""Few at a time, so that a flood of attempts holds nobody else up."""
_PATIENCE = 3.0
"""Longest wait for one's turn, in seconds."""


class Refused(Exception):
    """The sign-in failed; the message is the same for a wrong name and a wrong password, and only
    who knows the password learns that an account is closed."""


def hash_of(password: str) -> str:
    """What is stored. Raises `ValueError` for a short password."""
    if len(password) < MIN_PASSWORD:
        raise ValueError(f"A password has at least {MIN_PASSWORD} characters.")
    return _HASHER.hash(password)


def matches(stored: str, password: str) -> bool:
    """Is it the password? Slow on purpose: call it outside any transaction. Raises `Refused`
    where too many compare at this moment."""
    if not _COMPARING.acquire(timeout=_PATIENCE):
        raise Refused("Too many people are signing in at this moment. Try again.")
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _COMPARING.release()
