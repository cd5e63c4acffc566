"""Reference pictures to vectors, wherever they come from, in processes that can be killed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.faces.enrol import Reference, Unusable
from gatekeeper_detectors.faces.search import FacePool, SearchFailed
from gatekeeper_detectors.pictures import Unreadable, clean_picture

Vector = NDArray[np.float32]


def digest_of(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest()


@dataclass(frozen=True)
class Looked:
    """A picture file that can serve as a reference."""

    jpeg: bytes
    """The picture as it was cleaned."""
    reference: Reference


def look(pool: FacePool, picture: bytes) -> Looked | str:
    """The one face in a picture file, or why it cannot serve."""
    try:
        jpeg = clean_picture(picture).jpeg
        return Looked(jpeg, pool.encode_reference(jpeg))
    except Unreadable as refusal:
        return f"{refusal.message} {refusal.mend}".strip()
    except Unusable as error:
        return f"The picture {error.reason}."
    except SearchFailed as error:
        return f"Not measured: {error}."


def measure(pool: FacePool, picture: bytes) -> Vector | str:
    """The vector of the one face in a picture file, or why it cannot serve."""
    found = look(pool, picture)
    return found if isinstance(found, str) else found.reference.vector


def measure_all(
    pool: FacePool,
    pictures: Iterable[bytes],
    workers: int,
    known: Mapping[str, Vector] | None = None,
    each: Callable[[], None] = lambda: None,
) -> dict[str, Vector | str]:
    """`measure` for many pictures, by the sha256 of each; those in `known` are not measured."""
    found: dict[str, Vector | str] = dict(known or {})
    missing = {digest_of(picture): picture for picture in pictures}
    todo = {digest: picture for digest, picture in missing.items() if digest not in found}

    def one(item: tuple[str, bytes]) -> tuple[str, Vector | str]:
        result = measure(pool, item[1])
        each()
        return item[0], result

    with ThreadPoolExecutor(workers) as threads:
        found.update(threads.map(one, todo.items()))
    return found
