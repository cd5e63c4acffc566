"""Walk the containers of pictures: is the file whole, and what stands behind the picture?

Reading only; nothing here decodes pixels. Formats: ITU T.81 annex B (JPEG), the PNG
specification section 5, the WebP container specification, ISO/IEC 14496-12 (boxes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gatekeeper_detectors.pictures.sniff import AVIF, HEIC, JPEG, PNG, WEBP, Kind


@dataclass(frozen=True)
class Part:
    """One segment, chunk or box of a container."""

    name: str
    """`COM`, `APP1`, `tEXt`, `mpvd` …"""
    start: int
    """Offset of the content in the file, in bytes."""
    end: int


@dataclass(frozen=True)
class Walk:
    """A container, as far as it could be followed."""

    parts: tuple[Part, ...]
    end: int | None
    """Offset behind the picture's last byte; None when the file stops before it."""


def walk(data: bytes, kind: Kind) -> Walk:
    """The parts of the first picture in `data`, and where that picture ends."""
    walkers: dict[Kind, Callable[[bytes], Walk]] = {
        JPEG: _walk_jpeg,
        PNG: _walk_png,
        WEBP: _walk_webp,
        AVIF: _walk_boxes,
        HEIC: _walk_boxes,
    }
    return walkers[kind](data)


# --- JPEG -----------------------------------------------------------------------------------

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_WITHOUT_LENGTH = {0x01, _SOI, *range(0xD0, 0xD8)}


def _walk_jpeg(data: bytes) -> Walk:
    parts: list[Part] = []
    at = 2
    while (found := _next_marker(data, at)) is not None:
        marker, at = found
        if marker == _EOI:
            return Walk(tuple(parts), at)
        if marker in _WITHOUT_LENGTH:
            continue
        end = at + int.from_bytes(data[at : at + 2], "big")
        parts.append(Part(_jpeg_name(marker), at + 2, end))
        at = end
    return Walk(tuple(parts), None)


def _next_marker(data: bytes, at: int) -> tuple[int, int] | None:
    """The next marker at or after `at` and the offset behind it.

    Skips stuffed and fill bytes, so it also steps over entropy-coded data and over the
    stray bytes that some cameras leave between segments.
    """
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        if data[at + 1] not in (0x00, 0xFF):
            return data[at + 1], at + 2
        at += 1
    return None


def _jpeg_name(marker: int) -> str:
    if 0xE0 <= marker <= 0xEF:
        return f"APP{marker - 0xE0}"
    return {0xFE: "COM", _SOS: "SOS"}.get(marker, f"{marker:02X}")


# --- PNG, WebP, boxes -----------------------------------------------------------------------


def _walk_png(data: bytes) -> Walk:
    parts = []
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8].decode("latin-1")
        parts.append(Part(name, at + 8, at + 8 + size))
        at += size + 12
        if name == "IEND":
            return Walk(tuple(parts), at)
    return Walk(tuple(parts), None)


def _walk_webp(data: bytes) -> Walk:
    end = 8 + int.from_bytes(data[4:8], "little")
    if end > len(data):
        return Walk((), None)
    parts = []
    at = 12
    while at + 8 <= end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        parts.append(Part(data[at : at + 4].decode("latin-1"), at + 8, at + 8 + size))
        at += 8 + size + size % 2  # chunks are padded to even lengths
    return Walk(tuple(parts), end)


def _walk_boxes(data: bytes) -> Walk:
    parts = tuple(_boxes(data))
    has_directory = any(part.name == "meta" for part in parts)
    if not has_directory or parts[-1].end > len(data):
        return Walk(parts, None)
    return Walk(parts, parts[-1].end)


def _boxes(data: bytes) -> Iterator[Part]:
    """Top-level boxes; stops at bytes that are no box."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        header = 8
        if size == 1:  # the true size follows in 64 bits
            size, header = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        elif size == 0:  # up to the end of the file
            size = len(data) - at
        name = data[at + 4 : at + 8]
        if size < header or not name.isalnum():
            return
        yield Part(name.decode("latin-1"), at + header, at + size)
        at += size
