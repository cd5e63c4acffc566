"""The sample school's badge, drawn here: a bramble leaf on a shield."""

from __future__ import annotations

import io


def draw_badge(side: int = 400) -> bytes:
    """A PNG of `side` x `side` pixels."""
    from PIL import Image, ImageDraw

    badge = Image.new("RGB", (400, 400), "#0f5e5b")
    draw = ImageDraw.Draw(badge)
    draw.polygon([(70, 50), (330, 50), (330, 220), (200, 370), (70, 220)], fill="#f7f3ea")
    for centre in ((200, 130), (150, 185), (250, 185)):
        x, y = centre
        draw.ellipse([x - 42, y - 42, x + 42, y + 42], fill="#6b2d5c")
    draw.line([(200, 215), (200, 330)], fill="#1d6b3f", width=14)
    draw.polygon([(200, 270), (260, 245), (250, 290)], fill="#1d6b3f")
    out = io.BytesIO()
    badge.resize((side, side), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()
