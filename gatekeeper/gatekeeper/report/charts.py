"""The report's charts as a few shapes, drawn as SVG on a page or by the PDF writer.

A chart is a `Drawing` in its own units, one unit about a point. Colours are tones by name, so
that a page can follow dark mode and paper cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

Tone = Literal["ink", "quiet", "line", "teal", "ok", "ask", "no", "off"]

WIDTH = 360.0
_ROW, _BAR, _SMALL, _LABELS = 17.0, 10.0, 9.5, 168.0


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    tone: Tone


@dataclass(frozen=True)
class Words:
    x: float
    y: float
    """Of the baseline."""
    text: str
    size: float = _SMALL
    tone: Tone = "ink"
    to_the: Literal["start", "end"] = "start"


@dataclass(frozen=True)
class Drawing:
    title: str
    """What it shows, for those who cannot see it."""
    height: float
    shapes: tuple[Bar | Words, ...]
    width: float = WIDTH

    def svg(self) -> Markup:
        """Inline SVG, with every text escaped. Only classes and attributes: the pages' policy
        forbids styles."""
        return Markup(
            '<svg class="chart" viewBox="0 0 {:g} {:g}" role="img"><title>{}</title>{}</svg>'
        ).format(self.width, self.height, self.title, Markup("").join(map(_svg, self.shapes)))


def _svg(shape: Bar | Words) -> Markup:
    if isinstance(shape, Bar):
        return Markup(
            '<rect class="tone-{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="1.5"/>'
        ).format(shape.tone, shape.x, shape.y, shape.width, shape.height)
    return Markup(
        '<text class="tone-{}" x="{:.1f}" y="{:.1f}" font-size="{:g}" text-anchor="{}">{}</text>'
    ).format(shape.tone, shape.x, shape.y, shape.size, shape.to_the, shape.text)


def _cut(text: str, most: int = 36) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def bars(title: str, rows: Sequence[tuple[str, Sequence[tuple[int, Tone]]]]) -> Drawing:
    """One line a row: its label, and a bar of coloured parts with their sum behind it."""
    most = max((sum(number for number, _ in parts) for _, parts in rows), default=0) or 1
    room = WIDTH - _LABELS - 28
    shapes: list[Bar | Words] = []
    for index, (label, parts) in enumerate(rows):
        top, x = index * _ROW + 2, _LABELS
        shapes.append(Words(_LABELS - 6, top + _BAR - 1, _cut(label), to_the="end"))
        for number, tone in parts:
            if number:
                width = number / most * room
                shapes.append(Bar(x, top, width, _BAR, tone))
                x += width
        total = f"{sum(number for number, _ in parts):,}"
        shapes.append(Words(x + 4, top + _BAR - 1, total, tone="quiet"))
    said = "; ".join(f"{label}: {sum(n for n, _ in parts)}" for label, parts in rows)
    return Drawing(f"{title}. {said}.", len(rows) * _ROW + 2, tuple(shapes))


def share(title: str, parts: Sequence[tuple[str, int, Tone]]) -> Drawing:
    """One bar that is the whole, its parts named below it."""
    total = sum(number for _, number, _ in parts)
    shapes: list[Bar | Words] = [Bar(0, 2, WIDTH, 16, "line")]
    x = 0.0
    for _, number, tone in parts:
        if number:
            width = number / total * WIDTH
            shapes.append(Bar(x, 2, width, 16, tone))
            x += width
    for index, (label, number, tone) in enumerate(parts):
        left = index * WIDTH / len(parts)
        shapes.append(Bar(left, 25, 8, 8, tone))
        shapes.append(Words(left + 12, 33, f"{label}: {number:,}"))
    said = "; ".join(f"{label}: {number}" for label, number, _ in parts)
    return Drawing(f"{title}. {said}.", 38, tuple(shapes))


def intervals(
    title: str, rows: Sequence[tuple[str, float, tuple[float, float] | None, str]]
) -> Drawing:
    """A rate with what it may really be: label, rate, lowest and highest (0 to 1), words."""
    most = max((high for _, _, found, _ in rows if found for high in [found[1]]), default=0) or 1
    shapes: list[Bar | Words] = []
    for index, (label, rate, found, words) in enumerate(rows):
        top = index * 2 * _ROW
        shapes.append(Words(0, top + 10, label))
        shapes.append(Words(WIDTH, top + 10, words, tone="quiet", to_the="end"))
        shapes.append(Bar(0, top + 20, WIDTH, 2, "line"))
        if found:
            low, high = (edge / most * WIDTH for edge in found)
            shapes.append(Bar(low, top + 18, max(high - low, 1), 6, "ask"))
            shapes.append(Bar(max(rate / most * WIDTH - 1.5, 0), top + 15, 3, 12, "no"))
    said = "; ".join(f"{label}: {words}" for label, _, _, words in rows)
    return Drawing(f"{title}. {said}.", len(rows) * 2 * _ROW, tuple(shapes))
