"""Ways to pay an invoice, and what providers say of payments.

A link is asked of the provider that the tenant has an account with; a UPI link needs no provider. A provider's payment
is recorded once, by its own name, whatever the order and number of its webhooks. It arrives in the supplier's account
with the provider, so it moves no value in the ledger.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import Field, StrictInt

from .. import audit_trail, clock, errors, ids, observe
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number, Text
from ..api.styles import Reply
from ..identity import sealing
from ..identity.caller import SignedRequest
from ..settings import settings
from ..store import billing_keys, keys
from ..store.keys import Key, Mode
from ..store.store import Cancelled, Contended, Found, Record
from ..store.writes import ABSENT, Condition, Put, Update, Write
from ..tenants.audit_entries import tenant_audit_entry
from . import records, refusals
from .drafting import Change, change_invoice, requested_invoice
from .payments import is_upi_address, upi_link
from .presenting import wire_rupees
from .profiles import read_party
from .providers import PROVIDERS, LinkRequest, ProviderEvent, ProviderFault, ProviderName
from .reminders import indexed
from .settling import credited_customer, payment_change, require_status
from .tenant_books import books

PAY_ERRORS = (
    errors.INVOICE_NOT_FOUND,
    refusals.INVOICE_STATE,
    refusals.PAYMENTS_NOT_SET_UP,
    refusals.PAYMENT_PROVIDER_FAILED,
)
LINK_DAYS: Final = 30
_TRIES: Final = 40


class SavePaymentAccount(Model):
    provider: ProviderName
    key_id: Text = Field(description="Razorpay's key id, Cashfree's app id.", examples=["rzp_live_4fJk2nQe8TzB1c"])
    key_secret: Text = Field(description="Sealed, and never shown again.", examples=["b3Jt0kq7ZpX2"])
    webhook_secret: Text | None = Field(
        None, description="Razorpay's webhook secret; Cashfree signs with the key secret.", examples=["8sWq1LmV"]
    )
    version: StrictInt | None = Field(None, ge=0, description="As read; refuses the change if it is no longer that.")


class PaymentAccountOut(Model):
    provider: ProviderName | None
    key_id: str | None = Field(examples=["rzp_live_4fJk2nQe8TzB1c"])
    webhook_url: str | None = Field(
        description="What to enter at the provider.",
        examples=["https://wallet.example.com/api/v1/billing/webhooks/razorpay/pac_01KDC0V6M8W3T4Q9X2Z7N5B1FA"],
    )
    version: int


class PayInvoice(Model):
    method: Literal["link", "upi"] = Field("link", description="The provider's page, or a UPI link without any.")


class PayOut(Model):
    method: Literal["link", "upi"]
    provider: ProviderName | None
    url: str = Field(examples=["https://rzp.io/i/nxrHnLJ"])
    qr: str = Field(description="A QR code of `url`, as an SVG data URI.", examples=["data:image/svg+xml;utf8,..."])
    amount: Number
    expires_at: Instant | None


class PaymentReceived(Model):
    status: Literal["recorded", "duplicate", "ignored"]


@dataclass(frozen=True, slots=True)
class PaymentAccount:
    """A tenant's account with a provider: who signs its webhooks."""

    id: str
    tenant: str
    mode: Mode
    provider: ProviderName
    key_id: str
    key_secret: bytes
    webhook_secret: bytes

    @property
    def webhook_url(self) -> str:
        return f"{settings().public_url}/api/v1/billing/webhooks/{self.provider}/{self.id}"


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
        account = _account(record)
        secret = sealing.open_tenant_secret(account.tenant, account.id, account.webhook_secret)
        if not PROVIDERS[self.provider].signed(request.headers, request.raw_body, secret):
            raise errors.UNAUTHENTICATED()
        return account


def read_payment_account(call: Call[None]) -> PaymentAccountOut:
    key = billing_keys.payment_account_key(_account_id(call))
    return _account_shown(call.store.read([key])[key])


def save_payment_account(call: Call[SavePaymentAccount]) -> PaymentAccountOut:
    given, id, tenant = call.input, _account_id(call), call.caller.tenant.id
    if given.provider == "razorpay" and given.webhook_secret is None:
        raise errors.invalid("webhook_secret", "is required for Razorpay")
    key = billing_keys.payment_account_key(id)
    before = call.store.read([key])[key]
    version = before["version"] if before else 0
    if given.version is not None and given.version != version:
        raise errors.VERSION_CONFLICT()
    item = {
        "tenant": tenant,
        "mode": call.caller.mode,
        "provider": given.provider,
        "key": given.key_id,
        "secret": sealing.seal_tenant_secret(tenant, id, given.key_secret),
        "hook": sealing.seal_tenant_secret(tenant, id, given.webhook_secret or given.key_secret),
        "version": version + 1,
    }
    announce = f"Customers now pay invoices by {given.provider.capitalize()}, key {given.key_id}."
    act = tenant_audit_entry(call, "payment account saved", id, announce=announce)
    try:
        call.store.commit([Put(key, item, when=Condition(equal={"version": version}) if before else ABSENT), act])
    except Cancelled as refused:
        raise errors.VERSION_CONFLICT() from refused
    return _account_shown({"pk": key.pk, "sk": key.sk, **item})


def pay_invoice(call: Call[PayInvoice]) -> Reply:
    """A link to pay what is outstanding. Asked again, the same link, as long as the amount and its time allow."""
    record = requested_invoice(call)
    require_status(record, "open", "uncollectible")
    if call.input.method == "upi":
        return Reply(_by_upi(record), "Pay by UPI")
    key = billing_keys.payment_account_key(_account_id(call))
    stored = call.store.read([key])[key]
    if stored is None:
        raise refusals.PAYMENTS_NOT_SET_UP()
    try:
        link = _usable(record, stored["provider"], call.now) or _linked(call, record, _account(stored))
    except ProviderFault as fault:
        raise refusals.PAYMENT_PROVIDER_FAILED(headers={"Retry-After": "5"}) from fault
    shown = PayOut(
        method="link",
        provider=link["provider"],
        url=link["url"],
        qr=_qr(link["url"]),
        amount=wire_rupees(link["amt"]),
        expires_at=clock.iso(link["until"]),
    )
    return Reply(shown, "Pay by link")


def payment_url(call: Call[Any], record: Record) -> str | None:
    """A link of the provider for what is outstanding; None where there is no provider, or it gives none now."""
    key = billing_keys.payment_account_key(_account_id(call))
    stored = call.store.read([key])[key]
    if stored is None or not records.outstanding(record):
        return None
    try:
        link = _usable(record, stored["provider"], call.now) or _linked(call, record, _account(stored))
    except ProviderFault:
        return None
    return str(link["url"])


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


def _by_upi(record: Record) -> PayOut:
    supplier, owed = read_party(record["from"]), records.outstanding(record)
    if supplier.upi is None or not is_upi_address(supplier.upi):
        raise refusals.PAYMENTS_NOT_SET_UP()
    note = f"{records.billed_title(record)} {record['no']}"
    url = upi_link(supplier.upi, supplier.legal_name, owed, record["no"], note)
    return PayOut(method="upi", provider=None, url=url, qr=_qr(url), amount=wire_rupees(owed), expires_at=None)


def _usable(record: Record, provider: str, now: int) -> Record | None:
    link: Record | None = record.get("link")
    fits = link and link["provider"] == provider and link["amt"] == records.outstanding(record) and link["until"] > now
    return link if fits else None


def _linked(call: Call[Any], record: Record, account: PaymentAccount) -> Record:
    recipient, until = read_party(record["to"]), call.now + LINK_DAYS * clock.DAY_MS
    amount = records.outstanding(record)
    wanted = LinkRequest(
        # One per state of the invoice: a second request at once is the same for the provider.
        reference=f"{record['sk']}-{record['version']}",
        amount=amount,
        purpose=f"{records.billed_title(record)} {record['no']}",
        name=recipient.legal_name,
        email=recipient.email,
        phone=recipient.phone,
        notify_url=account.webhook_url,
        expires_at=until // 1000,
    )
    secret = sealing.open_tenant_secret(account.tenant, account.id, account.key_secret).decode()
    try:
        made = PROVIDERS[account.provider].create_link(account.key_id, secret, wanted)
    except ProviderFault as fault:
        observe.log().warning("no payment link", extra={"provider": account.provider, "fault": str(fault)})
        there = _usable(requested_invoice(call), account.provider, call.now)
        if there is not None:
            return there
        raise
    link = {"provider": account.provider, "id": made.id, "url": made.url, "amt": amount, "until": until}

    def decide(current: Record) -> Change | None:
        return Change({**current, "link": link}, (), "payment link made", {"link": made.id})

    change_invoice(call, record["sk"], decide)
    return link


def _account_id(call: Call[Any]) -> str:
    return ids.derived_id("pac", books(call))


def _account(record: Record) -> PaymentAccount:
    id = record["pk"].partition("#")[2]
    return PaymentAccount(
        id, record["tenant"], record["mode"], record["provider"], record["key"], record["secret"], record["hook"]
    )


def _account_shown(record: Record | None) -> PaymentAccountOut:
    if record is None:
        return PaymentAccountOut(provider=None, key_id=None, webhook_url=None, version=0)
    account = _account(record)
    return PaymentAccountOut(
        provider=account.provider, key_id=account.key_id, webhook_url=account.webhook_url, version=record["version"]
    )


def _qr(content: str) -> str:
    import segno

    return str(segno.make(content, error="m", micro=False).svg_data_uri(scale=4))


RAZORPAY_PAYMENTS: Final = PaymentVerifier("razorpay")
CASHFREE_PAYMENTS: Final = PaymentVerifier("cashfree")
