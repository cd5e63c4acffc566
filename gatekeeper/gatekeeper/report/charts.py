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

WIDTH = 300.0
"""About what a telephone has to spare, so that words are as large there as those around."""
SMALL = 12.0
"""Size of words."""
_LINE, _BAR, _NUMBER = 15.0, 9.0, 52.0
"""Height of a line of words and of a bar, and room for the number behind it."""


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
    size: float = SMALL
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


def _cut(text: str, most: int = 44) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


Part = tuple[str, int, Tone]
"""A part of a bar: what it is called, how many, its colour."""


def bars(title: str, rows: Sequence[tuple[str, Sequence[Part]]]) -> Drawing:
    """For each row its label, and below it a bar of coloured parts with their sum behind it."""
    most = max((_total(parts) for _, parts in rows), default=0) or 1
    shapes: list[Bar | Words] = []
    for index, (label, parts) in enumerate(rows):
        top, x = index * (_LINE + _BAR + 7), 0.0
        shapes.append(Words(0, top + SMALL, _cut(label)))
        for _, number, tone in parts:
            if number:
                width = number / most * (WIDTH - _NUMBER)
                shapes.append(Bar(x, top + _LINE + 1, width, _BAR, tone))
                x += width
        shapes.append(Words(x + 4, top + _LINE + _BAR, f"{_total(parts):,}", tone="quiet"))
    said = "; ".join(f"{label}: {_said(parts)}" for label, parts in rows)
    return Drawing(f"{title}. {said}.", len(rows) * (_LINE + _BAR + 7), tuple(shapes))


def share(title: str, parts: Sequence[Part]) -> Drawing:
    """One bar that is the whole, its parts named below it with what they are of it."""
    total = _total(parts)
    shapes: list[Bar | Words] = [Bar(0, 2, WIDTH, 16, "line")]
    x = 0.0
    for index, (name, number, tone) in enumerate(parts):
        if number:
            width = number / total * WIDTH
            shapes.append(Bar(x, 2, width, 16, tone))
            x += width
        top = 24 + index * (_LINE + 2)
        of_it = f" ({number / total:.0%})".replace("%", " %") if total else ""
        shapes.append(Bar(0, top, 9, 9, tone))
        shapes.append(Words(15, top + 9, f"{name}: {number:,}{of_it}"))
    return Drawing(f"{title}. {_said(parts)}.", 24 + len(parts) * (_LINE + 2), tuple(shapes))


def intervals(
    title: str, rows: Sequence[tuple[str, float, tuple[float, float] | None, str]]
) -> Drawing:
    """A rate with what it may really be: label, rate, lowest and highest (0 to 1), words."""
    most = max((high for _, _, found, _ in rows if found for high in [found[1]]), default=0) or 1
    shapes: list[Bar | Words] = []
    height = 2 * _LINE + 20
    for index, (label, rate, found, words) in enumerate(rows):
        top = index * height
        shapes.append(Words(0, top + SMALL, label))
        shapes.append(Words(0, top + _LINE + SMALL, words, tone="quiet"))
        top += 2 * _LINE
        shapes.append(Bar(0, top + 5, WIDTH, 2, "line"))
        if found:
            low, high = (edge / most * WIDTH for edge in found)
            shapes.append(Bar(low, top + 3, max(high - low, 1), 6, "ask"))
            shapes.append(Bar(max(rate / most * WIDTH - 1.5, 0), top, 3, 12, "no"))
    said = "; ".join(f"{label}: {words}" for label, _, _, words in rows)
    return Drawing(f"{title}. {said}.", len(rows) * height, tuple(shapes))


def _total(parts: Sequence[Part]) -> int:
    return sum(number for _, number, _ in parts)


def _said(parts: Sequence[Part]) -> str:
    return ", ".join(f"{number} {name.lower()}" for name, number, _ in parts)
