"""Document numbers: consecutive in a financial year, at most 16 characters (CGST Rules 46(b), 49, 53). Pure.

A number's counter is kept per tenant, financial year and kind of document; a number is taken in the
transaction that writes the document, so no number is lost or given twice.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from .. import clock

InvoiceKind = Literal["tax_invoice", "bill_of_supply", "receipt", "credit_note", "debit_note"]
SeriesName = Literal["INV", "BOS", "RCT", "CRN", "DBN", "TST", "TCN"]

SERIES: Final[dict[InvoiceKind, SeriesName]] = {
    "tax_invoice": "INV",
    "bill_of_supply": "BOS",
    "receipt": "RCT",
    "credit_note": "CRN",
    "debit_note": "DBN",
}
_NUMBER: Final = re.compile(r"[A-Z1-9][A-Z0-9/-]{0,15}", re.ASCII)


def series_year(instant: int, zone: str) -> int:
    """The year in whose April the financial year of an instant begins, in the tenant's time zone."""
    month = clock.local_month(instant, zone)
    return month // 100 - (month % 100 < 4)


def document_number(series: SeriesName, year: int, number: int) -> str:
    """`INV/2627/000001`. At most 16 characters: raises OverflowError where no number is left."""
    text = f"{series}/{year % 100:02d}{(year + 1) % 100:02d}/{number:06d}"
    if not _NUMBER.fullmatch(text):
        raise OverflowError(f"series {series} of {year} has given out all of its numbers")
    return text
