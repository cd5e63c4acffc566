"""The report as one A4 page of PDF, with the fonts that every reader has."""

from __future__ import annotations

from collections.abc import Callable

from anyascii import anyascii
from fpdf import FPDF

from gatekeeper.report.charts import SMALL, Bar, Drawing, Tone
from gatekeeper.report.page import Block, Page, Tile

_COLOURS: dict[Tone, tuple[int, int, int]] = {
    "ink": (23, 41, 43),
    "quiet": (82, 102, 106),
    "line": (221, 213, 196),
    "teal": (15, 94, 91),
    "ok": (29, 107, 63),
    "ask": (214, 143, 30),
    "no": (168, 35, 28),
    "off": (92, 97, 99),
}
_FONT, _ENCODING = "helvetica", "cp1252"
_MARGIN, _GAP = 14.0, 6.0
"""Millimetres."""
_ROOM = 0.9
"""Of a column's width. A reader without these fonts shows others, which may run wider."""
_POINT = 25.4 / 72


def written(text: str) -> str:
    """The text in the letters that the built-in fonts have. They cover Western Europe; a name
    in others is spelt with those ("Llŷn" as "Llyn")."""
    return "".join(letter if _has(letter) else anyascii(letter) for letter in text)


def _has(letter: str) -> bool:
    try:
        letter.encode(_ENCODING)
    except UnicodeEncodeError:
        return False
    return True


def pdf_of(page: Page) -> bytes:
    """The whole report. Always one page: what does not fit is made smaller."""
    for size in (9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0):
        pdf = _laid_out(page, size)
        if pdf.pages_count == 1:
            break
    return bytes(pdf.output())


def _laid_out(page: Page, size: float) -> FPDF:
    pdf = FPDF(format="A4")
    pdf.core_fonts_encoding = _ENCODING
    pdf.set_title(written(page.title))
    pdf.set_lang("en-GB")
    pdf.set_margin(_MARGIN)
    pdf.c_margin = 0  # words begin where the boxes and charts do
    pdf.set_auto_page_break(True, _MARGIN)
    pdf.add_page()
    _heading(pdf, page)
    _tiles(pdf, page.tiles)
    _columns(pdf, page.blocks, size)
    _text(pdf, page.foot, 7, "quiet")
    return pdf


def _heading(pdf: FPDF, page: Page) -> None:
    _text(pdf, page.title, 17, "teal", bold=True)
    _text(pdf, f"Governors’ report · {page.days}", 10, "quiet")
    pdf.ln(3)


def _tiles(pdf: FPDF, tiles: tuple[Tile, ...]) -> None:
    width = (pdf.epw - 2 * _GAP) / 3
    for index, tile in enumerate(tiles):
        x, y = pdf.l_margin + index % 3 * (width + _GAP), pdf.get_y()
        _colour(pdf.set_draw_color, "line")
        pdf.rect(x, y, width, 19, round_corners=True, corner_radius=2)
        for dy, text, size, tone in (
            (2, tile.number, 15, "teal"), (9, tile.what, 8, "ink"), (13.2, tile.more, 7, "quiet"),
        ):  # fmt: skip
            pdf.set_xy(x + 2, y + dy)
            _text(pdf, text, size, tone, width=width - 4, bold=size == 15)  # type: ignore[arg-type]
        pdf.set_y(y + 22 if index % 3 == 2 else y)
    pdf.ln(2)


def _columns(pdf: FPDF, blocks: tuple[Block, ...], size: float) -> None:
    """Two columns, each block into the one that is shorter so far."""
    width = (pdf.epw - _GAP) / 2
    tops = [pdf.get_y(), pdf.get_y()]
    for block in blocks:
        side = int(tops[1] < tops[0])
        x = pdf.l_margin + side * (width + _GAP)
        pdf.set_xy(x, tops[side])
        _text(pdf, block.heading, size + 2, "ink", width=width, bold=True)
        pdf.ln(0.8)
        if block.chart is not None:
            scale = size * _POINT / SMALL  # the chart's words are as large as those around
            _draw(pdf, block.chart, x, pdf.get_y(), scale)
            pdf.set_y(pdf.get_y() + block.chart.height * scale + 1)
        for line in block.lines:
            pdf.set_x(x)
            _text(pdf, line, size, "ink", width=width * _ROOM)
        tops[side] = pdf.get_y() + 4
    pdf.set_y(max(tops))


def _draw(pdf: FPDF, drawing: Drawing, x: float, y: float, scale: float) -> None:
    """`scale` is in millimetres for each of the drawing's units."""
    for shape in drawing.shapes:
        left, top = x + shape.x * scale, y + shape.y * scale
        if isinstance(shape, Bar):
            _colour(pdf.set_fill_color, shape.tone)
            pdf.rect(left, top, shape.width * scale, shape.height * scale, style="F")
            continue
        _colour(pdf.set_text_color, shape.tone)
        pdf.set_font(_FONT, size=shape.size * scale / _POINT)
        text = written(shape.text)
        pdf.text(left - (pdf.get_string_width(text) if shape.to_the == "end" else 0), top, text)


def _text(
    pdf: FPDF, text: str, size: float, tone: Tone, *, width: float = 0, bold: bool = False
) -> None:
    _colour(pdf.set_text_color, tone)
    pdf.set_font(_FONT, "B" if bold else "", size)
    pdf.multi_cell(
        width, size * _POINT * 1.35, written(text), align="L", new_x="LEFT", new_y="NEXT"
    )


def _colour(use: Callable[..., None], tone: Tone) -> None:
    use(*_COLOURS[tone])
