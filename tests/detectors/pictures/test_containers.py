"""Where a picture ends, and whether the file reaches that far."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatekeeper_detectors.pictures.containers import walk
from gatekeeper_detectors.pictures.sniff import AVIF, HEIC, JPEG, PNG, WEBP

FORMATS = [("JPEG", JPEG), ("PNG", PNG), ("WEBP", WEBP), ("AVIF", AVIF)]


@pytest.mark.parametrize(("format", "kind"), FORMATS)
def test_a_whole_picture_ends_at_its_last_byte(saved, format, kind):
    data = saved(format)
    assert walk(data, kind).end == len(data)


@pytest.mark.parametrize(("format", "kind"), FORMATS)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_a_cut_picture_has_no_end(saved, format, kind, part):
    data = saved(format)
    assert walk(data[: int(len(data) * part)], kind).end is None


@pytest.mark.parametrize(("format", "kind"), FORMATS)
def test_what_follows_a_picture_is_not_part_of_it(saved, format, kind):
    data = saved(format)
    assert walk(data + bytes(3), kind).end == len(data)


def test_the_end_of_an_embedded_preview_is_not_the_end(saved, phone_exif):
    preview = saved()
    data = saved(exif=b"Exif\0\0" + preview)
    assert walk(data, JPEG).end == len(data)
    assert walk(data[: len(preview) + 200], JPEG).end is None


def test_jpeg_segments_are_named(saved):
    data = saved(comment=b"private", icc_profile=b"x" * 300)
    parts = {part.name: data[part.start : part.end] for part in walk(data, JPEG).parts}
    assert parts["COM"] == b"private"
    assert parts["APP2"].startswith(b"ICC_PROFILE")


def test_boxes_with_long_and_open_sizes():
    long_box = b"\0\0\0\1meta" + (20).to_bytes(8, "big") + b"data"
    open_box = b"\0\0\0\0free" + b"to the end"
    contents = walk(long_box + open_box, HEIC)
    assert [part.name for part in contents.parts] == ["meta", "free"]
    assert contents.end == len(long_box + open_box)


@pytest.mark.parametrize("kind", [JPEG, PNG, WEBP, AVIF, HEIC])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200))
def test_any_bytes_can_be_walked(kind, data):
    end = walk(data, kind).end
    assert end is None or end <= len(data)
