"""Read what an original says besides its picture: for the record (P07), then it is dropped.

exifread knows makers' notes; Pillow reads formats that exifread does not. Both stumble
over odd files, so each is asked by itself, and the raw parts of the container are a third
witness.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from datetime import datetime

from PIL import ExifTags, Image

from gatekeeper_detectors.pictures.containers import Walk, walk
from gatekeeper_detectors.pictures.sniff import Kind
from gatekeeper_detectors.values import CameraSummary

Tags = dict[str, str]
"""Name of the tag, without its directory, to its value as text."""

LONGEST_NAME = 64
"""Characters of a make or model that are kept."""

_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("GPS position", ("GPSLatitude", "GPSLongitude", "GPSDestLatitude", "GPSDestLongitude")),
    ("camera serial number", ("SerialNumber", "InternalSerialNumber")),
    ("number of the picture", ("ImageUniqueID",)),
    ("lens serial number", ("LensSerialNumber",)),
    ("owner's name", ("Artist", "XPAuthor", "OwnerName", "CameraOwnerName", "Copyright")),
    (
        "comment",
        ("ImageDescription", "UserComment", "XPComment", "XPTitle", "XPSubject", "XPKeywords"),
    ),
    ("date and time", ("DateTime", "DateTimeOriginal", "DateTimeDigitized", "GPSDate")),
    ("camera make and model", ("Make", "Model", "LensModel")),
    ("name of the editing program", ("Software", "ProcessingSoftware")),
    ("embedded thumbnail", ("JPEGThumbnail", "TIFFThumbnail", "JPEGInterchangeFormat")),
)
"""What people call it, and the tags that say so."""

_ALIASES = {"BodySerialNumber": "SerialNumber", "GPSDateStamp": "GPSDate"}


def summarise(data: bytes, kind: Kind, image: Image.Image) -> CameraSummary:
    """What `data` told of its making and what it carried besides the picture."""
    told = {name: value for name, value in _exifread_tags(data).items() if value}
    tags = {**_pillow_tags(image), **told}
    found = list(dict.fromkeys([*_kinds_of_tags(tags), *_kinds_of_parts(data, kind, image)]))
    return CameraSummary(
        make=_short(tags.get("Make", "")),
        model=_short(tags.get("Model", "")),
        taken_at=_iso(tags.get("DateTimeOriginal") or tags.get("DateTime", "")),
        had_gps="GPS position" in found,
        found=tuple(found),
    )


# --- tags -----------------------------------------------------------------------------------


def _pillow_tags(image: Image.Image) -> Tags:
    try:
        exif = image.getexif()
        names: tuple[tuple[dict[int, object], dict[int, str]], ...] = (
            (dict(exif), ExifTags.TAGS),
            (exif.get_ifd(ExifTags.IFD.Exif), ExifTags.TAGS),
            (exif.get_ifd(ExifTags.IFD.GPSInfo), ExifTags.GPSTAGS),
        )
    except Exception:  # broken EXIF raises all kinds; the other reader is asked as well
        return {}
    return {
        _plain_name(known.get(number, f"tag {number}")): _text(value)
        for values, known in names
        for number, value in values.items()
    }


def _exifread_tags(data: bytes) -> Tags:
    import exifread

    logging.getLogger("exifread").setLevel(logging.CRITICAL)  # it logs every oddity
    try:
        tags = exifread.process_file(io.BytesIO(data), details=True)
    except Exception:  # it raised on one file in fifty (EVIDENCE: metadata)
        return {}
    return {_plain_name(name.rpartition(" ")[2]): _text(value) for name, value in tags.items()}


def _plain_name(name: str) -> str:
    return _ALIASES.get(name, name)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return "".join(char for char in str(value) if char.isprintable()).strip()


def _kinds_of_tags(tags: Tags) -> Iterator[str]:
    for words, names in _WORDS:
        if any(tags.get(name) for name in names):
            yield words
    if tags:
        yield "camera settings (EXIF)"


def _short(name: str) -> str:
    return name[:LONGEST_NAME].strip()


def _iso(camera_time: str) -> str:
    """`2019:06:21 10:02:03` as ISO 8601; empty when it is no time."""
    try:
        return datetime.strptime(camera_time[:19], "%Y:%m:%d %H:%M:%S").isoformat()  # noqa: DTZ007
    except ValueError:
        return ""


# --- parts of the container -----------------------------------------------------------------

_STARTS: tuple[tuple[str, str, bytes], ...] = (
    ("APP1", "edit history (XMP)", b"http://ns.adobe.com/xap"),
    ("APP2", "colour profile", b"ICC_PROFILE"),
    ("APP13", "caption and keywords (IPTC)", b"Photoshop"),
    ("COM", "comment", b""),
    ("tEXt", "text notes", b""),
    ("zTXt", "text notes", b""),
    ("iTXt", "text notes", b""),
    ("mpvd", "embedded video", b""),
)
"""Name of the part, what people call it, and how its content starts."""

_INFO = {
    "icc_profile": "colour profile",
    "xmp": "edit history (XMP)",
    "comment": "comment",
    "photoshop": "caption and keywords (IPTC)",
    "thumbnails": "embedded thumbnail",
    "depth_images": "depth map",
}
"""Keys in which Pillow and pi_heif keep such parts."""


def _kinds_of_parts(data: bytes, kind: Kind, image: Image.Image) -> Iterator[str]:
    yield from (words for key, words in _INFO.items() if image.info.get(key))
    contents = walk(data, kind)
    for part in contents.parts:
        for name, words, start in _STARTS:
            if part.name == name and data.startswith(start, part.start):
                yield words
    if b"GPSLatitude" in _text_bytes(image.info.get("xmp")):
        yield "GPS position"
    yield from _behind(data, contents)


def _text_bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value or "").encode()


def _behind(data: bytes, contents: Walk) -> Iterator[str]:
    """What stands after the picture: phones put films and second pictures there."""
    rest = data[contents.end :] if contents.end is not None else b""
    if not rest.strip(b"\0"):
        return
    signs = (("embedded video", b"ftyp"), ("further pictures in the same file", b"\xff\xd8\xff"))
    names = [words for words, sign in signs if sign in rest]
    yield from names or ["data after the end of the picture"]
