"""The books that a tenant's invoices stand in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..api.endpoint import Call
from ..store import billing_keys, keys
from ..store.store import Record


def books(call: Call[Any]) -> str:
    """The tenant's own books in the caller's mode."""
    return keys.scope(call.caller.mode, call.caller.tenant.id)


def all_invoices(call: Call[Any]) -> Iterator[Record]:
    """Every invoice and note of the tenant, in no order; strongly read."""
    partition = billing_keys.invoices_made_partition(books(call))
    yield from call.store.query_all("directory", partition, consistent=True)
