"""Nothing but the picture passes the verifier."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from gatekeeper_detectors.pictures.encoding import JPEG_SETTINGS
from gatekeeper_detectors.pictures.verify import _template, residue


def _clean(width: int = 80, height: int = 60, pixels: bytes | None = None) -> bytes:
    pixels = pixels or bytes(range(256)) * (width * height * 3 // 256 + 1)
    image = Image.frombytes("RGB", (width, height), pixels[: width * height * 3])
    buffer = io.BytesIO()
    image.save(buffer, **JPEG_SETTINGS)
    return buffer.getvalue()


CLEAN = _clean()
FIRST_SCAN = CLEAN.index(b"\xff\xda")
CODED = FIRST_SCAN + 14


def _segment(marker: int, content: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


def _after_start(segment: bytes) -> bytes:
    return CLEAN[:2] + segment + CLEAN[2:]


def _before_scan(segment: bytes) -> bytes:
    return CLEAN[:FIRST_SCAN] + segment + CLEAN[FIRST_SCAN:]


def _resaved(**options: object) -> bytes:
    buffer = io.BytesIO()
    image = Image.open(io.BytesIO(CLEAN))
    image.save(buffer, **{**JPEG_SETTINGS, **options})
    return buffer.getvalue()


_JFIF_WITH_PREVIEW = _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1" + b"\x80\x80\x80")
_TIFF = b"Exif\0\0II*\0\x08\0\0\0\1\0\x0e\1\2\0\4\0\0\0abc\0\0\0\0\0"

CONTAMINANTS = {
    "comment": _after_start(_segment(0xFE, b"a sentence about a child")),
    "comment before the scan": _before_scan(_segment(0xFE, b"x")),
    "EXIF": _after_start(_segment(0xE1, _TIFF)),
    "EXIF after the JFIF header": CLEAN[:20] + _segment(0xE1, _TIFF) + CLEAN[20:],
    "XMP": _before_scan(_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x/>")),
    "ICC profile": _before_scan(_segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(128))),
    "IPTC": _before_scan(_segment(0xED, b"Photoshop 3.0\x008BIM\4\4\0\0\0\0\0\0")),
    "Adobe marker": _before_scan(_segment(0xEE, b"Adobe\0\x64\0\0\0\0\1")),
    "unknown application data": _before_scan(_segment(0xEB, b"secret")),
    "empty application data": _before_scan(_segment(0xEF, b"")),
    "JFIF preview": CLEAN[:2] + _JFIF_WITH_PREVIEW + CLEAN[20:],
    "second JFIF header": CLEAN[:20] + CLEAN[2:20] + CLEAN[20:],
    "other density": CLEAN[:13] + b"\1\0\x48\0\x48" + CLEAN[18:],
    "restart interval": _before_scan(_segment(0xDD, b"\0\4")),
    "fill bytes": CLEAN[:2] + b"\xff\xff" + CLEAN[2:],
    "other quantisation table": CLEAN[:30] + bytes([CLEAN[30] ^ 1]) + CLEAN[31:],
    "one byte after the end": CLEAN + b"\0",
    "many bytes after the end": CLEAN + b"somebody's disk" * 1000,
    "film after the end": CLEAN + b"\0\0\0\x18ftypmp42" + bytes(500),
    "second picture": CLEAN + CLEAN,
    "second end": CLEAN + b"\xff\xd9",
    "bytes hidden before the end": CLEAN[:-2] + b"hidden behind" + CLEAN[-2:],
    "restart marker in the coded data": CLEAN[:-2] + b"\xff\xd0" + CLEAN[-2:],
    "comment in the coded data": CLEAN[:-2] + _segment(0xFE, b"x") + CLEAN[-2:],
    "bare marker byte": CLEAN[:-2] + b"\xff" + CLEAN[-2:],
    "no end": CLEAN[:-2],
    "nothing": b"",
    "not a picture": b"just text",
    "other quality": _resaved(quality=90),
    "progressive": _resaved(progressive=True),
    "optimised tables": _resaved(optimize=True),
    "restart markers": _resaved(restart_marker_blocks=2),
    "full colour resolution": _resaved(subsampling="4:4:4"),
}


@pytest.mark.parametrize("name", CONTAMINANTS)
def test_contaminants_are_found(name):
    assert residue(CONTAMINANTS[name])


def test_exif_is_also_found_by_the_second_reader():
    assert any(report.startswith("a tag") for report in residue(CONTAMINANTS["EXIF"]))


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 70),
    height=st.integers(1, 70),
    seed=st.binary(min_size=1, max_size=64),
)
def test_no_false_alarm_whatever_the_picture(width, height, seed):
    pixels = seed * (width * height * 3 // len(seed) + 1)
    assert residue(_clean(width, height, pixels)) == ()


@settings(max_examples=100, deadline=None)
@given(at=st.integers(0, CODED - 1), flip=st.integers(1, 255))
def test_every_byte_of_the_header_counts_except_the_size(at, flip):
    size_at = CLEAN.index(b"\xff\xc0") + 5
    changed = CLEAN[:at] + bytes([CLEAN[at] ^ flip]) + CLEAN[at + 1 :]
    assert residue(changed) or at in range(size_at, size_at + 4)


@settings(max_examples=60, deadline=None)
@given(extra=st.binary(min_size=1, max_size=40))
def test_anything_after_the_end_is_found(extra):
    assert residue(CLEAN + extra)


@settings(max_examples=60, deadline=None)
@given(extra=st.binary(min_size=9, max_size=40))
def test_anything_longer_than_the_read_ahead_before_the_end_is_found(extra):
    assert residue(CLEAN[:-2] + extra.replace(b"\xff", b"\xff\0") + CLEAN[-2:])


def test_a_writer_that_makes_other_headers_is_not_trusted(monkeypatch):
    monkeypatch.setitem(JPEG_SETTINGS, "progressive", True)
    _template.cache_clear()
    try:
        assert "known JPEG library" in residue(CLEAN)[0]
    finally:
        _template.cache_clear()
