"""The keys of billing, in the directory: tax profiles, series of numbers, invoices, notes and credits.

The rule of `keys` holds here too: parts are digests or fixed words, none of which can hold a `#`. A scope is always of
a tenant's own books.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from ..ids import is_id
from .keys import Key

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def tax_profile_key(scope: str, customer: str | None = None) -> Key:
    """A tenant's tax profile, or that of one of its customers (`customer`: a digest of its name)."""
    if customer is not None and not _DIGEST.fullmatch(customer):
        raise ValueError("not a digest")
    return Key("directory", f"{scope}#TAX", "TENANT" if customer is None else f"CUSTOMER#{customer}")


def invoice_series_key(scope: str, year: int, series: str = "INV") -> Key:
    """The last number of a series in the financial year that begins in April of `year`."""
    if series not in ("INV", "BOS", "RCT", "CRN", "DBN", "TST", "TCN"):
        raise ValueError("not a series")
    return Key("directory", f"{scope}#SERIES", f"{year:04d}" if series == "INV" else f"{year:04d}#{series}")


def invoices_made_partition(scope: str) -> str:
    """The invoices and notes that a tenant makes by hand: the partition, and the one in index `by_parent`."""
    return f"{scope}#BILLING"


def billing_invoice_key(scope: str, invoice_id: str) -> Key:
    """An invoice, or a note (`note_…`)."""
    if not is_id(invoice_id, "inv", "note"):
        raise ValueError("not an id of an invoice or a note")
    return Key("directory", invoices_made_partition(scope), invoice_id)


def invoice_number_key(scope: str, number: str) -> Key:
    """Which invoice or note has a number."""
    digest = hashlib.sha256(number.encode()).hexdigest()
    return Key("directory", f"{scope}#NUMBERS", digest)


def customer_credit_key(scope: str, customer: str) -> Key:
    """What a customer has paid above its invoices; `customer` is a digest of its name."""
    if not _DIGEST.fullmatch(customer):
        raise ValueError("not a digest")
    return Key("directory", f"{scope}#CREDITS", customer)
