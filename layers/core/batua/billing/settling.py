"""Payments of an invoice: recorded by staff, in whole or in part. What is paid too much is credit of the customer.

A payment moves no value in the ledger: the money is in the supplier's bank account. It is recorded once per reference.
"""

from __future__ import annotations

from typing import Any, Final

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.styles import Reply, replay_headers
from ..canonical import content_fingerprint
from ..money import INR_SCALE, to_text, to_wire
from ..store import billing_keys
from ..store.store import Record
from ..store.writes import Condition, Update, Write
from . import records, refusals
from .drafting import change_invoice, requested_invoice, shown
from .issuing import Change
from .models import MarkInvoicePaid, day_number
from .open_payments import receipt_item
from .payment_accounts import payment_account_id
from .profiles import profile_digest
from .tenant_books import books

PAYMENT_ERRORS = (
    errors.INVOICE_NOT_FOUND,
    refusals.INVOICE_STATE,
    errors.IDEMPOTENCY_KEY_REUSED,
    refusals.CUSTOMER_CREDIT_TOO_SMALL,
)
MAX_PAYMENTS: Final = 100


def mark_invoice_paid(call: Call[MarkInvoicePaid]) -> Reply:
    """Records a payment. The same reference, or idempotency key, is recorded once."""
    record = requested_invoice(call)
    body = call.input
    # One payment is known by its key, else by how it came and its reference.
    payment = ids.derived_id("ipay", record["sk"], call.idempotency_key or f"{body.method} {body.reference}")
    fingerprint = content_fingerprint("billing.payment", body.model_dump(exclude={"idempotency_key"})).hex()
    replayed = False

    def decide(current: Record) -> Change | None:
        nonlocal replayed
        before = next((each for each in current.get("pays", []) if each["id"] == payment), None)
        if before is not None:
            if before["fp"] != fingerprint:
                raise errors.IDEMPOTENCY_KEY_REUSED()
            replayed = True
            return None
        return _payment_change(call, current, payment, fingerprint)

    record = change_invoice(call, record["sk"], decide)
    message = "Payment already recorded" if replayed else "Payment recorded"
    return Reply(shown(call, record), message, headers=replay_headers(replayed))


def require_status(record: Record, *allowed: str) -> None:
    """Raises INVOICE_STATE unless the invoice is in one of the states; notes are in none."""
    state = "note" if record["sk"].startswith("note_") else record["st"]
    if state not in allowed:
        found = "a note" if state == "note" else state
        message = f"This needs an invoice that is {' or '.join(allowed)}; this one is {found}."
        raise refusals.INVOICE_STATE(message, figures={"status": record["st"], "allowed": list(allowed)})


def payment_change(record: Record, payment: Record) -> Record:
    """The invoice with one more payment: `paid` as soon as nothing is outstanding, and open again after a refund."""
    paid, state = record.get("paid", 0) + payment["amt"], record["st"]
    if state in ("open", "paid", "uncollectible") and paid >= records.owed(record):
        state = "paid"
    elif state == "paid":
        state = "open"
    return {**record, "paid": paid, "st": state, "pays": [*record.get("pays", []), payment]}


def credited_customer(record: Record) -> str:
    """The digest under which a customer's credit is kept."""
    return profile_digest(record.get("cust") or record["to"]["name"])


def credit_writes(scope: str, before: Record, after: Record) -> tuple[Write, ...]:
    """What makes the customer's credit follow what is paid too much on one invoice."""
    more = records.overpaid(after) - records.overpaid(before)
    if not more:
        return ()
    key = billing_keys.customer_credit_key(scope, credited_customer(after))
    when = Condition(at_least={"left": -more}) if more < 0 else Condition()
    return (Update(key, add={"left": more}, when=when),)


def _payment_change(call: Call[MarkInvoicePaid], record: Record, payment: str, fingerprint: str) -> Change:
    body = call.input
    # An invoice that is paid takes more, as money does arrive twice: it is the customer's credit.
    require_status(record, "open", "paid", "uncollectible")
    today = clock.local_day(call.now, call.caller.tenant.time_zone)
    day = day_number(body.paid_on) if body.paid_on else today
    if day > today:
        raise errors.invalid("paid_on", "must not be in the future")
    if body.amount is None and not records.outstanding(record):
        raise refusals.INVOICE_STATE(
            "Nothing is outstanding on this invoice. Say the amount to record a payment above its total.",
            figures={"status": record["st"], "outstanding": 0},
        )
    given = body.amount
    amount = minor_units(given, INR_SCALE, "amount") if given is not None else records.outstanding(record)
    if len(record.get("pays", [])) >= MAX_PAYMENTS:
        raise errors.invalid("amount", f"an invoice can have at most {MAX_PAYMENTS} payments")
    entry = {
        "id": payment,
        "amt": amount,
        "how": body.method,
        "ref": body.reference,
        "on": day,
        "at": call.now,
        "by": call.caller.id,
        "fp": fingerprint,
    }
    after = payment_change(record, entry)
    writes = credit_writes(books(call), record, after)
    if body.mail_receipt:
        if not record["to"].get("mail"):
            raise errors.invalid("mail_receipt", "needs an email address: the recipient's profile has none")
        scope = books(call)
        writes = (*writes, receipt_item(payment_account_id(scope), scope, record["sk"], payment, call.now))
    if body.method == "customer_credit":
        writes = (*writes, _drawn(call, record, amount))
    details = {"amount": amount, "method": body.method, "reference": body.reference}
    return Change(after, writes, "invoice payment recorded", details)


def _drawn(call: Call[Any], record: Record, amount: int) -> Update:
    if amount > records.outstanding(record):
        raise errors.invalid("amount", "must not exceed the outstanding amount when paying from the customer's credit")
    key = billing_keys.customer_credit_key(books(call), credited_customer(record))
    left = (call.store.read([key])[key] or {}).get("left", 0)
    if left < amount:
        message = f"The customer has INR {to_text(left, INR_SCALE)} of credit, {to_text(amount, INR_SCALE)} requested."
        raise refusals.CUSTOMER_CREDIT_TOO_SMALL(
            message, figures={"available": to_wire(left, INR_SCALE), "requested": to_wire(amount, INR_SCALE)}
        )
    return Update(key, add={"left": -amount}, when=Condition(at_least={"left": amount}))
