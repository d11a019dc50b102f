"""Invoices made by hand: drafted, and finalized with a number.

A draft has no number. Finalizing checks that it is a valid document of its kind, gives it the next number of the
series in the same transaction, and makes it immutable: what is wrong after that is corrected by a note.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.styles import Reply, replay_headers
from ..canonical import content_fingerprint
from ..errors import VERIFICATION_REQUIRED
from ..money import INR_SCALE
from ..store import billing_keys
from ..store.keys import Key
from ..store.store import Cancelled, Contended, Record
from ..store.writes import ABSENT, Condition, Delete, Put
from ..tenants.audit_entries import tenant_audit_entry
from . import refusals
from .issuing import Change, content_faults, numbered_change, supplier_profile, taxed_content
from .lines import InvoiceItem
from .models import CreateInvoice, DraftDeleted, InvoiceContent, LineIn, ReplaceDraft, day_number
from .presenting import invoice_out
from .profile_models import party_of
from .profiles import party_item, profile_digest, read_party
from .reminders import indexed
from .supply import Party
from .tenant_books import books, issuer_of

DRAFT_ERRORS = (errors.IDEMPOTENCY_KEY_REUSED,)
CHANGE_DRAFT_ERRORS = (errors.INVOICE_NOT_FOUND, refusals.INVOICE_STATE, errors.VERSION_CONFLICT)
DELETE_DRAFT_ERRORS = (errors.INVOICE_NOT_FOUND, refusals.INVOICE_STATE)
FINALIZE_ERRORS = (errors.INVOICE_NOT_FOUND, refusals.INVOICE_STATE, VERIFICATION_REQUIRED)
_MAX_ATTEMPTS: Final = 40


def draft_invoice(call: Call[CreateInvoice]) -> Reply:
    """Makes a draft, or finds the one that the same request made; finalizes it where the request says so."""
    body, scope = call.input, books(call)
    content = body.model_dump(exclude={"idempotency_key"})
    fingerprint = content_fingerprint("billing.invoice", content).hex()
    given = call.idempotency_key or (f"reference {body.reference}" if body.reference else None)
    id = ids.derived_id("inv", scope, given) if given else ids.new_id("inv", call.now)
    key = billing_keys.billing_invoice_key(scope, id)
    record = call.store.read([key])[key]
    replayed = record is not None
    if record is None:
        item = {**_draft_record(call, body), "fp": fingerprint, "version": 1}
        item |= {"g1p": billing_keys.invoices_made_partition(scope), "g1s": f"{clock.iso(call.now)}#{id}"}
        act = tenant_audit_entry(call, "invoice drafted", id)
        try:
            call.store.commit([Put(key, item, when=ABSENT), act], caller=call.request.id)
            record = {"pk": key.pk, "sk": key.sk, **item}
        except Cancelled:
            record, replayed = call.store.read([key])[key], True
    if record is None:
        raise errors.BUSY(headers={"Retry-After": "1"})
    if record["fp"] != fingerprint:
        raise errors.IDEMPOTENCY_KEY_REUSED()
    if body.finalize and record["st"] == "draft":
        record = finalized(call, id)
    message = "Invoice already created" if replayed else "Invoice created"
    return Reply(shown(call, record), message, headers=replay_headers(replayed))


def replace_draft(call: Call[ReplaceDraft]) -> Reply:
    """Writes a draft anew. An invoice that has a number is immutable."""
    body = call.input

    def decide(record: Record) -> Change | None:
        _require_draft(record)
        if body.version is not None and body.version != record["version"]:
            raise errors.VERSION_CONFLICT()
        kept = {name: record[name] for name in ("pk", "sk", "at", "by", "fp", "g1p", "g1s", "version")}
        return Change({**_draft_record(call, body), **kept}, (), "draft changed")

    record = change_invoice(call, requested_invoice(call)["sk"], decide)
    return Reply(shown(call, record), "Draft saved")


def delete_draft(call: Call[None]) -> Reply:
    """Deletes a draft, on the condition that it is still one."""
    record = requested_invoice(call)
    _require_draft(record)
    gone = Delete(invoice_key_of(call, record), when=Condition(equal={"version": record["version"]}))
    try:
        call.store.commit([gone, tenant_audit_entry(call, "draft deleted", record["sk"])])
    except Cancelled:
        _require_draft(requested_invoice(call))
        raise errors.BUSY(headers={"Retry-After": "1"}) from None
    return Reply(DraftDeleted(id=record["sk"]), "Draft deleted")


def _require_draft(record: Record) -> None:
    if record["st"] != "draft":
        message = "Only a draft can be changed or deleted. Correct an invoice by a note, or void it."
        raise refusals.INVOICE_STATE(message, figures={"status": record["st"], "allowed": ["draft"]})


def finalize_invoice(call: Call[Any]) -> Reply:
    """Gives a draft its number. One that has a number already is answered as it is."""
    record = requested_invoice(call)
    if record["st"] == "draft":
        record = finalized(call, record["sk"])
    return Reply(shown(call, record), "Invoice finalized")


def finalized(call: Call[Any], invoice_id: str) -> Record:
    """Finalizes a draft, or returns what somebody else has finalized meanwhile."""

    def decide(record: Record) -> Change | None:
        if record["st"] != "draft":
            return None
        return numbered_change(issuer_of(call), record)

    return change_invoice(call, invoice_id, decide)


def requested_invoice(call: Call[Any], name: str = "id") -> Record:
    """The invoice or note of the path, by its id or by its number, with `-` for `/`."""
    scope, asked = books(call), call.path[name]
    if not ids.is_id(asked, "inv", "note"):
        number = asked.replace("%2F", "/").replace("%2f", "/").replace("-", "/").upper()
        pointer = billing_keys.invoice_number_key(scope, number)
        asked = (call.store.read([pointer])[pointer] or {}).get("id", "")
        if not asked:
            raise errors.INVOICE_NOT_FOUND()
    key = billing_keys.billing_invoice_key(scope, asked)
    record = call.store.read([key])[key]
    if record is None:
        raise errors.INVOICE_NOT_FOUND()
    return record


def change_invoice(call: Call[Any], invoice_id: str, decide: Callable[[Record], Change | None]) -> Record:
    """Changes an invoice on the condition that it is as read; reads and decides anew where it is not.

    `decide` returns None where nothing is to be changed, and raises the refusal where it must not be.
    """
    key = billing_keys.billing_invoice_key(books(call), invoice_id)
    commit = ids.new_id("req", call.now)
    for attempt in range(_MAX_ATTEMPTS):
        record = call.store.read([key])[key]
        if record is None:
            raise errors.INVOICE_NOT_FOUND()
        change = decide(record)
        if change is None:
            return record
        item = {**indexed(change.record, books(call)), "version": record["version"] + 1}
        put = Put(key, item, when=Condition(equal={"version": record["version"]}))
        act = tenant_audit_entry(call, change.what, invoice_id, change.details)
        try:
            call.store.commit([put, *change.writes, act], caller=f"{commit}#{attempt}")
            return {"pk": key.pk, "sk": key.sk, **item}
        except (Cancelled, Contended):
            call.store.sleep(random.uniform(0, min(0.5, 0.02 * 2**attempt)))  # noqa: S311 - the spread of retries
    raise errors.BUSY(headers={"Retry-After": "1"})


def shown(call: Call[Any], record: Record) -> Any:
    return invoice_out(record, call.caller.tenant.time_zone, call.now)


def _draft_record(call: Call[Any], body: InvoiceContent) -> Record:
    supplier, profile = supplier_profile(issuer_of(call))
    recipient = _recipient_of(call, body)
    items = [_invoice_item(number, line, profile.get("code", "")) for number, line in enumerate(body.lines)]
    record: Record = {
        "st": "draft",
        "at": call.now,
        "by": call.caller.id,
        "ro": body.round_off,
        "rc": body.reverse_charge,
        "wp": body.with_payment_of_igst,
        "lines": [],
        "to": party_item(recipient),
    }
    answer = {
        "cust": body.customer_id,
        "prod": body.product,
        "ref": body.reference,
        "notes": body.notes,
        "terms": body.terms or profile.get("terms"),
        "due": day_number(body.due_date) if body.due_date else None,
    }
    record |= {name: value for name, value in answer.items() if value is not None}
    record |= taxed_content(record, supplier, profile, items)
    today = clock.local_day(call.now, call.caller.tenant.time_zone)
    faults = content_faults(record, today)
    if wrong := {field: texts for field, texts in faults.items() if field.startswith("lines")}:
        raise errors.VALIDATION_ERROR(fields=wrong)
    return record


def _recipient_of(call: Call[Any], body: InvoiceContent) -> Party:
    if body.customer is not None:
        return party_of(body.customer, "customer.")
    assert body.customer_id is not None
    key = billing_keys.tax_profile_key(books(call), profile_digest(body.customer_id))
    saved = call.store.read([key])[key]
    return read_party(saved["party"]) if saved else Party(body.customer_id)


def _invoice_item(number: int, line: LineIn, code: str) -> InvoiceItem:
    price = minor_units(line.unit_price, INR_SCALE, f"lines.{number}.unit_price")
    return InvoiceItem(
        description=line.description,
        code=line.hsn_or_sac or code,
        unit_price=price,
        rate=_scaled(line.gst_rate, 2),
        quantity=_scaled(line.quantity, 3),
        unit=line.unit,
        discount=_scaled(line.discount, INR_SCALE),
        cess_rate=_scaled(line.cess_rate, 2),
        inclusive=line.price_includes_tax,
    )


def _scaled(value: Decimal, scale: int) -> int:
    return int(value.scaleb(scale))


def invoice_key_of(call: Call[Any], record: Record) -> Key:
    return billing_keys.billing_invoice_key(books(call), record["sk"])
