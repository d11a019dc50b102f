"""The lines of a document as a table over pages: the header repeats, and totals are carried from page to page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from .amounts import grouped
from .document import Document
from .lines import Line, quantity_text, rate_text
from .pdf_page import InvoicePage

_LEFT: Final = 12.0
_WIDTH: Final = 186.0
_LEAD: Final = 3.6
_CARRIED: Final = 5.5
_CLOSING: Final = 8.0


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, its share of the width, its text, and the amount that is carried."""

    title: str
    share: float
    text: Callable[[int, Line], str]
    amount: Callable[[Line], int] | None = None
    left: bool = False


def columns_of(document: Document) -> list[Column]:
    """Only the columns that this document has something to say in."""
    totals = document.totals

    def amount(title: str, name: str, share: float = 16) -> Column:
        return Column(title, share, lambda _, line: grouped(getattr(line, name)), lambda line: getattr(line, name))

    found = [
        Column("#", 7, lambda number, _: str(number), left=True),
        Column("Description", 46, lambda _, line: line.item.description, left=True),
        Column("HSN/SAC", 14, lambda _, line: line.item.code, left=True),
    ]
    if any(line.item.quantity != 1000 or line.gross != line.taxable for line in document.lines):
        found.append(Column("Qty", 13, lambda _, line: f"{quantity_text(line.item.quantity)} {line.item.unit}"))
        title = "Price incl. tax" if any(line.item.inclusive for line in document.lines) else "Price"
        found.append(Column(title, 17, lambda _, line: grouped(line.item.unit_price)))
    if totals.discount:
        found.append(Column("Discount", 15, lambda _, line: grouped(line.item.discount)))
    found.append(amount("Taxable" if totals.tax else "Value", "taxable", 19))
    if totals.tax and document.itemised:
        found.append(Column("Rate", 11, lambda _, line: rate_text(line.item.rate)))
        kinds = ("cgst", "sgst", "utgst", "igst", "cess")
        found += [amount(name.upper(), name) for name in kinds if getattr(totals, name)]
    elif totals.tax:
        found.append(amount("Tax", "tax"))
    found.append(amount("Total", "total", 20))
    return found


class LineTable:
    def __init__(self, page: InvoicePage, document: Document) -> None:
        self._page, self._document = page, document
        self._columns = columns_of(document)
        shares = sum(column.share for column in self._columns)
        self._widths = [column.share * _WIDTH / shares for column in self._columns]
        self._sums = [0] * len(self._columns)

    def draw(self) -> None:
        self._header()
        for number, line in enumerate(self._document.lines, 1):
            self._row(number, line)
        self._page.rule(self._page.get_y())
        self._page.ensure(_CLOSING)
        self._summed("Total")

    def _header(self) -> None:
        page = self._page
        page.set_fill_color(*page.colour)
        page.set_text_color(255, 255, 255)
        y = page.get_y()
        page.rect(_LEFT, y, _WIDTH, 6, style="F")
        page.set_xy(_LEFT, y)
        for column, width in zip(self._columns, self._widths, strict=True):
            page.fitted(width, 6, column.title, size=7, bold=True, align="L" if column.left else "R")
        page.set_text_color(25, 28, 33)
        page.set_y(y + 6.5)

    def _row(self, number: int, line: Line) -> None:
        page = self._page
        cells = [
            page.wrapped(column.text(number, line), width, size=7) if column.left else [column.text(number, line)]
            for column, width in zip(self._columns, self._widths, strict=True)
        ]
        height = _LEAD * max(map(len, cells)) + 1
        # Room is kept for the line that carries the totals on.
        if page.get_y() + height + _CARRIED > 281:
            self._summed("Carried forward")
            page.add_page()
            page.set_y(12)
            self._header()
            self._summed("Brought forward")
        y, x = page.get_y(), _LEFT
        for column, width, texts in zip(self._columns, self._widths, cells, strict=True):
            for place, text in enumerate(texts):
                page.set_xy(x, y + place * _LEAD)
                page.fitted(width, _LEAD, text, size=7, align="L" if column.left else "R")
            x += width
        self._sums = [
            total + (column.amount(line) if column.amount else 0)
            for total, column in zip(self._sums, self._columns, strict=True)
        ]
        page.set_y(y + height)

    def _summed(self, label: str) -> None:
        page = self._page
        y, x = page.get_y() + 0.5, _LEFT
        first = next(number for number, column in enumerate(self._columns) if column.amount)
        page.set_xy(x, y)
        page.fitted(sum(self._widths[:first]), 4.5, label, size=7, bold=True, align="L")
        for column, width, total in list(zip(self._columns, self._widths, self._sums, strict=True))[first:]:
            page.fitted(width, 4.5, grouped(total) if column.amount else "", size=7, bold=True)
        page.set_y(y + 5)
