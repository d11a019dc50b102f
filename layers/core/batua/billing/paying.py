"""Ways to pay an invoice: a link of the provider that the supplier has an account with, an order that is paid on a
page of ours, or a UPI link without any provider."""

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
from .open_payments import Payable, usable_payable, watch_item
from .payment_accounts import PaymentAccount, load_account
from .payment_pages import payment_page_url
from .payment_port import LinkRequest, ProviderFault, ProviderName
from .payments import is_upi_address, upi_link
from .presenting import wire_rupees
from .profiles import read_party
from .settling import require_status
from .tenant_books import books

PAY_ERRORS = (
    errors.INVOICE_NOT_FOUND,
    refusals.INVOICE_STATE,
    refusals.PAYMENTS_NOT_SET_UP,
    refusals.PAYMENT_PROVIDER_FAILED,
)
LINK_DAYS: Final = 30
ORDER_DAYS: Final = 7
PayMethod = Literal["link", "order", "upi"]


class PayInvoice(Model):
    method: PayMethod = Field(
        "link",
        description="`link`: the provider's own page. `order`: an order that is paid by the provider's checkout, on the"
        " page of `url` or on one of yours. `upi`: a UPI link without a provider.",
    )


class PayOut(Model):
    method: PayMethod
    provider: ProviderName | None
    url: str = Field(examples=["https://rzp.io/i/nxrHnLJ"])
    order_id: str | None = Field(None, description="The provider's id of the order.", examples=["order_RB58MiP5SPFYyM"])
    key_id: str | None = Field(
        None,
        description="For a Razorpay order: what its checkout needs in addition.",
        examples=["rzp_live_4fJk2nQe"],
    )
    payment_session_id: str | None = Field(
        None,
        description="For a Cashfree order: what its checkout needs.",
        examples=["session_a1VXIPJo8kh7IBigVXX8"],
    )
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
    kind = call.input.method
    try:
        link = _payable_for(call, record, account, kind)
    except ProviderFault as fault:
        raise refusals.PAYMENT_PROVIDER_FAILED(headers={"Retry-After": "5"}) from fault
    shown = PayOut(
        method=kind,
        provider=link["provider"],
        url=link["url"],
        order_id=link["id"] if kind == "order" else None,
        key_id=account.key_id if kind == "order" and account.provider == "razorpay" else None,
        payment_session_id=link.get("session"),
        qr=qr_image(link["url"]),
        amount=wire_rupees(link["amt"]),
        expires_at=clock.iso(link["until"]),
    )
    return Reply(shown, "Pay by link" if kind == "link" else "Pay on this page")


def payment_url(call: Call[Any], record: Record) -> str | None:
    """A link of the provider for what is outstanding; None where there is no provider, or it gives none now."""
    account = load_account(call.store, books(call))
    if account is None or not records.outstanding(record):
        return None
    try:
        link = _payable_for(call, record, account, "link")
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


def _payable_for(call: Call[Any], record: Record, account: PaymentAccount, kind: Payable) -> Record:
    return usable_payable(record, kind, account.provider, call.now) or _make_payable(call, record, account, kind)


def _make_payable(call: Call[Any], record: Record, account: PaymentAccount, kind: Payable) -> Record:
    recipient, amount = read_party(record["to"]), records.outstanding(record)
    until = call.now + (LINK_DAYS if kind == "link" else ORDER_DAYS) * clock.DAY_MS
    page = payment_page_url(call.caller.mode, call.caller.tenant.id, record["sk"])
    wanted = LinkRequest(
        # One per state of the invoice: a second request at once is the same for the provider.
        reference=f"{record['sk']}-{'o' if kind == 'order' else ''}{record['version']}",
        amount=amount,
        purpose=f"{records.billed_title(record)} {record['no']}",
        name=recipient.legal_name,
        email=recipient.email,
        phone=recipient.phone,
        notify_url=account.webhook_url,
        expires_at=until // 1000,
        return_url=f"{page}?returned=1",
    )
    from .providers import PROVIDERS  # most that this module serves calls no provider

    link: Record = {"provider": account.provider, "amt": amount, "until": until}
    try:
        if kind == "order":
            order = PROVIDERS[account.provider].create_order(account.access, wanted)
            link |= {"kind": kind, "id": order.id, "url": page, "ref": wanted.reference}
            link |= {"session": order.session} if order.session else {}
        else:
            made = PROVIDERS[account.provider].create_link(account.access, wanted)
            link |= {"id": made.id, "url": made.url}
    except ProviderFault as fault:
        observe.log().warning("no payment link", extra={"provider": account.provider, "fault": str(fault)})
        there = usable_payable(requested_invoice(call), kind, account.provider, call.now)
        if there is not None:
            return there
        raise

    def decide(current: Record) -> Change | None:
        if kind == "order" and usable_payable(current, kind, account.provider, call.now):
            return None  # a request at the same moment has made one: nobody is shown this one
        watched = watch_item(account.id, record["sk"], link, wanted.reference, call.now)
        return Change({**current, kind: link}, (watched,), f"payment {kind} made", {"link": link["id"]})

    made_payable: Record = change_invoice(call, record["sk"], decide)[kind]
    return made_payable


def qr_image(content: str) -> str:
    import segno

    return str(segno.make(content, error="m", micro=False).svg_data_uri(scale=4))
