"""Ways to pay an invoice: a link of the provider that the supplier has an account with, or a UPI link without any."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from .. import clock, errors, observe
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number
from ..api.styles import Reply
from ..store.store import Record
from . import records, refusals
from .drafting import change_invoice, requested_invoice
from .issuing import Change
from .open_payments import watch_item
from .payment_accounts import PaymentAccount, load_account
from .payments import is_upi_address, upi_link
from .presenting import wire_rupees
from .profiles import read_party
from .providers import PROVIDERS, LinkRequest, ProviderFault, ProviderName
from .settling import require_status
from .tenant_books import books

PAY_ERRORS = (
    errors.INVOICE_NOT_FOUND,
    refusals.INVOICE_STATE,
    refusals.PAYMENTS_NOT_SET_UP,
    refusals.PAYMENT_PROVIDER_FAILED,
)
LINK_DAYS: Final = 30


class PayInvoice(Model):
    method: Literal["link", "upi"] = Field("link", description="The provider's page, or a UPI link without any.")


class PayOut(Model):
    method: Literal["link", "upi"]
    provider: ProviderName | None
    url: str = Field(examples=["https://rzp.io/i/nxrHnLJ"])
    qr: str = Field(description="A QR code of `url`, as an SVG data URI.", examples=["data:image/svg+xml;utf8,..."])
    amount: Number
    expires_at: Instant | None


def pay_invoice(call: Call[PayInvoice]) -> Reply:
    """A link to pay what is outstanding. Asked again, the same link, as long as the amount and its time allow."""
    record = requested_invoice(call)
    require_status(record, "open", "uncollectible")
    if call.input.method == "upi":
        return Reply(_by_upi(record), "Pay by UPI")
    account = load_account(call.store, books(call))
    if account is None:
        raise refusals.PAYMENTS_NOT_SET_UP()
    try:
        link = _link_for(call, record, account)
    except ProviderFault as fault:
        raise refusals.PAYMENT_PROVIDER_FAILED(headers={"Retry-After": "5"}) from fault
    shown = PayOut(
        method="link",
        provider=link["provider"],
        url=link["url"],
        qr=qr_image(link["url"]),
        amount=wire_rupees(link["amt"]),
        expires_at=clock.iso(link["until"]),
    )
    return Reply(shown, "Pay by link")


def payment_url(call: Call[Any], record: Record) -> str | None:
    """A link of the provider for what is outstanding; None where there is no provider, or it gives none now."""
    account = load_account(call.store, books(call))
    if account is None or not records.outstanding(record):
        return None
    try:
        link = _link_for(call, record, account)
    except ProviderFault:
        return None
    return str(link["url"])


def _by_upi(record: Record) -> PayOut:
    supplier, owed = read_party(record["from"]), records.outstanding(record)
    if supplier.upi is None or not is_upi_address(supplier.upi):
        raise refusals.PAYMENTS_NOT_SET_UP()
    note = f"{records.billed_title(record)} {record['no']}"
    url = upi_link(supplier.upi, supplier.legal_name, owed, record["no"], note)
    return PayOut(method="upi", provider=None, url=url, qr=qr_image(url), amount=wire_rupees(owed), expires_at=None)


def _link_for(call: Call[Any], record: Record, account: PaymentAccount) -> Record:
    return _usable(record, account.provider, call.now) or _linked(call, record, account)


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
    try:
        made = PROVIDERS[account.provider].create_link(account.key_id, account.secret, wanted)
    except ProviderFault as fault:
        observe.log().warning("no payment link", extra={"provider": account.provider, "fault": str(fault)})
        there = _usable(requested_invoice(call), account.provider, call.now)
        if there is not None:
            return there
        raise
    link = {"provider": account.provider, "id": made.id, "url": made.url, "amt": amount, "until": until}

    def decide(current: Record) -> Change | None:
        watched = watch_item(account.id, record["sk"], link, wanted.reference, call.now)
        return Change({**current, "link": link}, (watched,), "payment link made", {"link": made.id})

    change_invoice(call, record["sk"], decide)
    return link


def qr_image(content: str) -> str:
    import segno

    return str(segno.make(content, error="m", micro=False).svg_data_uri(scale=4))
