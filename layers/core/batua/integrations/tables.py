"""Lists that billing systems export as text (CSV): one row a bill, under headings that the shop may choose."""

from __future__ import annotations

import codecs
import csv
import re
from typing import Final

from .amounts import PayloadError

_DELIMITERS: Final = "\t;,|"
_TITLE_ROWS: Final = 30
"""An export begins with the shop's name and the period; the headings come within so many rows."""
_MOST_COLUMNS: Final = 300
_MOST_CHARACTERS: Final = 32_767
"""As many as a cell of a spreadsheet holds."""
_FIGURE: Final = re.compile(r"[\s₹-]*\d[\d\s.,:/-]*")
"""A cell with a number, an amount or a date: no heading."""
TOTAL_NAMES: Final = frozenset({"total", "totals", "grand total", "sub total", "subtotal"})


def read_exported_list(body: bytes) -> dict[str, list[dict[str, str]]]:
    """`{"records": [{"Date": "28-11-2026", "Amount": "1000.00"}, …]}`. Raises PayloadError.

    The headings are the fullest of the first rows that hold words alone; what is above them is a title. Of two columns
    with one heading the first that is filled counts.
    """
    text = _decode(body)
    if "\0" in text:
        raise PayloadError("the body is not a text of rows; save the list as CSV")
    try:
        rows = list(csv.reader(text.splitlines(), delimiter=_delimiter(text), strict=False))
    except csv.Error as error:
        raise PayloadError(f"the body is not valid CSV: {error}") from error
    filled = [
        0 if any(map(_FIGURE.fullmatch, row)) else sum(1 for cell in row if cell.strip()) for row in rows[:_TITLE_ROWS]
    ]
    if not filled or max(filled) < 2:
        raise PayloadError("the body has no row of headings")
    at = filled.index(max(filled))
    names = [" ".join(cell.split()) for cell in rows[at]]
    if len(names) > _MOST_COLUMNS:
        raise PayloadError(f"the list has more than {_MOST_COLUMNS} columns")
    records = []
    for row in rows[at + 1 :]:
        record: dict[str, str] = {}
        for name, cell in zip(names, row, strict=False):
            if name and cell.strip():
                record.setdefault(name, cell.strip()[:_MOST_CHARACTERS])
        if record:
            records.append(record)
    return {"records": records}


def _delimiter(text: str) -> str:
    """The separator that most of the first rows agree on."""
    lines = [line for line in text.splitlines()[:_TITLE_ROWS] if line.strip()]
    return max(_DELIMITERS, key=lambda mark: max((line.count(mark) for line in lines), default=0))


def _decode(body: bytes) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")  # what Excel on Windows writes as CSV
