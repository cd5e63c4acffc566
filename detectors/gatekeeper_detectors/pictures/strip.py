"""Clean the pictures of a file or folder into another place: `gatekeeper strip IN OUT`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from gatekeeper_detectors.pictures.clean import clean_picture, refuse_size
from gatekeeper_detectors.pictures.contract import Limits, Unreadable
from gatekeeper_detectors.values import CameraSummary, CleanPicture

_JPEG_SUFFIXES = (".jpg", ".jpeg")


class StripRefused(Exception):
    """The two places cannot be used as given; nothing was written."""


@dataclass(frozen=True)
class StripResult:
    """What became of one file."""

    source: Path
    target: Path | None = None
    """The clean picture; None when nothing was written."""
    problem: str = ""
    mend: str = ""
    camera: CameraSummary = field(default_factory=CameraSummary)
    """What the original carried."""
    width: int = 0
    """Pixels of the clean picture."""
    height: int = 0


def strip_path(
    source: Path,
    target: Path,
    limits: Limits = Limits(),
    each: Callable[[StripResult], None] = lambda result: None,
) -> list[StripResult]:
    """Write a clean JPEG for each picture of `source`, a file or a folder with its subfolders.

    Originals are never touched and no existing file is overwritten; the same picture
    stripped again finds its earlier copy. `each` is told of every file as it is done.
    Raises `StripRefused` when `target` is, or lies inside, `source`, or is missing.
    """
    _refuse_places(source, target)
    plan = list(_plan(source, target))
    taken = {_key(file) for file, _ in plan}  # never an original
    results: list[StripResult] = []
    for file, place in plan:
        results.append(_strip_file(file, place, limits, taken))
        each(results[-1])
    return results


def _refuse_places(source: Path, target: Path) -> None:
    if not source.exists():
        raise StripRefused(f"There is no file or folder {source}.")
    origin, goal = source.resolve(), target.resolve()
    if goal == origin:
        raise StripRefused("The originals stay as they are: name another place for the copies.")
    if source.is_dir():
        if origin in goal.parents:
            raise StripRefused("The clean copies cannot go inside the folder of the originals.")
        if target.exists() and not target.is_dir():
            raise StripRefused(f"{target} is a file; name a folder for the clean copies.")


def _plan(source: Path, target: Path) -> Iterator[tuple[Path, Path]]:
    """Each original and the name that its clean copy should have."""
    if not source.is_dir():
        yield source, _jpeg_name(target / source.name if target.is_dir() else target)
        return
    for file in sorted(source.rglob("*")):
        if file.is_file():
            yield file, _jpeg_name(target / file.relative_to(source))


def _jpeg_name(path: Path) -> Path:
    if path.suffix.lower() in _JPEG_SUFFIXES:
        return path
    return path.with_suffix(".jpg")


def _strip_file(file: Path, place: Path, limits: Limits, taken: set[str]) -> StripResult:
    try:
        refuse_size(file.stat().st_size, limits)
        clean = clean_picture(file.read_bytes(), limits)
        if clean.residue:
            return StripResult(
                file,
                problem=f"The clean copy would still hold {', '.join(clean.residue)}.",
                mend="Tell the person who looks after Gatekeeper; nothing was written.",
            )
        written = _write(clean, place, taken)
    except Unreadable as refusal:
        return StripResult(file, problem=refusal.message, mend=refusal.mend)
    except OSError as error:
        return StripResult(
            file,
            problem=f"The file could not be read or its copy not written ({error.strerror}).",
            mend="Check that you may read the one and write the other, and that the disk has room.",
        )
    return StripResult(file, written, "", "", clean.camera, clean.width, clean.height)


def _write(clean: CleanPicture, place: Path, taken: set[str]) -> Path:
    """Write under `place`, or under a numbered name when something else has that name."""
    place.parent.mkdir(parents=True, exist_ok=True)
    for candidate in _names(place):
        if _key(candidate) in taken:
            continue
        if candidate.exists():
            if not _holds(candidate, clean.jpeg):
                continue
        else:
            _write_whole(candidate, clean.jpeg)
        taken.add(_key(candidate))
        return candidate
    raise AssertionError("the names never run out")


def _key(path: Path) -> str:
    """The same for two spellings of one file, also where case does not count."""
    return str(path.resolve()).casefold()


def _names(place: Path) -> Iterator[Path]:
    yield place
    for number in count(2):
        yield place.with_name(f"{place.stem}-{number}{place.suffix}")


def _holds(file: Path, content: bytes) -> bool:
    return file.is_file() and file.read_bytes() == content


def _write_whole(file: Path, content: bytes) -> None:
    """All of the file or none of it, even when the power goes."""
    unfinished = file.with_name(f".{file.name}.part")
    unfinished.write_bytes(content)
    unfinished.replace(file)
