"""The report of an import: a line for each row of the file, with what was found or done."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from .. import clock, files
from ..api.spreadsheet import escaped
from ..money import INR_SCALE, to_text
from .parts import CheckedRow
from .record import Import, ImportPhase

_COLUMNS = (
    "line", "status", "phone", "customer_id", "coins", "expires", "bill_amount", "name", "occurred_at", "type",
    "previous_balance", "moved", "transaction_id", "message",
)  # fmt: skip


class ReportWriter:
    """Collects the report of one phase. A million lines are about 120 MB, which the function that finishes has."""

    def __init__(self, record: Import, phase: ImportPhase) -> None:
        self._record = record
        self._phase = phase
        self._text = io.StringIO()
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self._writer.writerow(_COLUMNS)

    def add(self, rows: Iterable[CheckedRow]) -> None:
        self._writer.writerows(escaped(self._line(row)) for row in rows)

    def store(self) -> None:
        files.store_content(self._record.report_key(self._phase), self._text.getvalue().encode(), "text/csv")

    def _line(self, row: CheckedRow) -> list[object]:
        scale, said = self._record.scale, row.details or {}
        return [
            row.number,
            row.state,
            row.phone,
            row.customer,
            None if row.coins is None else to_text(row.coins, scale),
            expiry_text(row.month),
            None if row.bill is None else to_text(row.bill, INR_SCALE),
            said.get("name"),
            clock.iso(said["at"]) if "at" in said else None,
            said.get("type"),
            to_text(row.balance, scale),
            to_text(row.moved, scale),
            row.transaction,
            row.message,
        ]


def expiry_text(month: int | None) -> str | None:
    """`2027-03`, with whose end the coins expire, or `never`."""
    if month is None or month == 0:
        return None
    return "never" if month == clock.NO_EXPIRY else clock.month_text(month)
