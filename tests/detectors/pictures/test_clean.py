"""The front door: a clean picture or a clear refusal."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from gatekeeper_detectors.pictures import Limits, Unreadable, clean_picture, read_photo, residue


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_dirty_picture_comes_out_clean(saved, phone_exif, format):
    clean = clean_picture(saved(format, exif=phone_exif) + bytes(2))
    assert clean.residue == residue(clean.jpeg) == ()
    assert b"Phonemaker" not in clean.jpeg
    assert clean.sha256 == hashlib.sha256(clean.jpeg).hexdigest()
    assert (clean.width, clean.height) == (64, 48)
    assert clean.camera.had_gps
    assert clean.source_format.upper() == format


def test_the_same_picture_gives_the_same_bytes(saved, phone_exif):
    data = saved("WEBP", exif=phone_exif)
    assert clean_picture(data) == clean_picture(data)


def test_a_clean_picture_may_be_cleaned_again(saved, phone_exif):
    once = clean_picture(saved(exif=phone_exif))
    twice = clean_picture(once.jpeg)
    assert twice.residue == ()
    assert twice.camera.found == ()


def test_boxes_can_be_scaled_to_the_original(saved, quadrants):
    clean = clean_picture(saved(image=quadrants(800, 600)), Limits(longest_edge=400))
    assert (clean.upright_width, clean.upright_height, clean.to_upright) == (800, 600, 2.0)


@pytest.mark.parametrize("part", [0.02, 0.2, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_truncated(saved, quadrants, format, part):
    data = saved(format, quadrants(300, 200))
    with pytest.raises(Unreadable) as refusal:
        clean_picture(data[: max(16, int(len(data) * part))])
    assert "incomplete" in refusal.value.message
    assert refusal.value.mend == "Send it again."


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"This is not a photo.", "text file"),
        (b"GIF89a" + bytes(50), "a GIF"),
        (b"\x00\x00\x01\x00" + bytes(50), "an icon file"),
        (b"\x01\x02\x03", "something else"),
        (b"\xff\xd8\xff\xd9", "damaged"),
        (b"\0\0\0\x10ftypheic\0\0\0\0\0\0\0\x0cmeta\0\0\0\0", "damaged"),
    ],
)
def test_hopeless_files(data, message):
    with pytest.raises(Unreadable, match=message) as refusal:
        clean_picture(data)
    assert refusal.value.mend


def test_an_animated_gif(animation):
    with pytest.raises(Unreadable, match="GIF") as refusal:
        clean_picture(animation("GIF"))
    assert "still photo" in refusal.value.mend


@pytest.mark.parametrize("format", ["PNG", "WEBP", "AVIF"])
def test_other_animations(animation, format):
    with pytest.raises(Unreadable, match="moving picture"):
        clean_picture(animation(format))


def test_a_picture_of_enormous_size_in_a_small_file(huge_png):
    with pytest.raises(Unreadable, match="too large"):
        clean_picture(huge_png)


def test_an_upload_over_the_limit(saved):
    with pytest.raises(Unreadable, match="60 MB; 40 MB is the most"):
        clean_picture(saved() + bytes(60 * 1024 * 1024))


def test_cmyk_with_a_profile(saved, cmyk_profile):
    image = Image.new("CMYK", (32, 32), (255, 0, 0, 0))
    clean = clean_picture(saved(image=image, icc_profile=cmyk_profile))
    assert clean.residue == ()
    assert "colour profile" in clean.camera.found


def test_a_photo_for_a_case(saved):
    good = read_photo("good.jpg", saved())
    assert good.clean is not None
    assert (good.problem, good.mend) == ("", "")
    bad = read_photo("bad.jpg", b"text")
    assert bad.clean is None
    assert bad.problem == "This is a text file, not a usable photo."
    assert bad.mend


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damage_never_gets_past(saved, phone_exif, data):
    """A damaged file is refused, or what comes of it is clean; nothing else happens."""
    whole = bytearray(saved(data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "AVIF"]))))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(12, len(whole) - 1))] = data.draw(st.integers(0, 255))
    photo = read_photo("damaged", bytes(whole))
    if photo.clean is None:
        assert photo.problem
        assert photo.mend
    else:
        assert photo.clean.residue == ()
