"""Formats are told by content alone."""

from __future__ import annotations

import io
import zipfile

import pytest

from gatekeeper_detectors.pictures.sniff import AVIF, HEIC, JPEG, PNG, WEBP, sniff


def _ftyp(major: bytes, *compatible: bytes) -> bytes:
    brands = b"".join(compatible)
    return (16 + len(brands)).to_bytes(4, "big") + b"ftyp" + major + bytes(4) + brands


@pytest.mark.parametrize(
    ("format", "kind"), [("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP), ("AVIF", AVIF)]
)
def test_real_pictures(saved, format, kind):
    assert sniff(saved(format)) is kind
    assert kind.accepted


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (_ftyp(b"heic", b"mif1", b"heic"), HEIC),
        (_ftyp(b"heix", b"mif1"), HEIC),
        (_ftyp(b"mif1", b"mif1", b"heic"), HEIC),
        (_ftyp(b"mif1", b"avif", b"miaf"), AVIF),
        (_ftyp(b"avif", b"mif1"), AVIF),
    ],
)
def test_brands(data, kind):
    assert sniff(data + bytes(100)) is kind


def test_brands_after_the_first_box_do_not_count():
    assert sniff(_ftyp(b"mif1", b"heic") + b"avif" * 4) is HEIC


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("photo.jpg", b"\xff\xd8\xff")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"GIF89a", "GIF"),
        (b"II*\x00", "TIFF or camera raw file"),
        (b"MM\x00*", "TIFF or camera raw file"),
        (b"BM....", "BMP"),
        (b"%PDF-1.7", "PDF"),
        (_zip(), "ZIP archive or Office document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Office document"),
        (_ftyp(b"isom", b"mp42"), "film"),
        (_ftyp(b"qt  "), "film"),
        (_ftyp(b"avis", b"avif"), "moving picture (HEIF sequence)"),
        (_ftyp(b"hevc", b"heic"), "moving picture (HEIF sequence)"),
        (b"RIFF\x00\x00\x00\x00AVI ", "film"),
        (b"Dear parents,\r\n", "text file"),
        ("Liebe Grüße".encode(), "text file"),
        ("Dear".encode("utf-16"), "text file"),
        (b"<svg xmlns='...'>", "text file"),
        (b"\x00\x01\x02\x03", ""),
        (b"\x89PNX\r\n\x1a\n", ""),
        (b"", ""),
    ],
)
def test_what_is_not_accepted_gets_a_name_and_a_way_out(data, name):
    kind = sniff(data)
    assert kind.name == name
    assert not kind.accepted
    assert kind.mend.endswith(".")
