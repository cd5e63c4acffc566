"""Pictures made in code: every format, mode and kind of damage that the tests need."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

MakePicture = Callable[..., bytes]


def _quadrants(width: int = 64, height: int = 48) -> Image.Image:
    """Red, green, blue and white quarters: every turn and flip looks different."""
    image = Image.new("RGB", (width, height), "white")
    across, down = width // 2, height // 2
    image.paste("red", (0, 0, across, down))
    image.paste("lime", (across, 0, width, down))
    image.paste("blue", (0, down, across, height))
    return image


@pytest.fixture
def quadrants() -> Callable[..., Image.Image]:
    return _quadrants


@pytest.fixture
def saved() -> MakePicture:
    """Any image (the quadrants, when none is given) in a format, as bytes."""

    def save(format: str = "JPEG", image: Image.Image | None = None, **options: Any) -> bytes:
        buffer = io.BytesIO()
        (image or _quadrants()).save(buffer, format, **options)
        return buffer.getvalue()

    return save


@pytest.fixture
def phone_exif() -> Image.Exif:
    """What a phone writes: make, model, time, owner, position, serial number, comment."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Phonemaker", "Phone 5"
    exif[0x013B] = "Owner of the phone"
    exif[0x010E] = "A sentence about somebody"
    exif.get_ifd(0x8769).update({0x9003: "2024:06:21 10:02:03", 0xA431: "SN-0042"})
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 0.0), 3: "W", 4: (0.0, 7.0, 0.0)})
    return exif


@pytest.fixture
def animation(quadrants: Callable[..., Image.Image]) -> Callable[[str], bytes]:
    def animate(format: str) -> bytes:
        frames = [quadrants(), quadrants().rotate(180)]
        buffer = io.BytesIO()
        frames[0].save(buffer, format, save_all=True, append_images=frames[1:], duration=100)
        return buffer.getvalue()

    return animate


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


@pytest.fixture(scope="session")
def huge_png() -> bytes:
    """A complete PNG of 30,000 x 30,000 black dots in about 100 kB."""
    packer = zlib.compressobj(9)
    row = bytes(1 + 30_000 // 8)
    pixels = b"".join(packer.compress(row * 1000) for _ in range(30)) + packer.flush()
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", pixels)
        + _chunk(b"IEND", b"")
    )


# --- ICC profiles ---------------------------------------------------------------------------


def _lookup_table(inks: int, lab_of_corner: Callable[[int], tuple[int, int, int]]) -> bytes:
    """An `mft1` table with two grid points an ink; corner bits are the inks, first highest."""
    straight = bytes(range(256))
    corners = b"".join(bytes(lab_of_corner(corner)) for corner in range(2**inks))
    unit_matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    head = b"mft1" + bytes(4) + bytes((inks, 3, 2, 0)) + unit_matrix
    return head + straight * inks + corners + straight * 3


def _profile(space: bytes, device: bytes, table: bytes) -> bytes:
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0\0\0\0",
        b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061),
        b"A2B0": table,
    }
    at = 128 + 4 + 12 * len(tags)
    directory, bodies = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        body += bytes(-len(body) % 4)
        directory += name + struct.pack(">II", at + len(bodies), len(body))
        bodies += body
    size = at + len(bodies)
    head = struct.pack(">I", size) + bytes(4) + b"\x02\x40\0\0" + device + space + b"Lab "
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + directory + bodies


# As the bytes of an 8-bit table hold them: L from 0 to 255, a and b around 128.
_LAB_WHITE, _LAB_BLACK = (255, 128, 128), (0, 128, 128)
_LAB_RED, _LAB_GREEN = (136, 208, 195), (224, 42, 211)


@pytest.fixture(scope="session")
def cmyk_profile() -> bytes:
    """A made-up press: every coloured ink prints red, black prints black."""

    def lab(corner: int) -> tuple[int, int, int]:
        if corner & 0b0001:
            return _LAB_BLACK
        return _LAB_RED if corner else _LAB_WHITE

    return _profile(b"CMYK", b"prtr", _lookup_table(4, lab))


@pytest.fixture(scope="session")
def rgb_profile() -> bytes:
    """A made-up screen on which full red shines green."""

    def lab(corner: int) -> tuple[int, int, int]:
        return {0b000: _LAB_BLACK, 0b100: _LAB_GREEN}.get(corner, _LAB_WHITE)

    return _profile(b"RGB ", b"scnr", _lookup_table(3, lab))
