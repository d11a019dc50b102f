"""An invoice as a PDF: one or more A4 pages, the same bytes for the same invoice.

Only the function that makes invoices has the library for it, so nothing imports this at module level.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pydyf  # type: ignore[import-untyped]

WIDTH, HEIGHT, MARGIN = 595, 842, 48
_PROPORTIONAL, _BOLD, _FIXED = "F1", "F2", "F3"
_FONTS: Final = {_PROPORTIONAL: "Helvetica", _BOLD: "Helvetica-Bold", _FIXED: "Courier"}
_FIXED_WIDTH: Final = 0.6
"""Of a character of the fixed font, in its size: so columns can be set flush right without measuring."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed: a title, facts in two columns, a table, totals, and notes."""

    title: str
    facts: Sequence[tuple[str, str]]
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    """The first column is flush left, the others are numbers."""
    totals: Sequence[tuple[str, str]]
    notes: Sequence[str] = field(default_factory=tuple)


def render_sheet(sheet: Sheet) -> bytes:
    """The file."""
    pdf = pydyf.PDF()
    fonts = pydyf.Dictionary()
    for name, base in _FONTS.items():
        font = pydyf.Dictionary(
            {"Type": "/Font", "Subtype": "/Type1", "BaseFont": f"/{base}", "Encoding": "/WinAnsiEncoding"}
        )
        pdf.add_object(font)
        fonts[name] = font.reference
    pages = _Pages(pdf, fonts)
    _head(pages, sheet)
    for row in sheet.rows:
        pages.room(14)
        _row(pages, row, _FIXED)
    pages.room(20 + 14 * len(sheet.totals))
    pages.line()
    for label, amount in sheet.totals:
        pages.text(MARGIN + 250, label, _BOLD, 9)
        pages.right(WIDTH - MARGIN, amount, 9)
        pages.down(14)
    pages.down(10)
    for note in sheet.notes:
        pages.room(12)
        pages.text(MARGIN, note, _PROPORTIONAL, 8)
        pages.down(12)
    pages.end()
    file = io.BytesIO()
    pdf.write(file)
    return file.getvalue()


class _Pages:
    """The page that is being written, from its top down."""

    def __init__(self, pdf: Any, fonts: Any) -> None:
        self._pdf, self._fonts = pdf, fonts
        self._begin()

    def _begin(self) -> None:
        self._stream = pydyf.Stream(compress=True)
        self.y = HEIGHT - MARGIN

    def end(self) -> None:
        self._pdf.add_object(self._stream)
        page = {
            "Type": "/Page",
            "Parent": self._pdf.pages.reference,
            "MediaBox": pydyf.Array([0, 0, WIDTH, HEIGHT]),
            "Contents": self._stream.reference,
            "Resources": pydyf.Dictionary({"Font": self._fonts}),
        }
        self._pdf.add_page(pydyf.Dictionary(page))

    def room(self, height: int) -> None:
        """Goes on to the next page where this one has no room."""
        if self.y - height < MARGIN:
            self.end()
            self._begin()

    def down(self, by: int) -> None:
        self.y -= by

    def text(self, x: float, text: str, font: str, size: int) -> None:
        stream = self._stream
        stream.begin_text()
        stream.set_font_size(font, size)
        stream.set_text_matrix(1, 0, 0, 1, x, self.y)
        # The standard fonts know the Western alphabets alone; what they lack is printed as a question mark.
        stream.show_text_string(text.encode("cp1252", "replace"))
        stream.end_text()

    def right(self, x: float, text: str, size: int) -> None:
        """Flush right at x."""
        self.text(x - len(text) * size * _FIXED_WIDTH, text, _FIXED, size)

    def line(self) -> None:
        self._stream.set_line_width(0.5)
        self._stream.move_to(MARGIN, self.y + 6)
        self._stream.line_to(WIDTH - MARGIN, self.y + 6)
        self._stream.stroke()
        self.down(8)


def _head(pages: _Pages, sheet: Sheet) -> None:
    pages.text(MARGIN, sheet.title, _BOLD, 16)
    pages.down(30)
    for number, (label, value) in enumerate(sheet.facts):
        x = MARGIN + (number % 2) * 260
        pages.text(x, label, _BOLD, 8)
        pages.text(x + 78, value[:44], _PROPORTIONAL, 8)
        if number % 2:
            pages.down(13)
    pages.down(26)
    _row(pages, sheet.header, _BOLD)
    pages.line()


def _row(pages: _Pages, cells: Sequence[str], font: str) -> None:
    """The first cell, and the others in columns of the same width, flush right."""
    first = 130
    column = (WIDTH - 2 * MARGIN - first) / (len(cells) - 1)
    pages.text(MARGIN, cells[0][:30], _PROPORTIONAL if font == _FIXED else font, 7)
    for number, cell in enumerate(cells[1:], 1):
        pages.right(MARGIN + first + number * column, cell, 6)
    pages.down(14)
