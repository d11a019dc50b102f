"""The books that a tenant's invoices stand in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..api.endpoint import Call
from ..identity.tenant import Tenant
from ..store import billing_keys, keys
from ..store.keys import Mode
from ..store.store import Record, Store


@dataclass(frozen=True, slots=True)
class Issuer:
    """The tenant that issues documents at the instant `now`: for a request, or for a scheduled run."""

    store: Store
    tenant: Tenant
    mode: Mode
    now: int

    @property
    def scope(self) -> str:
        return keys.scope(self.mode, self.tenant.id)

    @property
    def zone(self) -> str:
        return self.tenant.time_zone


def issuer_of(call: Call[Any]) -> Issuer:
    return Issuer(call.store, call.caller.tenant, call.caller.mode, call.now)


def books(call: Call[Any]) -> str:
    """The tenant's own books in the caller's mode."""
    return keys.scope(call.caller.mode, call.caller.tenant.id)


def all_invoices(call: Call[Any]) -> Iterator[Record]:
    """Every invoice and note of the tenant, in no order; strongly read."""
    partition = billing_keys.invoices_made_partition(books(call))
    yield from call.store.query_all("directory", partition, consistent=True)
