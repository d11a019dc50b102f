"""Payments of invoices, recorded as a provider tells of them: by its webhook, or when it is asked.

A payment is recorded once, under the provider's own id, in whatever order and number the notices come. A payment of an
invoice has arrived in the supplier's account with the provider, so it moves no value in the ledger. A payment for a
top-up is credited to the tenant's wallet: see `top_up_posting`.
"""

from __future__ import annotations

import random
from typing import Final

from .. import audit_trail, clock, errors, ids
from ..store import billing_keys, keys
from ..store.keys import Key
from ..store.store import Cancelled, Contended, Record, Store
from ..store.writes import Condition, Put, Update, Write
from . import records, refusals
from .payment_accounts import PaymentAccount
from .payment_source import RecordingSource, RecordingStatus
from .providers import ProviderEvent
from .reminders import indexed
from .settling import credited_customer, payment_change
from .top_up_posting import record_top_up_event

_TRIES: Final = 40


def record_event(
    store: Store, account: PaymentAccount, event: ProviderEvent, now: int, source: RecordingSource
) -> RecordingStatus:
    """Records a payment or a refund, of an invoice or of a top-up.

    Raises PAYMENT_NOT_KNOWN_YET for a refund that comes before its payment, BUSY where it should be sent again.
    """
    scope = keys.scope(account.mode, account.tenant)
    if event.kind == "other":
        return "ignored"
    pointer = billing_keys.provider_payment_key(scope, account.provider, event.payment)
    invoice = event.reference.rpartition("-")[0]
    if event.kind == "refunded":
        # Before its payment it is not known whose it is: the provider sends it again.
        known = store.read([pointer])[pointer]
        if known is None:
            raise refusals.PAYMENT_NOT_KNOWN_YET(headers={"Retry-After": "60"})
        invoice = known["id"]
    if ids.is_id(invoice, "tup"):
        return record_top_up_event(store, account, invoice, event, now, source)
    if not ids.is_id(invoice, "inv") or event.currency != "INR":
        return "ignored"
    for attempt in range(_TRIES):
        writes = _writes(store, account, scope, invoice, event, pointer, now, source)
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
    pointer: Key,
    now: int,
    source: RecordingSource,
) -> list[Write] | RecordingStatus:
    """What records the event on the invoice as it is now, or why there is nothing to record."""
    key, tenant_key = billing_keys.billing_invoice_key(scope, invoice), keys.tenant_key(account.tenant)
    refunded = event.kind == "refunded"
    id = ids.derived_id("ipay", invoice, account.provider, event.kind, event.refund or event.payment)
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
    entry = {
        "id": id,
        "amt": -event.amount if refunded else event.amount,
        "how": account.provider,
        "ref": event.refund or event.payment,
        "on": clock.local_day(now, tenant.get("zone", "Asia/Kolkata")),
        "at": now,
        "by": account.id,
        "fp": event.reference,
    }
    after = payment_change(record, entry)
    put = Put(
        key,
        {**indexed(after, scope), "version": record["version"] + 1},
        when=Condition(equal={"version": record["version"]}),
    )
    writes: list[Write] = [put, _act(account, record, event, now, source)]
    if not refunded:
        writes.append(Put(pointer, {"id": invoice}))
    more = records.overpaid(after) - records.overpaid(record)
    if more:
        credit = billing_keys.customer_credit_key(scope, credited_customer(record))
        writes.append(Update(credit, add={"left": more}))
    return writes


def _act(account: PaymentAccount, record: Record, event: ProviderEvent, now: int, source: RecordingSource) -> Put:
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
