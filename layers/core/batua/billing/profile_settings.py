"""The tax profiles of a tenant and of its customers: read and saved by its administrators.

Bank and UPI details say where customers pay, so a change of a tenant's own profile is mailed to its administrators.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

from .. import errors
from ..api.endpoint import Call
from ..store import billing_keys
from ..store.keys import Key
from ..store.store import Record, commit_unless_changed
from ..store.versions import load_versioned, require_version
from ..tenants.audit_entries import tenant_audit_entry
from ..tenants.proofs import require_proofs
from .document import TITLES
from .profile_models import (
    CustomerTaxProfileOut,
    SaveCustomerTaxProfile,
    SaveTaxProfile,
    TaxProfileOut,
    party_fields,
    party_of,
    supplier_fields,
)
from .profiles import party_item, profile_digest, read_party
from .supply import Party
from .tenant_books import books

_MAX_CUSTOMER: Final = 128


def read_tax_profile(call: Call[None]) -> TaxProfileOut:
    key = billing_keys.tax_profile_key(books(call))
    return _tax_profile_response(call.store.read([key])[key], call.caller.tenant.name)


def save_tax_profile(call: Call[SaveTaxProfile]) -> TaxProfileOut:
    given, party = call.input, party_of(call.input)
    if party.bank or party.upi:
        require_proofs(call.store, call.caller.tenant, call.caller.mode, "payouts", call.now)
    extra = {"code": given.default_hsn_or_sac, "terms": given.terms}
    item = {"party": party_item(party), **{name: value for name, value in extra.items() if value}}
    key = billing_keys.tax_profile_key(books(call))
    announce = f"The tax profile for invoices was changed. Customers now pay to {_where(party)}."
    saved = _save(call, key, item, given.version, "tax profile saved", announce)
    return _tax_profile_response(saved, call.caller.tenant.name)


def read_customer_tax_profile(call: Call[None]) -> CustomerTaxProfileOut:
    customer = _customer_name(call)
    key = billing_keys.tax_profile_key(books(call), profile_digest(customer))
    return _customer_shown(call.store.read([key])[key], customer)


def save_customer_tax_profile(call: Call[SaveCustomerTaxProfile]) -> CustomerTaxProfileOut:
    customer = _customer_name(call)
    key = billing_keys.tax_profile_key(books(call), profile_digest(customer))
    item = {"party": party_item(party_of(call.input)), "customer": customer}
    saved = _save(call, key, item, call.input.version, "customer's tax profile saved", None)
    return _customer_shown(saved, customer)


def _customer_name(call: Call[Any]) -> str:
    name = unquote(call.path["customer"])
    if not 1 <= len(name) <= _MAX_CUSTOMER or not name.isprintable():
        raise errors.invalid("customer", f"must be 1 to {_MAX_CUSTOMER} printable characters")
    return name


def _save(
    call: Call[Any], key: Key, item: dict[str, Any], expected: int | None, what: str, announce: str | None
) -> Record:
    before = load_versioned(call.store, key)
    require_version(before, expected)
    put = before.replacement(item)
    reference = item.get("customer") or call.caller.tenant.id
    act = tenant_audit_entry(call, what, reference, {"version": before.version + 1}, announce=announce)
    commit_unless_changed(call.store, [put, act], caller=call.request.id)
    return dict(put.item)


def _tax_profile_response(record: Record | None, name: str) -> TaxProfileOut:
    party = read_party(record["party"]) if record else Party(name)
    needs = {"address": party.address, "city": party.city, "state": party.place} if party.registered else {}
    kind = "receipt"
    if party.registered:
        kind = "bill_of_supply" if party.registration == "composition" else "tax_invoice"
    return TaxProfileOut(
        **supplier_fields(party),
        default_hsn_or_sac=(record or {}).get("code"),
        terms=(record or {}).get("terms"),
        documents=TITLES[kind],  # type: ignore[index]
        missing=[field for field, value in needs.items() if not value],
        version=(record or {}).get("version", 0),
    )


def _customer_shown(record: Record | None, customer: str) -> CustomerTaxProfileOut:
    party = read_party(record["party"]) if record else Party(customer)
    return CustomerTaxProfileOut(customer_id=customer, **party_fields(party), version=(record or {}).get("version", 0))


def _where(party: Party) -> str:
    ways = [*(f"{label} {text}" for label, text in party.bank), *([f"UPI {party.upi}"] if party.upi else [])]
    return ", ".join(ways)[:300] or "no bank or UPI details"
