"""The reference pictures in a register folder: faces/<id>/*.jpg."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from pathlib import Path

from gatekeeper_consent.contents import FacePicture
from gatekeeper_consent.sheet import Log, write_private

_JPEG = (".jpg", ".jpeg")
_LEFT_BY_COMPUTERS = ("thumbs.db", "desktop.ini")


def read_faces(
    faces: Path, known: Set[str], undecided: Set[str], allowed: Set[str], log: Log
) -> tuple[FacePicture, ...]:
    """The pictures of the `allowed`; whatever else lies there is reported.

    Of the `undecided` nothing is said, because their rows have an error of their own.
    """
    if not faces.is_dir():
        return ()
    return tuple(
        picture
        for entry in _visible(faces)
        if entry.name not in undecided
        for picture in _pictures_of(entry, known, allowed, log)
    )


def _visible(directory: Path) -> list[Path]:
    entries = (path for path in directory.iterdir() if not path.name.startswith("."))
    return sorted(path for path in entries if path.name.casefold() not in _LEFT_BY_COMPUTERS)


def _pictures_of(
    entry: Path, known: Set[str], allowed: Set[str], log: Log
) -> Iterator[FacePicture]:
    name = f"faces/{entry.name}"
    if not entry.is_dir():
        log.warn(
            name, 0, "", "Not read. Put the picture into a folder named after the person's id."
        )
    elif entry.name in allowed:
        yield from _jpegs(entry, log)
    elif entry.name in known:
        log.warn(
            name,
            0,
            "",
            "There is no biometric consent for this person, so the pictures were not looked "
            "at. Delete them, or add the consent to biometric.csv.",
        )
    else:
        log.error(name, 0, "", "Nobody has this id. Correct the folder's name, or delete it.")


def _jpegs(folder: Path, log: Log) -> Iterator[FacePicture]:
    for path in _visible(folder):
        if path.suffix.casefold() in _JPEG and path.is_file():
            yield FacePicture(folder.name, path)
        else:
            log.warn(f"faces/{folder.name}/{path.name}", 0, "", "Not read. Save it as a .jpg file.")


def write_faces(faces: Path, pictures: Iterable[tuple[str, bytes]]) -> None:
    """Write (person id, JPEG) pairs as faces/<id>/1.jpg, 2.jpg and so on."""
    numbers: Counter[str] = Counter()
    for person_id, jpeg in pictures:
        numbers[person_id] += 1
        folder = faces / person_id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(folder / f"{numbers[person_id]}.jpg", jpeg)
