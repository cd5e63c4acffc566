"""What the register needs from outside; the application hands it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Recorder = Callable[[str, str, Mapping[str, object]], None]
"""Writes one audit event: kind, subject, data. Ids only, never names."""

Encode = Callable[[bytes], NDArray[np.float32]]
"""A JPEG with one person's face to a (n,) float32 vector; raises `UnusableReference`."""


class Cipher(Protocol):
    """Encrypts what is stored of a face. `cryptography.fernet.MultiFernet` fits."""

    def encrypt(self, data: bytes, /) -> bytes: ...

    def decrypt(self, data: bytes, /) -> bytes: ...


class UnusableReference(Exception):
    """A picture cannot serve as a reference: nobody in it, two people, too small."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        """Plain words for the office."""


class UnknownPerson(LookupError):
    """Nobody on the register has this id (any more)."""


class NotTheirGuardian(LookupError):
    """This guardian has no say about this child, or none any more."""


class UnknownForm(LookupError):
    """There is no such scan among this child's forms."""


class NoBiometricConsent(PermissionError):
    """No biometric consent is in force for the person (promise 7, G02)."""
