"""Tell the format of a file by its content, never by its name or what a browser says."""

from __future__ import annotations

from dataclasses import dataclass

from gatekeeper_detectors.pictures.contract import RESAVE


@dataclass(frozen=True)
class Kind:
    """A format of file."""

    name: str
    """As people call it ("JPEG")."""
    mend: str = ""
    """For formats that are not accepted: what to do instead. Empty when accepted."""

    @property
    def accepted(self) -> bool:
        return not self.mend


JPEG = Kind("JPEG")
PNG = Kind("PNG")
WEBP = Kind("WebP")
AVIF = Kind("AVIF")
HEIC = Kind("HEIC")

_MOVING = "Choose a still photo instead: JPEG, PNG, WebP, AVIF or HEIC."
_NOT_A_PICTURE = "Choose the photo itself: JPEG, PNG, WebP, AVIF or HEIC."
_UNPACK = "Take the photos out of it first, then send each photo by itself."

FILM = Kind("film", "Choose a still photo, or take a still picture from the film.")
HEIF_SEQUENCE = Kind("moving picture (HEIF sequence)", _MOVING)
TEXT = Kind("text file", _NOT_A_PICTURE)
UNKNOWN = Kind("", _NOT_A_PICTURE)
"""Nothing that we recognise."""

_SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", Kind("GIF", _MOVING)),
    (b"GIF89a", Kind("GIF", _MOVING)),
    (b"II*\x00", Kind("TIFF or camera raw file", RESAVE)),
    (b"MM\x00*", Kind("TIFF or camera raw file", RESAVE)),
    (b"BM", Kind("BMP", RESAVE)),
    (b"\x00\x00\x01\x00", Kind("icon file", RESAVE)),
    (b"8BPS", Kind("Photoshop file", RESAVE)),
    (b"\xff\x0a", Kind("JPEG XL", RESAVE)),
    (b"\x00\x00\x00\x0cJXL ", Kind("JPEG XL", RESAVE)),
    (b"\x00\x00\x00\x0cjP  ", Kind("JPEG 2000", RESAVE)),
    (b"%PDF", Kind("PDF", _UNPACK)),
    (b"PK\x03\x04", Kind("ZIP archive or Office document", _UNPACK)),
    (b"\xd0\xcf\x11\xe0", Kind("Office document", _UNPACK)),
    (b"Rar!", Kind("RAR archive", _UNPACK)),
    (b"7z\xbc\xaf", Kind("7-Zip archive", _UNPACK)),
    (b"\x1a\x45\xdf\xa3", FILM),
)

_AVIF_BRANDS = {b"avif"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis"}
_SEQUENCE_BRANDS = {b"avis", b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"}
_GENERIC_STILL = {b"mif1", b"mif2"}


def sniff(data: bytes) -> Kind:
    """The format of `data`, by its first bytes; `UNKNOWN` when nothing fits."""
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data[:4] == b"RIFF":
        return WEBP if data[8:12] == b"WEBP" else FILM
    if data[4:8] == b"ftyp":
        return _by_brand(data)
    return TEXT if _is_text(data[:1024]) else UNKNOWN


def _by_brand(data: bytes) -> Kind:
    """AVIF, HEIC and MP4 share a container; the brands in its first box tell them apart."""
    size = int.from_bytes(data[:4], "big")
    major = data[8:12]
    brands = {major, *(data[at : at + 4] for at in range(16, min(size, 256), 4))}
    if major in _SEQUENCE_BRANDS:
        return HEIF_SEQUENCE
    if major in _AVIF_BRANDS or (major in _GENERIC_STILL and brands & _AVIF_BRANDS):
        return AVIF
    if major in _HEIC_BRANDS | _GENERIC_STILL:
        return HEIC
    return FILM


def _is_text(start: bytes) -> bool:
    if not start:
        return False
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    return all(byte >= 0x20 or byte in b"\t\n\r\f\x1b" for byte in start)
