"""From any accepted format to upright, flat, sRGB pixels."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from gatekeeper_detectors.pictures.contract import Limits, Unreadable
from gatekeeper_detectors.pictures.pixels import Upright, decode, open_picture
from gatekeeper_detectors.pictures.sniff import sniff

RED, GREEN, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (255, 255, 255), (0, 0, 0)

_TURN_AWAY = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera holds the pixels for each EXIF orientation."""


@pytest.fixture(autouse=True)
def _leave_pillow_as_it_was(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)


def _decoded(data: bytes, limits: Limits = Limits()) -> Upright:
    kind = sniff(data)
    return decode(open_picture(data, kind, limits), kind, limits)


def _near(pixel: object, colour: tuple[int, int, int], by: int = 40) -> bool:
    return bool(np.all(np.abs(np.subtract(pixel, colour)) <= by))


def _same(one: Image.Image, other: Image.Image) -> bool:
    difference = np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16))
    return one.size == other.size and float(difference.mean()) < 6


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_upright(saved, quadrants, format, orientation):
    turn = _TURN_AWAY[orientation]
    held = quadrants() if turn is None else quadrants().transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = _decoded(saved(format, held, exif=exif))
    assert _same(upright.picture, quadrants())
    assert (upright.width, upright.height) == (64, 48)


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_a_nonsense_orientation_turns_nothing(saved, quadrants, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert _same(_decoded(saved(exif=exif)).picture, quadrants())


@pytest.mark.parametrize(
    ("size", "clean"),
    [
        ((100, 50), (100, 50)),
        ((101, 50), (100, 50)),
        ((1000, 500), (100, 50)),
        ((400, 800), (50, 100)),
        ((2000, 2), (100, 1)),
        ((1, 1), (1, 1)),
    ],
)
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_the_longest_edge_is_capped(saved, quadrants, format, size, clean):
    upright = _decoded(saved(format, quadrants(*size)), Limits(longest_edge=100))
    assert upright.picture.size == clean
    assert (upright.width, upright.height) == size


def test_nothing_but_pixels_is_carried(saved, phone_exif):
    picture = _decoded(saved(exif=phone_exif, comment=b"private", dpi=(72, 72))).picture
    assert picture.info == {}
    assert dict(picture.getexif()) == {}


@pytest.mark.parametrize("grey", [0, 77, 128, 255])
def test_sixteen_bit_grey_keeps_its_brightness(saved, grey):
    deep = Image.fromarray(np.full((8, 8), grey * 257, np.uint16))
    assert _decoded(saved("PNG", deep)).picture.getpixel((4, 4)) == (grey,) * 3


def test_one_bit(saved):
    assert _decoded(saved("PNG", Image.new("1", (8, 8), 1))).picture.getpixel((4, 4)) == WHITE


@pytest.mark.parametrize("format", ["PNG", "WEBP", "AVIF"])
def test_transparent_parts_become_white(saved, format):
    image = Image.new("RGBA", (32, 16), (255, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 16, 16))
    picture = _decoded(saved(format, image)).picture
    assert _near(picture.getpixel((4, 8)), WHITE)
    assert _near(picture.getpixel((28, 8)), RED)


def test_transparent_grey(saved):
    picture = _decoded(saved("PNG", Image.new("LA", (8, 8), (0, 0)))).picture
    assert picture.getpixel((4, 4)) == WHITE


def test_palette_with_transparency(saved):
    image = Image.new("P", (16, 8), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(0, (0, 0, 8, 8))
    picture = _decoded(saved("PNG", image, transparency=bytes([0, 255]))).picture
    assert picture.getpixel((2, 4)) == WHITE
    assert picture.getpixel((14, 4)) == RED


def test_cmyk_is_converted_through_its_profile(saved, cmyk_profile):
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    assert _near(_decoded(saved(image=cyan)).picture.getpixel((8, 8)), (0, 255, 255))
    printed = _decoded(saved(image=cyan, icc_profile=cmyk_profile)).picture
    assert _near(printed.getpixel((8, 8)), RED)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_rgb_is_converted_through_its_profile(saved, rgb_profile, mode):
    image = Image.new(mode, (16, 16), "red")
    assert _decoded(saved("PNG", image)).picture.getpixel((8, 8)) == RED
    shown = _decoded(saved("PNG", image, icc_profile=rgb_profile)).picture
    assert _near(shown.getpixel((8, 8)), GREEN)


@pytest.mark.parametrize("profile", [b"", b"nonsense", bytes(200)])
def test_a_broken_profile_is_passed_over(saved, quadrants, profile):
    data = saved("PNG", icc_profile=profile)
    assert _same(_decoded(data).picture, quadrants())


def test_a_profile_for_another_colour_space_is_passed_over(saved, cmyk_profile):
    grey = Image.new("L", (16, 16), 100)
    picture = _decoded(saved("PNG", grey, icc_profile=cmyk_profile)).picture
    assert picture.getpixel((8, 8)) == (100, 100, 100)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_animations_are_refused(animation, format):
    with pytest.raises(Unreadable, match="moving picture") as refusal:
        _decoded(animation(format))
    assert "still photo" in refusal.value.mend


def test_of_several_pictures_in_a_jpeg_the_first_is_taken(animation, quadrants):
    assert _same(_decoded(animation("MPO")).picture, quadrants())


def test_too_many_pixels_are_refused_before_decoding(huge_png):
    with pytest.raises(Unreadable, match="30000 × 30000"):
        open_picture(huge_png, sniff(huge_png), Limits())
    assert len(huge_png) < 200_000


def test_the_pixel_limit_itself_is_allowed(saved):
    data = saved("PNG", Image.new("L", (10, 10)))
    assert open_picture(data, sniff(data), Limits(max_pixels=100))
    with pytest.raises(Unreadable):
        open_picture(data, sniff(data), Limits(max_pixels=99))


def test_a_large_jpeg_is_decoded_small(saved):
    data = saved(image=Image.new("RGB", (3200, 2400), "red"))
    kind = sniff(data)
    image = open_picture(data, kind, Limits())
    upright = decode(image, kind, Limits(longest_edge=100))
    assert image.width < 3200  # the decoder left detail out
    assert (upright.width, upright.height) == (3200, 2400)
    assert upright.picture.size == (100, 75)


def test_decoding_is_repeatable(saved, quadrants):
    data = saved("WEBP", quadrants(500, 300))
    one, other = (_decoded(data, Limits(longest_edge=200)).picture for _ in range(2))
    assert one.tobytes() == other.tobytes()
    assert Image.open(io.BytesIO(data)).size == (500, 300)
