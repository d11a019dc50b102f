"""A CSV file as people export it: its encoding, its separator, and its rows."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import Final

MAX_IMPORT_BYTES: Final = 128 * 1024 * 1024
MAX_IMPORT_ROWS: Final = 1_000_000
_MAX_COLUMNS: Final = 100
_MAX_CELL: Final = 4_000


class FileRejected(Exception):
    """The file cannot be read as a table. The text says why, with the line."""


def decoded(content: bytes) -> str:
    """The file's text. Raises FileRejected."""
    encoding = "utf-8-sig"
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise FileRejected(f"Line {line} is not in UTF-8. Save the file as «CSV UTF-8» and upload it again.") from None
    if "\x00" in text:
        raise FileRejected("This is not a CSV file: it contains binary content. Export the sheet as «CSV UTF-8».")
    return text


def read_table(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with their line numbers, the header first; empty lines are left out. Raises FileRejected."""
    first = text[: text.find("\n")] if "\n" in text else text
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows = 0
    line = 1
    try:
        for cells in reader:
            number, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > _MAX_COLUMNS:
                raise FileRejected(f"Line {number} has more than {_MAX_COLUMNS} columns.")
            if any(len(cell) > _MAX_CELL for cell in cells):
                raise FileRejected(f"Line {number} has a cell with more than {_MAX_CELL} characters.")
            rows += 1
            if rows > MAX_IMPORT_ROWS + 1:
                raise FileRejected(f"The file has more than {MAX_IMPORT_ROWS:,} rows. Split it.")
            yield number, cells
    except csv.Error as fault:
        raise FileRejected(f"Line {reader.line_num} cannot be read: {fault}. Is a quotation mark missing?") from None
