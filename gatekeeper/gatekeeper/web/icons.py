"""The icons of the installed app: `static/icon.svg` in pixels.

    python -m gatekeeper.web.icons

draws them again after a change. Phones take no SVG for an icon on the home screen.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

STATIC = Path(__file__).parent / "static"
GREEN, GOLD, WHITE = "#0f4c4a", "#f4c56a", "#ffffff"
UNITS = 64
"""Width and height of the drawing, as in the SVG."""
_FINER = 4
"""Drawn so many times as large, then made smaller, so that edges are smooth."""
_SAFE = 0.72
"""Size of the sign on an icon that phones cut to a circle or a drop (W3C: maskable icons)."""


def square(pixels: int, *, whole: bool) -> Image.Image:
    """The icon with round corners, or (`whole`) filled to the edge for phones to cut."""
    side = pixels * _FINER
    image = Image.new("RGBA", (side, side), GREEN if whole else (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    if not whole:
        draw.rounded_rectangle((0, 0, side - 1, side - 1), 14 * side / UNITS, GREEN)
    _sign(draw, side, _SAFE if whole else 1.0)
    return image.resize((pixels, pixels), Image.Resampling.LANCZOS)


def _sign(draw: ImageDraw.ImageDraw, side: int, size: float) -> None:
    """The gate and the tick; `size` is its share of the whole drawing."""
    unit = side * size / UNITS
    margin = side * (1 - size) / 2

    def at(x: float, y: float) -> tuple[float, float]:
        return margin + x * unit, margin + y * unit

    wide = round(6 * unit)
    draw.arc((*at(11, 7), *at(53, 49)), 180, 360, GOLD, wide)
    for x in (14, 50):
        draw.rectangle((*at(x - 3, 28), *at(x + 3, 50)), GOLD)
        draw.ellipse((*at(x - 3, 47), *at(x + 3, 53)), GOLD)
    draw.line((at(25, 36), at(31, 42), at(41, 30)), WHITE, wide, joint="curve")
    for x, y in ((25, 36), (31, 42), (41, 30)):
        draw.ellipse((*at(x - 3, y - 3), *at(x + 3, y + 3)), WHITE)


ICONS = {
    "icon-180.png": (180, True),
    "icon-192.png": (192, False),
    "icon-512.png": (512, False),
    "icon-maskable-512.png": (512, True),
}
"""File name to pixels, and whether it is filled to the edge."""


def draw_all(folder: Path = STATIC) -> None:
    for name, (pixels, whole) in ICONS.items():
        square(pixels, whole=whole).save(folder / name, optimize=True)


if __name__ == "__main__":
    draw_all()
