"""From the bytes of any accepted format to upright, flat, sRGB pixels of a bounded size."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageCms

from gatekeeper_detectors.pictures.contract import Limits, Unreadable
from gatekeeper_detectors.pictures.sniff import AVIF, HEIC, JPEG, PNG, WEBP, Kind

_READERS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", AVIF: "AVIF", HEIC: "HEIF"}
"""Pillow's name for each format. "JPEG" also opens files with several pictures (MPO)."""

_MAY_MOVE = (PNG, WEBP, AVIF)
"""Formats in which several frames mean an animation, not a spare picture."""

_DECODER_THREADS = 2
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation."""
_SIDEWAYS = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""
_WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Upright:
    """Decoded pixels and the size that the original had, upright."""

    picture: Image.Image
    """Mode RGB, upright, longest edge within the limit, no metadata."""
    width: int
    """Pixels of the original, once turned upright."""
    height: int


def open_picture(data: bytes, kind: Kind, limits: Limits) -> Image.Image:
    """Open without decoding; refuse what moves or is too large. Raises `Unreadable`."""
    _prepare_libraries()
    image = Image.open(io.BytesIO(data), formats=[_READERS[kind]])
    _refuse_too_large(image, limits)
    if kind in _MAY_MOVE and getattr(image, "is_animated", False):
        raise Unreadable(
            f"This {kind.name} file is a moving picture (an animation).",
            "Choose a still photo instead.",
        )
    return image


def _prepare_libraries() -> None:
    """Limits of our own replace Pillow's, which would refuse a 200 megapixel phone photo."""
    import pi_heif
    from PIL import AvifImagePlugin

    Image.MAX_IMAGE_PIXELS = None
    AvifImagePlugin.DEFAULT_MAX_THREADS = _DECODER_THREADS
    pi_heif.register_heif_opener(decode_threads=_DECODER_THREADS)


def _refuse_too_large(image: Image.Image, limits: Limits) -> None:
    if image.width * image.height > limits.max_pixels:
        raise Unreadable(
            f"The picture is {image.width} × {image.height} pixels, which is too large.",
            "Make it smaller (4000 pixels along the longer side is plenty) and send that.",
        )


def decode(image: Image.Image, kind: Kind, limits: Limits) -> Upright:
    """Decode an opened picture. Whatever the libraries raise on broken files passes through."""
    orientation = _orientation(image, kind)
    width, height = image.size
    if orientation in _SIDEWAYS:
        width, height = height, width
    # Lets the JPEG decoder leave out detail that the resizing would throw away.
    image.draft(None, (2 * limits.longest_edge, 2 * limits.longest_edge))
    image.load()
    _refuse_too_large(image, limits)  # some containers show their true size only now
    profile = image.info.get("icc_profile")
    small = _capped(_resizable(image), limits.longest_edge)
    upright = _turned(_flat_srgb(small, profile), orientation)
    return Upright(_only_pixels(upright), width, height)


def _orientation(image: Image.Image, kind: Kind) -> int:
    """EXIF orientation still to be carried out, 1 to 8; 1 for anything else.

    The HEIC decoder turns the picture itself; for AVIF Pillow reports the container's
    turn as an EXIF orientation.
    """
    if kind is HEIC:
        return 1
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # broken EXIF says nothing about the turn
        return 1
    return value if value in range(1, 9) else 1


def _resizable(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be resized smoothly: L, LA, RGB, RGBA or CMYK."""
    if image.mode.startswith(("I", "F")):  # 16-bit grey: a plain conversion would clip
        return image.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "RGBa":
        return image.convert("RGBA")
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    return image


def _capped(image: Image.Image, longest_edge: int) -> Image.Image:
    longest = max(image.size)
    if longest <= longest_edge:
        return image
    width, height = (max(1, round(edge * longest_edge / longest)) for edge in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _flat_srgb(image: Image.Image, profile: object) -> Image.Image:
    """RGB on white paper; colours converted, not merely relabelled."""
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colour = image.convert({"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode))
    rgb = _to_srgb(colour, profile)
    if alpha is None:
        return rgb
    paper = Image.new("RGB", rgb.size, _WHITE)
    paper.paste(rgb, mask=alpha)
    return paper


def _to_srgb(image: Image.Image, profile: object) -> Image.Image:
    """Through the embedded ICC profile; without a usable one, as plain sRGB."""
    if isinstance(profile, bytes) and profile:
        for candidate in (image, image.convert("RGB")):
            try:
                return _through(candidate, profile)
            except (ImageCms.PyCMSError, OSError, ValueError):
                continue  # the profile is for another colour space, or broken
    return image.convert("RGB")


def _through(image: Image.Image, profile: bytes) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image,
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
    )
    if converted is None:
        raise ValueError("no conversion")
    return converted


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def _only_pixels(image: Image.Image) -> Image.Image:
    """A new picture made of nothing but the pixels."""
    return Image.frombytes("RGB", image.size, image.tobytes())
