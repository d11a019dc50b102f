"""Customers in lists of what they did, by what people at a counter know them by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..api.endpoint import Call
from ..store import keys
from .model import read_customer


@dataclass(frozen=True, slots=True)
class NamedCustomer:
    """The masked number and the name, where there are such and the caller may see them."""

    phone: str | None = None
    name: str | None = None

    @property
    def fields(self) -> dict[str, str | None]:
        return {"customer_phone": self.phone, "customer_name": self.name}


NOT_SHOWN = NamedCustomer()


def named_customers(call: Call[Any], customer_ids: Iterable[str]) -> Mapping[str, NamedCustomer]:
    """The customers of a page, in one read; none for callers who may not see customers."""
    tenant = call.caller.tenant
    if tenant.program is None or "customers:read" not in call.caller.permissions:
        return {}
    owned = tenant.program.owner == tenant.id
    profiles = {id: keys.customer_key(call.caller.scope, id) for id in set(customer_ids)}
    others = [key for key in profiles.values() if key not in call.loaded]
    found = {**call.loaded, **(call.store.read(others, consistent=False) if others else {})}
    customers = {id: read_customer(record) for id, key in profiles.items() if (record := found[key])}
    return {
        id: NamedCustomer(each.masked_phone, each.name if owned or each.registered_by == tenant.id else None)
        for id, each in customers.items()
    }
