"""The gateway's keys: totals of charges in the ledger; requests, terms and invoices in the directory.

The rule of `keys` holds here too: parts are ids, digests, days or fixed words, none of which can hold a `#`.
A scope is always of a tenant's own books.
"""

from __future__ import annotations

import hashlib
from typing import Final

from .keys import Key, Mode
from .scope import require_id

CREDITABLE: Final = "CREDITABLE"


def creditable_key(scope: str, reference: str) -> Key:
    """What credit charges under a business reference may still give back."""
    digest = hashlib.sha256(reference.encode()).hexdigest()
    return Key("ledger", f"{scope}#R#{digest}", CREDITABLE)


def charge_totals_partition(scope: str, customer: str) -> str:
    """What a tenant's customer was charged, by day and month: the partition. `customer` is a digest of its name."""
    if len(customer) != 64 or not set(customer) <= set("0123456789abcdef"):
        raise ValueError("not a digest")
    return f"{scope}#D#{customer}"


def balance_requests_partition(parent_scope: str) -> str:
    """The balance requests that a parent has to decide: the partition."""
    return f"{parent_scope}#REQUESTS"


def balance_request_key(parent_scope: str, request_id: str) -> Key:
    require_id(request_id, "breq")
    return Key("directory", balance_requests_partition(parent_scope), request_id)


def all_balance_requests_partition(mode: Mode) -> str:
    """Balance requests of all tenants in index `by_name`, by the time at which they expire."""
    return f"BALANCE_REQUESTS#{mode}"


def own_balance_requests_partition(scope: str) -> str:
    """A child's requests in index `by_parent`."""
    return f"{scope}#ASKED"


def balance_request_terms_key(parent: str) -> Key:
    """How long a parent's children may wait for its decision."""
    require_id(parent, "ten")
    return Key("directory", f"TENANT#{parent}", "BALANCE_REQUESTS")


def invoices_partition(scope: str) -> str:
    """A tenant's invoices: the partition."""
    return f"{scope}#INVOICES"


def invoice_key(scope: str, invoice_id: str) -> Key:
    require_id(invoice_id, "ginv")
    return Key("directory", invoices_partition(scope), invoice_id)


def billed_partition(scope: str, customer: str) -> str:
    """What of a buyer's charges is on invoices, an item per month; `customer` is a digest of its name."""
    if len(customer) != 64 or not set(customer) <= set("0123456789abcdef"):
        raise ValueError("not a digest")
    return f"{scope}#BILLED#{customer}"


def billed_key(scope: str, customer: str, month: int) -> Key:
    return Key("directory", billed_partition(scope, customer), f"{month:06d}")


def billed_head_key(scope: str, customer: str) -> Key:
    """What each code of a buyer has on invoices, less credit notes."""
    return Key("directory", billed_partition(scope, customer), "CODES")
