"""Clean one picture: from any file that somebody sent to pixels that may leave (P12, G06)."""

from __future__ import annotations

import hashlib

from gatekeeper_detectors.pictures.child import decode_in_child
from gatekeeper_detectors.pictures.contract import MEBIBYTE, Limits, Unreadable
from gatekeeper_detectors.pictures.sniff import sniff
from gatekeeper_detectors.pictures.verify import residue
from gatekeeper_detectors.values import CleanPicture, Photo


def clean_picture(data: bytes, limits: Limits = Limits()) -> CleanPicture:
    """Decode `data` in a limited process, re-encode its pixels, verify the result.

    The same bytes always give the same clean picture. Anything that the verifier finds
    is in `residue`, and such a picture must not leave. Raises `Unreadable`.
    """
    _refuse_hopeless(data, limits)
    decoded = decode_in_child(data, limits)
    return CleanPicture(
        jpeg=decoded.jpeg,
        sha256=hashlib.sha256(decoded.jpeg).hexdigest(),
        width=decoded.width,
        height=decoded.height,
        upright_width=decoded.upright_width,
        upright_height=decoded.upright_height,
        source_format=decoded.source_format,
        camera=decoded.camera,
        residue=residue(decoded.jpeg),
    )


def _refuse_hopeless(data: bytes, limits: Limits) -> None:
    """Refuse what needs no decoding to be refused."""
    refuse_size(len(data), limits)
    kind = sniff(data)
    if not kind.accepted:
        raise Unreadable(f"This is {_article(kind.name)}, not a usable photo.", kind.mend)


def _article(name: str) -> str:
    if not name:
        return "something else"
    return f"an {name}" if name[0] in "AEIOaeio" else f"a {name}"


def refuse_size(size: int, limits: Limits) -> None:
    """Raise `Unreadable` for an empty file or one over the limit; `size` is in bytes."""
    if not size:
        raise Unreadable(
            "The file is empty.",
            "Choose the photo again; when it comes from a phone, wait until it is copied.",
        )
    if size > limits.max_bytes:
        raise Unreadable(
            f"The file is {size / MEBIBYTE:.0f} MB; "
            f"{limits.max_bytes / MEBIBYTE:.0f} MB is the most that is accepted.",
            "Send the photo in a smaller size.",
        )


def read_photo(name: str, data: bytes, limits: Limits = Limits()) -> Photo:
    """The photo for a case: cleaned, or with its problem in words for the author."""
    try:
        return Photo(name, clean=clean_picture(data, limits))
    except Unreadable as refusal:
        return Photo(name, problem=refusal.message, mend=refusal.mend)
