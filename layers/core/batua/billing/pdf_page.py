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
_WHITE: Final = (255, 255, 255)
_READABLE: Final = 4.5
"""The contrast that text needs (WCAG 2, level AA)."""
_RULE: Final = (205, 209, 214)
_HAIRLINE: Final = (230, 233, 237)
_COLOUR: Final = "#1d3557"
_SCRIPTS: Final = {"NotoSansDevanagari": ("\u0900", "\u097f"), "NotoSansTamil": ("\u0b80", "\u0bff")}


class InvoicePage(FPDF):
    """The pages, with their footers."""

    def __init__(self, document: Document) -> None:
        super().__init__(format="A4")
        self.document = document
        self._word_widths: dict[tuple[str, float, bool], float] = {}
        self.colour = _rgb(document.supplier.colour or _COLOUR)
        self.set_margins(MARGIN, MARGIN)
        self.c_margin = 0.0  # text begins where rules and bars begin
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
        self._shaping, self.text_shaping = self.text_shaping, None
        self.set_font(FAMILY, size=8)
        self.set_text_color(*INK)

    def set_font(self, family: str | None = None, style: Any = "", size: float = 0) -> None:
        # A fallback font leaves the page's font changed without saying so: the font is always written anew.
        self.font_family = ""
        super().set_font(family, style, size)

    def _shape(self, text: str) -> None:
        """Shapes the scripts that need it alone: figures and Latin names are drawn several times faster without."""
        needed = not text.isascii() and any(low <= each <= high for low, high in _SCRIPTS.values() for each in text)
        self.text_shaping = self._shaping if needed else None

    def get_string_width(self, s: str, *args: Any, **options: Any) -> float:
        self._shape(s)
        return float(super().get_string_width(s, *args, **options))

    def cell(self, w: float | None = None, h: float | None = None, text: str = "", *args: Any, **options: Any) -> bool:
        self._shape(text)
        return bool(super().cell(w, h, text, *args, **options))

    def footer(self) -> None:
        self.set_y(-11)
        self.set_font(FAMILY, size=6.5)
        self.set_text_color(*GREY)
        self.cell(WIDTH / 2, 4, f"{self.document.title} {self.document.number}")
        # The number of pages is filled in at the end, so the place is measured with this page's.
        wide = self.get_string_width(f"Page {self.page_no()} of {self.page_no()}")
        self.set_x(MARGIN + WIDTH - wide)
        self.cell(wide, 4, f"Page {self.page_no()} of {{nb}}")
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
        if text and "\n" not in text and self.get_string_width(text) <= width:
            return [text]
        words = text.split()
        widths = [self._word_width(word, size, bold=bold) for word in words]
        if words and "\n" not in text and max(widths) <= width:
            return _filled(words, widths, width, self._word_width(" ", size, bold=bold))
        self._shape(text)
        found: Any = self.multi_cell(width, 4, text or " ", dry_run=True, output=MethodReturnValue.LINES, align="L")
        return list(found)

    def _word_width(self, word: str, size: float, *, bold: bool) -> float:
        """Of a word in the present font. Most come often: a document's lines are much alike."""
        key = (word, size, bold)
        if key not in self._word_widths:
            self._word_widths[key] = self.get_string_width(word)
        return self._word_widths[key]

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
        wide = self.get_string_width(text)
        if wide > width:
            self.set_font_size(max(3.5, size * width / wide))
        self.cell(width, height, text, align=align, new_x=XPos.RIGHT, new_y=YPos.TOP)

    def rule(self, y: float, *, thin: bool = False) -> None:
        self.set_draw_color(*(_HAIRLINE if thin else _RULE))
        self.set_line_width(0.1 if thin else 0.2)
        self.line(MARGIN, y, MARGIN + WIDTH, y)

    def bar(self, x: float, y: float, width: float, height: float, *, tint: bool = False) -> None:
        """A filled bar in the supplier's colour, or in a light tint of it."""
        self.set_fill_color(*(_mixed(self.colour, 0.1) if tint else self.colour))
        self.rect(x, y, width, height, style="F")

    @property
    def dark_colour(self) -> tuple[int, int, int]:
        """The supplier's colour, dark enough to be read on white."""
        return self.colour if contrast(self.colour, _WHITE) >= _READABLE else INK

    @property
    def on_colour(self) -> tuple[int, int, int]:
        """What is written on the supplier's colour."""
        return _WHITE if contrast(_WHITE, self.colour) >= _READABLE else INK

    def qr(self, content: str, x: float, y: float, size: float, *, error: str = "m") -> None:
        """A QR code, drawn as squares: sharp at any size."""
        import segno

        rows = [list(row) for row in segno.make(content, error=error, micro=False).matrix]
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


def _filled(words: list[str], widths: list[float], width: float, space: float) -> list[str]:
    """Lines of whole words, each as full as it can be. `multi_cell` does the same, measuring every character anew."""
    lines, room = [words[0]], width - widths[0]
    for word, wide in zip(words[1:], widths[1:], strict=True):
        if space + wide <= room:
            lines[-1] += f" {word}"
            room -= space + wide
        else:
            lines.append(word)
            room = width - wide
    return lines


def fonts_folder() -> Path:
    """Where the fonts are: beside the function on Lambda, in the source tree elsewhere."""
    packed = Path(os.environ.get("LAMBDA_TASK_ROOT", "/nowhere")) / "fonts"
    if packed.is_dir():
        return packed
    return Path(__file__).resolve().parents[4] / "functions" / "gateway" / "fonts"


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """The ratio of two colours' luminances, 1 to 21 (WCAG 2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: tuple[int, int, int]) -> float:
    """0 for black, 1 for white (WCAG 2)."""
    shares = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(colour: tuple[int, int, int], share: float) -> tuple[int, int, int]:
    red, green, blue = (round(255 - (255 - part) * share) for part in colour)
    return red, green, blue


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
