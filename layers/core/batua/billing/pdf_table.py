"""The lines of a document as a table over pages: the header repeats, and totals are carried from page to page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..money import grouped
from .document import Document
from .lines import Line, quantity_text, rate_text
from .pdf_page import FAMILY, InvoicePage

_LEFT: Final = 12.0
_WIDTH: Final = 186.0
_LEAD: Final = 3.7
_PAD: Final = 1.2
"""Between the edge of a column and its text."""
_DESCRIPTION: Final = 40.0
"""What the description has at least, in mm; above `_ROOMY` the other columns share what is left."""
_ROOMY: Final = 62.0
_CARRIED: Final = 5.5
_CLOSING: Final = 8.0


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, its text, and the amount that is carried."""

    title: str
    text: Callable[[int, Line], str]
    amount: Callable[[Line], int] | None = None
    left: bool = False


def columns_of(document: Document) -> list[Column]:
    """Only the columns that this document has something to say in."""
    totals = document.totals

    def amount(title: str, name: str) -> Column:
        return Column(title, lambda _, line: grouped(getattr(line, name)), lambda line: getattr(line, name))

    found = [
        Column("#", lambda number, _: str(number), left=True),
        Column("Description", lambda _, line: line.item.description, left=True),
        Column("HSN/SAC", lambda _, line: line.item.code, left=True),
    ]
    found.append(Column("Qty", lambda _, line: f"{quantity_text(line.item.quantity)} {line.item.unit}"))
    inclusive = [line.item.inclusive for line in document.lines]
    title = "Price incl. tax" if all(inclusive) else "Price" + ("*" if any(inclusive) else "")
    found.append(Column(title, lambda _, line: grouped(line.item.unit_price) + _mark(line, inclusive)))
    if totals.discount:
        found.append(Column("Discount", lambda _, line: grouped(line.item.discount) if line.item.discount else "-"))
    found.append(amount("Taxable" if totals.tax else "Value", "taxable"))
    if totals.tax and document.itemised:
        found.append(Column("Rate", lambda _, line: rate_text(line.item.rate)))
        kinds = ("cgst", "sgst", "utgst", "igst", "cess")
        found += [amount(name.upper(), name) for name in kinds if getattr(totals, name)]
    elif totals.tax:
        found.append(amount("Tax", "tax"))
    found.append(amount("Total", "total"))
    return found


def _mark(line: Line, inclusive: list[bool]) -> str:
    """Marks the prices that include tax, where not all do."""
    return "*" if line.item.inclusive and not all(inclusive) else ""


class LineTable:
    def __init__(self, page: InvoicePage, document: Document) -> None:
        self._page, self._document = page, document
        self._columns = columns_of(document)
        self._size = 7.5
        self._widths = self._fitted_widths()
        self._sums = [0] * len(self._columns)

    def _fitted_widths(self) -> list[float]:
        """What each column needs for its widest text; the description has the rest.

        Where that leaves the description too narrow, the whole table is set smaller, so that a row has one size.
        """
        while True:
            needed = [self._needed(column) for column in self._columns]
            rest = _WIDTH - sum(needed)
            if rest >= _DESCRIPTION or self._size <= 4.5:
                break
            self._size -= 0.25
        spare = max(0.0, rest - _ROOMY) / (len(needed) - 2)
        widths = [each + (spare if place > 1 else 0) for place, each in enumerate(needed)]
        widths[1] = max(_DESCRIPTION / 2, _WIDTH - sum(widths))
        return [each * _WIDTH / sum(widths) for each in widths]

    def _needed(self, column: Column) -> float:
        if column.title == "Description":
            return 0.0
        lines, page = self._document.lines, self._page
        texts = {column.text(number, line) for number, line in enumerate(lines, 1)}
        if column.amount:
            texts.add(grouped(sum(map(column.amount, lines))))
        page.set_font(FAMILY, "B", self._size)
        # Of the same length digits are as wide; the longest few are measured.
        longest = sorted(texts, key=len)[-5:]
        return max(float(page.get_string_width(text)) for text in (*longest, column.title)) + 2 * _PAD + 0.4

    def draw(self) -> None:
        self._header()
        for number, line in enumerate(self._document.lines, 1):
            self._row(number, line)
        self._page.rule(self._page.get_y())
        self._page.ensure(_CLOSING)
        self._summed("Total")

    def _header(self) -> None:
        page = self._page
        y, x = page.get_y(), _LEFT
        page.bar(_LEFT, y, _WIDTH, 6.5)
        page.set_text_color(*page.on_colour)
        for column, width in zip(self._columns, self._widths, strict=True):
            page.set_xy(x + _PAD, y)
            page.fitted(
                width - 2 * _PAD,
                6.5,
                column.title,
                size=min(7, self._size),
                bold=True,
                align="L" if column.left else "R",
            )
            x += width
        page.set_text_color(25, 28, 33)
        page.set_y(y + 7.2)

    def _row(self, number: int, line: Line) -> None:
        page = self._page
        cells = [
            page.wrapped(column.text(number, line), width - 2 * _PAD, size=self._size)
            if column.left
            else [column.text(number, line)]
            for column, width in zip(self._columns, self._widths, strict=True)
        ]
        height = _LEAD * max(map(len, cells)) + 1.4
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
                page.set_xy(x + _PAD, y + place * _LEAD)
                page.fitted(width - 2 * _PAD, _LEAD, text, size=self._size, align="L" if column.left else "R")
            x += width
        self._sums = [
            total + (column.amount(line) if column.amount else 0)
            for total, column in zip(self._sums, self._columns, strict=True)
        ]
        page.rule(y + height - 0.6, thin=True)
        page.set_y(y + height)

    def _summed(self, label: str) -> None:
        page = self._page
        y, x = page.get_y() + 0.5, _LEFT
        first = next(number for number, column in enumerate(self._columns) if column.amount)
        page.set_xy(x + _PAD, y)
        page.fitted(sum(self._widths[:first]) - 2 * _PAD, 4.5, label, size=self._size, bold=True, align="L")
        x += sum(self._widths[:first])
        for column, width, total in list(zip(self._columns, self._widths, self._sums, strict=True))[first:]:
            page.set_xy(x + _PAD, y)
            page.fitted(width - 2 * _PAD, 4.5, grouped(total) if column.amount else "", size=self._size, bold=True)
            x += width
        page.set_y(y + 5)
