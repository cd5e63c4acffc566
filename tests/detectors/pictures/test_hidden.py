"""What an original says besides its picture."""

from __future__ import annotations

import io

import pytest
from PIL import Image, PngImagePlugin

from gatekeeper_detectors.pictures.hidden import summarise
from gatekeeper_detectors.pictures.sniff import sniff
from gatekeeper_detectors.values import CameraSummary


def _summary(data: bytes) -> CameraSummary:
    image = Image.open(io.BytesIO(data))
    image.load()
    return summarise(data, sniff(data), image)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_phone_photo(saved, phone_exif, format):
    summary = _summary(saved(format, exif=phone_exif))
    assert (summary.make, summary.model) == ("Phonemaker", "Phone 5")
    assert summary.taken_at == "2024-06-21T10:02:03"
    assert summary.had_gps
    for words in ("GPS position", "camera serial number", "owner's name", "comment"):
        assert words in summary.found


def test_a_picture_without_anything(saved):
    assert _summary(saved()) == CameraSummary()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"comment": b"private"}, "comment"),
        ({"icc_profile": b"x" * 128}, "colour profile"),
        ({"xmp": b"<x:xmpmeta/>"}, "edit history (XMP)"),
    ],
)
def test_parts_of_a_jpeg(saved, options, words):
    assert words in _summary(saved(**options)).found


def test_a_position_in_the_edit_history(saved):
    summary = _summary(saved(xmp=b'<rdf exif:GPSLatitude="51,30N"/>'))
    assert summary.had_gps


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        (b"somebody's disk", "data after the end of the picture"),
        (b"\0\0\0\x18ftypmp42" + bytes(50), "embedded video"),
        (b"\xff\xd8\xff\xe0 another", "further pictures in the same file"),
    ],
)
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_what_follows_the_picture(saved, format, tail, words):
    assert words in _summary(saved(format) + tail).found


def test_padding_after_the_picture_hides_nothing(saved):
    assert _summary(saved() + bytes(100)).found == ()


def test_an_embedded_thumbnail(saved, quadrants):
    exif = Image.Exif()
    exif[0x010F] = "Cameramaker"
    plain = exif.tobytes()  # "Exif\0\0", then a directory that ends with no next one
    preview = saved(image=quadrants(8, 6))
    second = len(plain) - 6
    directory = b"\0\2" + b"".join(
        tag.to_bytes(2, "big") + b"\0\4\0\0\0\1" + value.to_bytes(4, "big")
        for tag, value in ((0x0201, second + 30), (0x0202, len(preview)))
    )
    body = _big_endian_directory_pointing_to(second)
    data = saved(exif=b"Exif\0\0" + body.ljust(second, b"\0") + directory + bytes(4) + preview)
    assert "embedded thumbnail" in _summary(data).found


def _big_endian_directory_pointing_to(next_directory: int) -> bytes:
    orientation = b"\x01\x12\0\3\0\0\0\1\0\1\0\0"
    return b"MM\0*\0\0\0\x08" + b"\0\1" + orientation + next_directory.to_bytes(4, "big")


def test_text_in_a_png(saved):
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Description", "A sentence about somebody")
    assert "text notes" in _summary(saved("PNG", pnginfo=notes)).found


@pytest.mark.parametrize("when", ["", "yesterday", "0000:00:00 00:00:00", "2024:13:01 00:00:00"])
def test_a_time_that_is_none(saved, when):
    exif = Image.Exif()
    exif[0x0132] = when or " "
    assert _summary(saved(exif=exif)).taken_at == ""


def test_odd_names_are_tamed(saved):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Maker\x07\n ", "M" * 500
    summary = _summary(saved(exif=exif))
    assert summary.make == "Maker"
    assert len(summary.model) == 64


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_is_no_obstacle(saved):
    summary = _summary(saved(exif=b"Exif\0\0II*\0\xff\xff\xff\x7f garbage"))
    assert summary.make == ""
