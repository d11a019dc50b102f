"""Payments of invoices, recorded as a provider tells of them: by its webhook, or when it is asked.

A payment is recorded once, under the provider's own id, in whatever order and number the notices come. A payment of an
invoice has arrived in the supplier's account with the provider, so it moves no value in the ledger. A payment for a
top-up is credited to the tenant's wallet: see `top_up_posting`.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Final

from .. import audit_trail, clock, errors, ids
from ..store import billing_keys, keys
from ..store.store import Cancelled, Contended, Record, Store
from ..store.writes import Condition, Put, Update, Write
from . import records
from .open_payments import receipt_item
from .payment_accounts import PaymentAccount
from .payment_port import ProviderEvent
from .payment_source import RecordingSource, RecordingStatus
from .provider_payments import keep_early_refund, load_provider_payment
from .reminders import indexed
from .settling import credited_customer, payment_change
from .top_up_posting import record_top_up_event

_MAX_ATTEMPTS: Final = 40


def record_event(
    store: Store, account: PaymentAccount, event: ProviderEvent, now: int, source: RecordingSource
) -> RecordingStatus:
    """Records a payment or a refund, of an invoice or of a top-up. Raises BUSY where it should be sent again."""
    scope = keys.scope(account.mode, account.tenant)
    if event.kind == "other":
        return "ignored"
    invoice = event.reference.rpartition("-")[0]
    if event.kind == "refunded":
        # Before its payment it is not known whose it is.
        known, kept = keep_early_refund(store, account, event, now)
        if known.subject is None:
            return "early" if kept else "duplicate"
        invoice = known.subject
    if ids.is_id(invoice, "tup"):
        return record_top_up_event(store, account, invoice, event, now, source)
    if not ids.is_id(invoice, "inv") or event.currency != "INR":
        return "ignored"
    for attempt in range(_MAX_ATTEMPTS):
        writes = _writes(store, account, scope, invoice, event, now, source)
        if not isinstance(writes, list):
            return writes
        try:
            store.commit(writes, caller=f"{source.request}#{attempt}")
            return "recorded"
        except (Cancelled, Contended):
            store.sleep(random.uniform(0, min(0.5, 0.02 * 2**attempt)))  # noqa: S311 - the spread of retries
    raise errors.BUSY(headers={"Retry-After": "5"})


def _writes(
    store: Store,
    account: PaymentAccount,
    scope: str,
    invoice: str,
    event: ProviderEvent,
    now: int,
    source: RecordingSource,
) -> list[Write] | RecordingStatus:
    """What records the event on the invoice as it is now, or why there is nothing to record."""
    key, tenant_key = billing_keys.billing_invoice_key(scope, invoice), keys.tenant_key(account.tenant)
    id = _entry_id(account, invoice, event)
    found = store.read([key, tenant_key])
    record, tenant = found[key], found[tenant_key]
    if record is None or tenant is None or "no" not in record:
        return "ignored"
    if any(each["id"] == id for each in record.get("pays", [])):
        return "duplicate"
    if source.asked and any(
        (each["fp"], each["amt"]) == (event.reference, event.amount) for each in record.get("pays", [])
    ):
        return "duplicate"
    events, recorded = [event], []
    if event.kind == "paid":
        # Read before the invoice is written: the write fails where another refund has come since.
        payment = load_provider_payment(store, account, event.payment)
        early = [replace(event, kind="refunded", amount=each["amt"], refund=each["id"]) for each in payment.early]
        events, recorded = [event, *early], [payment.recorded_put(invoice)]
    after, day = record, clock.local_day(now, tenant.get("zone", "Asia/Kolkata"))
    for each in events:
        entry = {
            "id": _entry_id(account, invoice, each),
            "amt": -each.amount if each.kind == "refunded" else each.amount,
            "how": account.provider,
            "ref": each.refund or each.payment,
            "on": day,
            "at": now,
            "by": account.id,
            "fp": each.reference,
        }
        after = payment_change(after, entry)
    put = Put(
        key,
        {**indexed(after, scope), "version": record["version"] + 1},
        when=Condition(equal={"version": record["version"]}),
    )
    writes: list[Write] = [put, *recorded, *(_audit_put(account, record, each, now, source) for each in events)]
    if event.kind == "paid" and account.mode == "live" and record["to"].get("mail"):
        writes.append(receipt_item(account.id, scope, invoice, id, now))
    more = records.overpaid(after) - records.overpaid(record)
    if more:
        credit = billing_keys.customer_credit_key(scope, credited_customer(record))
        writes.append(Update(credit, add={"left": more}))
    return writes


def _entry_id(account: PaymentAccount, invoice: str, event: ProviderEvent) -> str:
    return ids.derived_id("ipay", invoice, account.provider, event.kind, event.refund or event.payment)


def _audit_put(account: PaymentAccount, record: Record, event: ProviderEvent, now: int, source: RecordingSource) -> Put:
    return audit_trail.audit_entry(
        account.mode,
        account.tenant,
        now,
        what=f"invoice {'refund' if event.kind == 'refunded' else 'payment'} by {account.provider}",
        who=account.id,
        address=source.address,
        reference=record["sk"],
        request_id=source.request,
        details={"payment": event.payment, "amount": event.amount},
    )
