"""CSV for spreadsheets: nothing in a cell is computed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic import BaseModel

_FORMULA: Final = re.compile(
    "^(?=[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20])|(?<=;)(?=\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20])"
)
"""Where what a spreadsheet computes may begin: at the beginning of a cell, and after what some settings take for the
end of one (Excel splits at semicolons where the comma is the decimal sign). Some take the full-width forms too."""


def to_csv(model: type[BaseModel], rows: Iterable[BaseModel]) -> str:
    """The rows as CSV with CRLF, the model's fields as columns under the names that they have in JSON."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(field.alias or name for name, field in model.model_fields.items())
    for row in rows:
        values = row.model_dump()  # some models leave out what is None
        writer.writerow(escaped(values.get(name) for name in model.model_fields))
    return out.getvalue()


def escaped(values: Iterable[Any]) -> Sequence[Any]:
    return [escape_formula(value) for value in values]


def escape_formula(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: an apostrophe is put before anything that begins like one."""
    if isinstance(value, str):
        return _FORMULA.sub("'", value)
    return "" if value is None else value
