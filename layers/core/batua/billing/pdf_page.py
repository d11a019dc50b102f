"""The pages that a document is written on: fonts, wrapping, fitted amounts, QR codes and footers."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, XPos, YPos

from .document import Document

MARGIN: Final = 12.0
WIDTH: Final = 210 - 2 * MARGIN
GREY: Final = (98, 104, 114)
INK: Final = (25, 28, 33)
FAMILY: Final = "NotoSans"
_BOTTOM: Final = 297 - 16.0
_RULE: Final = (205, 209, 214)
_COLOUR: Final = "#1d3557"
_SCRIPTS: Final = {"NotoSansDevanagari": ("\u0900", "\u097f"), "NotoSansTamil": ("\u0b80", "\u0bff")}


class InvoicePage(FPDF):
    """The pages, with their footers."""

    def __init__(self, document: Document) -> None:
        super().__init__(format="A4")
        self.document = document
        self.colour = _rgb(document.supplier.colour or _COLOUR)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(False)
        day = document.day
        self.set_creation_date(datetime(day // 10000, day // 100 % 100, day % 100, tzinfo=UTC))
        self.set_title(f"{document.title} {document.number}")
        self.set_author(document.supplier.legal_name)
        self._fonts()
        self.alias_nb_pages()

    def _fonts(self) -> None:
        folder = fonts_folder()
        for style, name in (("", "Regular"), ("B", "Bold")):
            self.add_font(FAMILY, style, folder / f"{FAMILY}-{name}.ttf")
        text = repr(self.document)
        needed = [family for family, (low, high) in _SCRIPTS.items() if any(low <= char <= high for char in text)]
        for family in needed:
            for style, name in (("", "Regular"), ("B", "Bold")):
                self.add_font(family, style, folder / f"{family}-{name}.ttf")
        if needed:
            self.set_fallback_fonts(needed, exact_match=False)
            self.set_text_shaping(True)
        self.set_font(FAMILY, size=8)
        self.set_text_color(*INK)

    def set_font(self, family: str | None = None, style: Any = "", size: float = 0) -> None:
        # A fallback font leaves the page's font changed without saying so: the font is always written anew.
        self.font_family = ""
        super().set_font(family, style, size)

    def footer(self) -> None:
        self.set_y(-11)
        self.set_font(FAMILY, size=6.5)
        self.set_text_color(*GREY)
        self.cell(WIDTH / 2, 4, f"{self.document.title} {self.document.number}")
        self.cell(WIDTH / 2, 4, f"Page {self.page_no()} of {{nb}}", align="R")
        self.set_text_color(*INK)

    def ensure(self, height: float) -> bool:
        """Begins a new page where this one has no room; says whether it did."""
        if self.get_y() + height <= _BOTTOM:
            return False
        self.add_page()
        self.set_y(MARGIN)
        return True

    def wrapped(self, text: str, width: float, *, size: float = 8, bold: bool = False) -> list[str]:
        """The lines that a text takes in a width."""
        self.set_font(FAMILY, "B" if bold else "", size)
        found: Any = self.multi_cell(width, 4, text or " ", dry_run=True, output=MethodReturnValue.LINES, align="L")
        return list(found)

    def block(self, x: float, y: float, width: float, rows: list[tuple[str, float, bool]], grey: bool = False) -> float:
        """Writes paragraphs (text, size, bold) one below the other; returns where they end."""
        if grey:
            self.set_text_color(*GREY)
        for text, size, bold in rows:
            for line in self.wrapped(text, width, size=size, bold=bold):
                self.set_xy(x, y)
                self.set_font(FAMILY, "B" if bold else "", size)
                self.cell(width, size * 0.5, line)
                y += size * 0.5
        self.set_text_color(*INK)
        return y

    def fitted(
        self, width: float, height: float, text: str, *, size: float, bold: bool = False, align: str = "R"
    ) -> None:
        """One line, set smaller where it would not fit."""
        self.set_font(FAMILY, "B" if bold else "", size)
        room = width - 2 * self.c_margin
        wide = self.get_string_width(text)
        if wide > room:
            self.set_font_size(max(3.5, size * room / wide))
        self.cell(width, height, text, align=align, new_x=XPos.RIGHT, new_y=YPos.TOP)

    def rule(self, y: float) -> None:
        self.set_draw_color(*_RULE)
        self.set_line_width(0.2)
        self.line(MARGIN, y, MARGIN + WIDTH, y)

    def qr(self, content: str, x: float, y: float, size: float) -> None:
        """A QR code, drawn as squares: sharp at any size."""
        import segno

        rows = [list(row) for row in segno.make(content, error="m", micro=False).matrix]
        module = size / len(rows)
        self.set_fill_color(0, 0, 0)
        for top, row in enumerate(rows):
            left = 0
            while left < len(row):
                run = left
                while run < len(row) and row[run]:
                    run += 1
                if run > left:
                    self.rect(x + left * module, y + top * module, (run - left) * module, module, style="F")
                left = run + 1


def fonts_folder() -> Path:
    """Where the fonts are: beside the function on Lambda, in the source tree elsewhere."""
    packed = Path(os.environ.get("LAMBDA_TASK_ROOT", "/nowhere")) / "fonts"
    if packed.is_dir():
        return packed
    return Path(__file__).resolve().parents[4] / "functions" / "gateway" / "fonts"


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
