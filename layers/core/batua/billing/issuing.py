"""What a document says when it is drawn up, and how it gets its number: for a request as for a scheduled run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from .. import clock, errors
from ..store import billing_keys, keys
from ..store.store import Record
from ..store.writes import ABSENT, Put, Write
from . import records
from .document import document_faults, draw_up, invoice_kind
from .lines import InvoiceItem
from .numbering import next_number
from .profiles import party_item, read_party
from .supply import Party, decide_supply
from .tenant_books import Issuer

DUE_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Change:
    """What a change makes of a stored invoice: its new attributes, further writes, and its line in the audit trail."""

    record: Record
    writes: tuple[Write, ...] = ()
    what: str = "invoice changed"
    details: Mapping[str, Any] | None = None


def supplier_profile(issuer: Issuer) -> tuple[Party, Record]:
    """The tenant as a supplier, and its profile's item: empty where none is saved."""
    key, style = billing_keys.tax_profile_key(issuer.scope), keys.branding_key(issuer.tenant.id)
    found = issuer.store.read([key, style])
    profile, branding = found[key] or {}, found[style] or {}
    party = read_party(profile["party"]) if profile else Party(issuer.tenant.name)
    more = {"logo": branding["logo"]["file"]} if branding.get("logo") else {}
    if party.colour is None and branding.get("primary"):
        more["colour"] = branding["primary"]
    return party, {**profile, **more}


def taxed_content(record: Record, supplier: Party, profile: Record, items: list[InvoiceItem]) -> Record:
    """Parties, place of supply, lines with their taxes and the total, as they are now."""
    recipient = read_party(record["to"])
    supply = decide_supply(supplier, recipient, reverse_charge=record["rc"], with_payment=record["wp"])
    lines, totals = draw_up(items, supply, round_off=record["ro"])
    issuer = party_item(supplier)
    if "colour" in profile:
        issuer["colour"] = profile["colour"]
    made = {
        "kind": invoice_kind(supplier, items, supply),
        "from": issuer,
        "supply": records.supply_record(supply),
        "lines": [records.line_record(line) for line in lines],
        "total": totals.payable,
    }
    return {**made, "logo": profile["logo"]} if "logo" in profile else made


def numbered_change(issuer: Issuer, record: Record) -> Change:
    zone = issuer.zone
    today = clock.local_day(issuer.now, zone)
    supplier, profile = supplier_profile(issuer)
    from ..tenants.proofs import require_gstin_proof  # drafts and previews need none

    require_gstin_proof(issuer.store, issuer.tenant, issuer.mode, supplier.gstin, issuer.now)
    items = [records.read_billed_line(line).item for line in record["lines"]]
    record = {**record, **taxed_content(record, supplier, profile, items)}
    if record.get("due", today) < today:
        raise errors.invalid("due_date", f"must not be before the day of issue, {today}")
    faults = content_faults(record, today)
    if faults:
        named_faults = {field.replace("recipient.", "customer."): texts for field, texts in faults.items()}
        raise errors.VALIDATION_ERROR(fields=named_faults)
    number, counted = next_number(issuer.store, issuer.scope, issuer.mode, record["kind"], issuer.now, zone)
    due = record.get("due") or clock.local_day(issuer.now + DUE_DAYS * clock.DAY_MS, zone)
    state = "open" if record["total"] else "paid"
    record = {**record, "st": state, "no": number, "fin": issuer.now, "day": today, "due": due}
    pointer = Put(billing_keys.invoice_number_key(issuer.scope, number), {"id": record["sk"]}, when=ABSENT)
    return Change(record, (counted, pointer), "invoice finalized", {"number": number})


def content_faults(record: Record, day: int) -> dict[str, list[str]]:
    items = [records.read_billed_line(line).item for line in record["lines"]]
    supply = records.read_supply(record["supply"])
    supplier, recipient = read_party(record["from"]), read_party(record["to"])
    return document_faults(record["kind"], supplier, recipient, items, supply, day)
