"""The search for faces in a picture, here or in a process that can be killed.

The engines are other people's machine code, fed with pictures. In a child process a crash
or an endless loop costs one search and not the service.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import TimeoutError as SearchTimeout
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Self, TypeVar

from gatekeeper_detectors.faces import enrol
from gatekeeper_detectors.faces.decode import pixels_of
from gatekeeper_detectors.faces.engine import FaceEngine, engine_for
from gatekeeper_detectors.faces.enrol import Reference, Unusable
from gatekeeper_detectors.faces.found import Found, Pixels
from gatekeeper_detectors.faces.library import face_recognition
from gatekeeper_detectors.faces.people import find_people
from gatekeeper_detectors.faces.quality import turn, unfit
from gatekeeper_detectors.faces.recognise import SeenFace
from gatekeeper_detectors.values import Box, Writing
from gatekeeper_detectors.writing import read_lines

Result = TypeVar("Result")


class SearchFailed(Exception):
    """The search did not run to its end; the message is for `Photo.faces_problem` or
    `Photo.words_problem`."""


@dataclass(frozen=True)
class Study:
    """What is in a picture beside faces; boxes are pixels of the clean picture."""

    words: tuple[Writing, ...] = ()
    bodies: tuple[Box, ...] = ()


def search(
    jpeg: bytes, models: Path | None = None, *, measure: bool = True
) -> tuple[SeenFace, ...]:
    """Every face in a clean picture, with its vector where it is large enough.

    `models` is the folder of a second engine's weights (`engine_for`). Without `measure` no
    vector is made of any face.
    """
    engine, rgb = engine_for(models), pixels_of(jpeg)
    return tuple(_see(engine, rgb, found, measure) for found in engine.find(rgb))


def _see(engine: FaceEngine, rgb: Pixels, found: Found, measure: bool) -> SeenFace:
    measured = measure and found.box.height >= engine.thresholds.min_guess_px
    return SeenFace(
        box=found.box,
        score=found.score,
        found_by=found.found_by,
        unfit=unfit(rgb, found, engine.thresholds),
        turn=_turn(found),
        vector=engine.encode(rgb, found) if measured else None,
    )


def find(jpeg: bytes, models: Path | None = None) -> tuple[SeenFace, ...]:
    """Every face in a clean picture, and nothing by which anybody could be known (G02)."""
    return search(jpeg, models, measure=False)


def _turn(found: Found) -> float | None:
    turned = math.inf if found.points is None else turn(found.points)
    return turned if math.isfinite(turned) else None


def study(jpeg: bytes) -> Study:
    """What else can be seen in a clean picture, beside faces."""
    rgb = pixels_of(jpeg)
    return Study(read_lines(rgb), tuple(body.box for body in find_people(rgb)))


def encode_reference(jpeg: bytes, models: Path | None = None) -> Reference:
    """`enrol.encode_reference` with this process's engine. Raises `Unusable`."""
    return enrol.encode_reference(engine_for(models), jpeg)


def find_portrait(jpeg: bytes, models: Path | None = None) -> Box | None:
    """Where the face of a reference picture is; None unless there is exactly one."""
    faces = engine_for(models).find_portrait(pixels_of(jpeg))
    return faces[0].box if len(faces) == 1 else None


def _prepare(models: Path | None) -> None:
    """Once in each child: one thread, and the engines loaded before the clock runs."""
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    from gatekeeper_detectors.faces import centerface

    face_recognition()
    centerface.load()
    engine_for(models)


class FacePool:
    """Runs searches in child processes, at most `workers` at a time, `seconds` for each.

    Thread-safe. Children start at the first search. A context manager: leaving it ends
    the children. `models` is the folder of a second engine's weights; call `engine_for`
    with it first, which says what is wrong with one that cannot be used.
    """

    def __init__(self, workers: int = 1, seconds: float = 60.0, models: Path | None = None) -> None:
        self._workers = workers
        self._seconds = seconds
        self._models = models
        self._lock = Lock()
        self._pool: Any = None
        self._closed = False

    def search(self, jpeg: bytes) -> tuple[SeenFace, ...]:
        """`search` in a child. Raises `SearchFailed`."""
        return self._run(search, jpeg, self._models)

    def find(self, jpeg: bytes) -> tuple[SeenFace, ...]:
        """`find` in a child. Raises `SearchFailed`."""
        return self._run(find, jpeg, self._models)

    def find_portrait(self, jpeg: bytes) -> Box | None:
        """`find_portrait` in a child. Raises `SearchFailed`."""
        return self._run(find_portrait, jpeg, self._models)

    def study(self, jpeg: bytes) -> Study:
        """`study` in a child. Raises `SearchFailed`."""
        return self._run(study, jpeg)

    def encode_reference(self, jpeg: bytes) -> Reference:
        """`encode_reference` in a child. Raises `Unusable` and `SearchFailed`."""
        return self._run(encode_reference, jpeg, self._models)

    def _run(self, work: Callable[..., Result], *arguments: object) -> Result:
        try:
            future = self._working_pool().schedule(work, args=arguments, timeout=self._seconds)
            result: Result = future.result()
        except Unusable:
            raise
        except SearchTimeout as error:
            raise SearchFailed(
                f"looking at the picture took longer than {self._seconds:g} seconds"
            ) from error
        except Exception as error:
            raise SearchFailed(
                f"looking at the picture broke off ({type(error).__name__})"
            ) from error
        return result

    def _working_pool(self) -> Any:
        """A pool that takes work; a new one where the last broke for good."""
        from pebble import ProcessPool

        with self._lock:
            if self._closed:
                raise RuntimeError("the pool is closed")
            if self._pool is None or not self._pool.active:
                self._end()
                self._pool = ProcessPool(
                    max_workers=self._workers,
                    initializer=_prepare,
                    initargs=(self._models,),
                    context=get_context("spawn"),
                )
            return self._pool

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()

    def close(self) -> None:
        """End the children, whatever they are doing."""
        with self._lock:
            self._closed = True
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
