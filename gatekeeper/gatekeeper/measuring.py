"""Reference pictures to vectors, wherever they come from, in processes that can be killed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from gatekeeper_detectors.faces.enrol import Unusable
from gatekeeper_detectors.faces.search import FacePool, SearchFailed
from gatekeeper_detectors.pictures import Unreadable, clean_picture

Vector = NDArray[np.float32]


def digest_of(picture: bytes) -> str:
    return hashlib.sha256(picture).hexdigest()


def measure(pool: FacePool, picture: bytes) -> Vector | str:
    """The vector of the one face in a picture file, or why it cannot serve."""
    try:
        return pool.encode_reference(clean_picture(picture).jpeg).vector
    except Unreadable as refusal:
        return refusal.message
    except Unusable as error:
        return f"The picture {error.reason}."
    except SearchFailed as error:
        return f"Not measured: {error}."


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
