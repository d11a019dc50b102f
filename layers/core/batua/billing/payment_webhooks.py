"""What payment providers say of payments, in webhooks that they sign.

A payment is recorded once, by the provider's own name of it, whatever the order and number of the webhooks. It has
arrived in the supplier's account with the provider, so it moves no value in the ledger.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from .. import audit_trail, clock, errors, ids, observe
from ..api.endpoint import Call
from ..api.models import Model
from ..api.styles import WEBHOOKS, Reply
from ..identity import sealing
from ..identity.caller import SignedRequest, signature_caller
from ..store import billing_keys, keys
from ..store.keys import Key
from ..store.store import Cancelled, Contended, Found, Record
from ..store.writes import Condition, Put, Update, Write
from . import records, refusals
from .payment_accounts import PaymentAccount, account_of
from .providers import PROVIDERS, ProviderEvent, ProviderName
from .reminders import indexed
from .settling import credited_customer, payment_change

_TRIES: Final = 40


class PaymentReceived(Model):
    status: Literal["recorded", "duplicate", "ignored"]


@dataclass(frozen=True, slots=True)
class PaymentVerifier:
    provider: ProviderName

    def records(self, request: SignedRequest) -> Iterable[Key]:
        account = request.path["account_id"]
        if not ids.is_id(account, "pac"):
            raise errors.NOT_FOUND()
        return [billing_keys.payment_account_key(account)]

    def admit(self, request: SignedRequest, found: Found, now: int) -> PaymentAccount:
        record = found[billing_keys.payment_account_key(request.path["account_id"])]
        if record is None or record["provider"] != self.provider:
            raise errors.NOT_FOUND()
        account = account_of(record)
        secret = sealing.open_tenant_secret(account.tenant, account.id, account.webhook_secret)
        if not PROVIDERS[self.provider].signed(request.headers, request.raw_body, secret):
            raise errors.UNAUTHENTICATED()
        return account


def receive_payment(call: Call[None]) -> Reply:
    """Records what a provider's webhook says."""
    account: PaymentAccount = call.sender
    try:
        event = PROVIDERS[account.provider].event(call.request.raw_body)
    except (ValueError, KeyError, AttributeError, TypeError):
        observe.log().warning("a payment webhook could not be read", extra={"account": account.id})
        return Reply(PaymentReceived(status="ignored"))
    scope = keys.scope(account.mode, account.tenant)
    if event.kind == "other" or event.currency != "INR":
        return Reply(PaymentReceived(status="ignored"))
    pointer = billing_keys.provider_payment_key(scope, account.provider, event.payment)
    invoice = event.reference.rpartition("-")[0]
    if event.kind == "refunded":
        # Before its payment it is not known whose it is: the provider sends it again.
        known = call.store.read([pointer])[pointer]
        if known is None:
            raise refusals.PAYMENT_NOT_KNOWN_YET(headers={"Retry-After": "60"})
        invoice = known["id"]
    if not ids.is_id(invoice, "inv"):
        return Reply(PaymentReceived(status="ignored"))
    return Reply(PaymentReceived(status=_recorded(call, account, scope, invoice, event, pointer)))


def _recorded(
    call: Call[None], account: PaymentAccount, scope: str, invoice: str, event: ProviderEvent, pointer: Key
) -> Literal["recorded", "duplicate", "ignored"]:
    key = billing_keys.billing_invoice_key(scope, invoice)
    desk = keys.tenant_key(account.tenant)
    refunded = event.kind == "refunded"
    id = ids.derived_id("ipay", invoice, account.provider, event.kind, event.refund or event.payment)
    for attempt in range(_TRIES):
        found = call.store.read([key, desk])
        record, tenant = found[key], found[desk]
        if record is None or tenant is None or "no" not in record:
            return "ignored"
        if any(each["id"] == id for each in record.get("pays", [])):
            return "duplicate"
        entry = {
            "id": id,
            "amt": -event.amount if refunded else event.amount,
            "how": account.provider,
            "ref": event.refund or event.payment,
            "on": clock.local_day(call.now, tenant.get("zone", "Asia/Kolkata")),
            "at": call.now,
            "by": account.id,
            "fp": event.reference,
        }
        after = payment_change(record, entry)
        put = Put(
            key,
            {**indexed(after, scope), "version": record["version"] + 1},
            when=Condition(equal={"version": record["version"]}),
        )
        writes: list[Write] = [put, _act(call, account, record, event)]
        if not refunded:
            writes.append(Put(pointer, {"id": invoice}))
        more = records.overpaid(after) - records.overpaid(record)
        if more:
            credit = billing_keys.customer_credit_key(scope, credited_customer(record))
            writes.append(Update(credit, add={"left": more}))
        try:
            call.store.commit(writes, caller=f"{call.request.id}#{attempt}")
            return "recorded"
        except (Cancelled, Contended):
            call.store.sleep(random.uniform(0, min(0.5, 0.02 * 2**attempt)))  # noqa: S311 - the spread of retries
    raise errors.BUSY(headers={"Retry-After": "5"})


def _act(call: Call[None], account: PaymentAccount, record: Record, event: ProviderEvent) -> Put:
    return audit_trail.audit_entry(
        account.mode,
        account.tenant,
        call.now,
        what=f"invoice {'refund' if event.kind == 'refunded' else 'payment'} by {account.provider}",
        who=account.id,
        address=call.request.address,
        reference=record["sk"],
        request_id=call.request.id,
        details={"payment": event.payment, "amount": event.amount},
    )


WEBHOOK_OPTIONS: Final[Mapping[str, Any]] = {
    "response": PaymentReceived,
    "errors": (refusals.PAYMENT_NOT_KNOWN_YET,),
    "style": WEBHOOKS,
    "parameters": {"account_id": "The payment account, `pac_…`."},
}
"""What the endpoints of all providers declare alike."""

RAZORPAY_PAYMENTS: Final = signature_caller(PaymentVerifier("razorpay"))
CASHFREE_PAYMENTS: Final = signature_caller(PaymentVerifier("cashfree"))
