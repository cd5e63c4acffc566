"""Checks without a database: a register folder, a policy and the face engine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from gatekeeper.composition import policy_from, thresholds_for
from gatekeeper.folder_register import open_folder, register_from, templates_from
from gatekeeper.measuring import Vector, measure_all
from gatekeeper.progress import counting
from gatekeeper.reporting import photo_to_json, verdict_to_json
from gatekeeper_detectors.faces.engine import engine_for
from gatekeeper_detectors.faces.recognise import SeenFace, photo_with_faces
from gatekeeper_detectors.faces.search import FacePool, SearchFailed
from gatekeeper_detectors.findings import Verdict
from gatekeeper_detectors.pictures import read_photo
from gatekeeper_detectors.pictures.cover import covered, head_around, is_hidden
from gatekeeper_detectors.policy import check
from gatekeeper_detectors.text.normalise import visible
from gatekeeper_detectors.values import (
    Box,
    Case,
    CleanPicture,
    Decision,
    Face,
    Photo,
    Register,
    Template,
    classes_in,
)

CHANNELS = ("twitter", "website", "parents")
_WORKERS = 2
_FACE_SECONDS = 60.0
_SAME_FACE = 0.3
"""Overlap from which a face that is found again is one that should be covered."""


class BadRequest(Exception):
    """The submission cannot be judged at all; the message says what is missing."""


@dataclass(frozen=True)
class Request:
    """One submission as it is given on the command line."""

    photos: tuple[str, ...]
    caption: str
    alts: tuple[str, ...] = ()
    class_name: str = ""
    channel: str = "website"


class BatchLine(BaseModel):
    """One line of a batch file."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, strict=True)

    photos: list[str]
    caption: str
    alt: list[str] = []
    class_name: str | None = None
    channel: str = "website"


class CheckDesk:
    """Checks submissions against a register folder. A context manager: it owns processes."""

    def __init__(
        self, register: Path | None, policy: Path | None, models: Path | None = None
    ) -> None:
        self._models = models
        self._engine = engine_for(models)
        self._policy = policy_from(policy)
        self._today = datetime.now(UTC).astimezone().date()
        self._contents = open_folder(register, self._today) if register is not None else None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def check(
        self, request: Request, beside: Path | None = None
    ) -> tuple[Case, Verdict, tuple[str, ...]]:
        """The case, its verdict, and the sha256 of each file. Raises `BadRequest`."""
        _require_usable(request)
        register = self._register(request.channel)
        _require_class(request.class_name, register)
        photos, originals = [], []
        for name in request.photos:
            data = _bytes_of(name, beside)
            originals.append(hashlib.sha256(data).hexdigest())
            photos.append(self._look(name, data, register, request.class_name))
        case = Case(
            channel=request.channel,
            caption=request.caption,
            photos=tuple(photos),
            register=register,
            today=self._today,
            alts=request.alts,
            class_name=request.class_name,
        )
        return case, check(case, self._policy), tuple(originals)

    def check_lines(self, lines: Sequence[str], beside: Path) -> Iterator[dict[str, Any]]:
        """One report a line, in order; a line that cannot be used gives an error."""
        with ThreadPoolExecutor(_WORKERS) as threads:
            yield from threads.map(lambda line: self._check_line(line, beside), lines)

    def faces(self, name: str) -> dict[str, Any]:
        """The faces of one photo, and who they may be by the register."""
        try:
            data = _bytes_of(name, None)
        except BadRequest as error:
            return {"path": name, "error": str(error)}
        register = self._register("website") if self._contents else Register()
        photo = self._look(name, data, register, "", reading=False)
        if photo.faces is None:
            return {"path": name, "error": photo.problem or photo.faces_problem}
        return photo_to_json(photo, hashlib.sha256(data).hexdigest(), register)

    def cover(self, name: str, which: str) -> tuple[CleanPicture, int, int]:
        """The covered picture of one photo, how many faces are covered, how many remain.

        `which` is `all`, `unknown`, or numbers from 1, left to right ("1,3"). Raises
        `BadRequest` when there is no such face, or a face still shows under its patch.
        """
        register = self._register("website") if self._contents else Register()
        photo = self._look(name, _bytes_of(name, None), register, "", reading=False)
        if photo.clean is None or photo.faces is None:
            raise BadRequest(f"{name}: {photo.problem or photo.faces_problem} {photo.mend}".strip())
        chosen = _chosen(which, photo.faces, register)
        clean = covered(photo.clean, [head_around(face.box) for face in chosen])
        if clean.residue:
            raise BadRequest(f"The covered picture would still hold {', '.join(clean.residue)}.")
        try:
            left = self._pool.search(clean.jpeg)
        except SearchFailed as error:
            raise BadRequest(
                f"The covered picture could not be looked at again: {error}."
            ) from error
        if any(one.box.overlap(face.box) > _SAME_FACE for one in left for face in chosen):
            raise BadRequest("A face can still be found under its patch; nothing was written.")
        for number, face in enumerate(photo.faces, start=1):
            if face not in chosen and _is_lost(face.box, left, chosen):
                raise BadRequest(
                    f"Face {number} would be half covered by the patch beside it, so that people "
                    "could still know it and a machine could not. Cover it as well."
                )
        return clean, len(chosen), len(left)

    def _check_line(self, line: str, beside: Path) -> dict[str, Any]:
        try:
            raw = json.loads(line)
            if isinstance(raw, dict) and "class" in raw:
                raw["class_name"] = raw.pop("class")
            fields = BatchLine.model_validate(raw)
            request = Request(
                tuple(fields.photos),
                fields.caption,
                tuple(fields.alt),
                fields.class_name or "",
                fields.channel,
            )
            case, verdict, originals = self.check(request, beside)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the line"
            return {"error": f"{where}: {first['msg']}"}
        except json.JSONDecodeError as error:
            return {"error": f"This line is not JSON: {error}"}
        except BadRequest as error:
            return {"error": str(error)}
        return verdict_to_json(case, verdict, originals)

    @cached_property
    def _pool(self) -> FacePool:
        return self._stack.enter_context(FacePool(_WORKERS, _FACE_SECONDS, self._models))

    @cached_property
    def _templates(self) -> tuple[Template, ...]:
        if self._contents is None or not self._policy.faces.recognise:
            return ()
        engine = f"{self._engine.name} {self._engine.version}"
        return templates_from(self._contents, engine, self._measure)

    def _measure(self, pictures: list[bytes]) -> dict[str, Vector | str]:
        with counting("Learning the reference pictures", len(pictures)) as each:
            return measure_all(self._pool, pictures, _WORKERS, each=each)

    def _register(self, channel: str) -> Register:
        assert self._contents is not None
        return register_from(self._contents, channel, self._today, self._templates)

    def _studied(self, photo: Photo, jpeg: bytes) -> Photo:
        try:
            found = self._pool.study(jpeg)
            return replace(photo, words=found.words, bodies=found.bodies)
        except SearchFailed as error:
            return replace(photo, words_problem=str(error))

    def _look(
        self, name: str, data: bytes, register: Register, class_name: str, *, reading: bool = True
    ) -> Photo:
        photo = read_photo(name, data)
        clean = photo.clean
        if clean is None:
            return photo
        if reading:
            photo = self._studied(photo, clean.jpeg)
        try:
            known = self._policy.faces.recognise
            seen = (self._pool.search if known else self._pool.find)(clean.jpeg)
        except SearchFailed as error:
            return replace(photo, faces=None, faces_problem=str(error))
        return photo_with_faces(
            photo, seen, register, class_name, thresholds_for(self._policy, self._engine)
        )


def _is_lost(box: Box, found: Sequence[SeenFace], covered_faces: Sequence[Face]) -> bool:
    """Was a face lost to a patch that does not hide it?"""
    if any(one.box.overlap(box) >= _SAME_FACE for one in found):
        return False
    return not any(is_hidden(box, head_around(face.box)) for face in covered_faces)


def _chosen(which: str, faces: Sequence[Face], register: Register) -> list[Face]:
    """The faces to cover, in the order in which `faces` numbers them: from left to right."""
    if not faces:
        raise BadRequest("No face was found in this photo, so nothing was covered or written.")
    if which == "all":
        return list(faces)
    if which == "unknown":
        unknown = [face for face in faces if face.decision(register) is Decision.UNKNOWN]
        if not unknown:
            raise BadRequest("No face in this photo is unknown, so nothing was written.")
        return unknown
    parts = [part.strip() for part in which.split(",")]
    if not all(part.isascii() and part.isdecimal() for part in parts):
        raise BadRequest("--faces takes 'all', 'unknown', or numbers such as 1,3.")
    numbers = {int(part) for part in parts}
    if not numbers <= set(range(1, len(faces) + 1)):
        raise BadRequest(f"There are {len(faces)} faces in this photo, numbered from the left.")
    return [faces[number - 1] for number in sorted(numbers)]


def _require_usable(request: Request) -> None:
    if not request.photos:
        raise BadRequest("Name at least one photo.")
    if not visible(request.caption):
        raise BadRequest("Give a caption with --caption; it is empty.")
    if request.channel not in CHANNELS:
        raise BadRequest(
            f"There is no channel '{request.channel}'. Choose one of: {', '.join(CHANNELS)}."
        )
    if len(request.alts) > len(request.photos):
        raise BadRequest("There are more alt texts than photos.")


def _require_class(name: str, register: Register) -> None:
    """A class that nobody is in would leave every face unknown without saying why."""
    classes = sorted({known for pupil in register.pupils for known in classes_in(pupil.class_name)})
    if name.strip() and name.strip().casefold() not in {known.casefold() for known in classes}:
        raise BadRequest(
            f"There is no class {name} on the register. The classes are: {', '.join(classes)}."
        )


def _bytes_of(name: str, beside: Path | None) -> bytes:
    """The file as named, or else beside the batch file."""
    path = Path(name)
    if beside is not None and not path.exists():
        path = beside / name
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadRequest(f"The photo {name} cannot be read: {error.strerror}.") from error
