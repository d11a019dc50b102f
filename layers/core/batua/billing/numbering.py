"""The next number of a series, taken in the transaction that writes the document: none is lost or given twice."""

from __future__ import annotations

from ..store import billing_keys
from ..store.keys import Mode
from ..store.store import Store
from ..store.writes import ABSENT, Condition, Update
from .series import SERIES, InvoiceKind, SeriesName, document_number, series_year


def next_number(store: Store, scope: str, mode: Mode, kind: InvoiceKind, now: int, zone: str) -> tuple[str, Update]:
    """The number and the write that takes it. Where another document takes it first, the transaction is cancelled.

    Raises OverflowError where a series has no number left in its financial year.
    """
    series: SeriesName = SERIES[kind]
    if mode == "test":
        series = "TCN" if kind == "credit_note" else "TST"
    year = series_year(now, zone)
    key = billing_keys.invoice_series_key(scope, year, series)
    last = (store.read([key])[key] or {}).get("last", 0)
    when = Condition(equal={"last": last}) if last else ABSENT
    return document_number(series, year, last + 1), Update(key, set={"last": last + 1}, when=when)
