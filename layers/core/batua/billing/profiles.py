"""Tax profiles: what a tenant, or a customer of it, is for GST. Kept in the directory, copied into each document."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ..ids import injective
from ..store import billing_keys
from ..store.store import Store
from .supply import Party

_NAMES = {
    "legal_name": "name",
    "trade_name": "trade",
    "registration": "reg",
    "gstin": "gstin",
    "pan": "pan",
    "city": "city",
    "pin_code": "pin",
    "state": "state",
    "country": "country",
    "email": "mail",
    "phone": "phone",
    "turnover": "turnover",
    "upi": "upi",
    "colour": "colour",
}


def profile_digest(customer: str) -> str:
    """The name under which a customer's profile is kept."""
    return hashlib.sha256(injective("customer", customer)).hexdigest()


def party_item(party: Party) -> dict[str, Any]:
    item = {short: getattr(party, name) for name, short in _NAMES.items()}
    item |= {"lines": list(party.address), "bank": [list(each) for each in party.bank]}
    return {name: value for name, value in item.items() if value not in (None, [], 0)}


def read_party(item: Mapping[str, Any]) -> Party:
    fields = {name: item[short] for name, short in _NAMES.items() if short in item}
    bank = tuple((label, text) for label, text in item.get("bank", []))
    return Party(**fields, address=tuple(item.get("lines", [])), bank=bank)


def parties(store: Store, scope: str, tenant: str, customer: str) -> tuple[Party, Party]:
    """Supplier and recipient as their profiles say; without a profile, by name alone and not registered."""
    own = billing_keys.tax_profile_key(scope)
    theirs = billing_keys.tax_profile_key(scope, profile_digest(customer))
    found = store.read([own, theirs])
    supplier, recipient = found[own], found[theirs]
    return (
        read_party(supplier["party"]) if supplier else Party(tenant),
        read_party(recipient["party"]) if recipient else Party(customer),
    )
