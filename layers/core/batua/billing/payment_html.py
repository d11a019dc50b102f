"""How the page of a payment looks, and what it may load. Pure."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from typing import Final
from urllib.parse import urlsplit

from ..money import grouped
from ..settings import settings
from ..store.store import Record
from . import records
from .open_payments import usable_payable
from .payment_accounts import PaymentAccount
from .profiles import read_party

_SCRIPT: Final = """
const order = JSON.parse(document.getElementById('order').textContent);
const back = location.pathname + '?returned=1';
document.getElementById('pay').addEventListener('click', () => {
  const checkout = order.provider === 'razorpay' ? window.Razorpay : window.Cashfree;
  if (!checkout) { document.getElementById('fault').hidden = false; return; }
  if (order.provider === 'razorpay') {
    new checkout({ ...order.options, handler: () => location.replace(back) }).open();
  } else {
    checkout({ mode: order.mode }).checkout({ ...order.options, returnUrl: location.origin + back });
  }
});
"""
"""Razorpay: docs/payments/payment-gateway/web-integration/standard. Cashfree: docs/payments/online/web/redirect."""

_STYLE: Final = (
    "body{font:17px/1.5 system-ui,sans-serif;color:#1b2430;background:#f4f6f8;margin:0;padding:6vh 1rem}"
    "main{max-width:26rem;margin:auto;background:#fff;border-radius:1rem;padding:2rem;box-shadow:0 1px 4px #0002}"
    "h1{font-size:2.2rem;margin:.2rem 0}p{margin:.4rem 0}.muted{color:#5a6675}"
    "button{font:inherit;font-weight:600;width:100%;min-height:3rem;margin-top:1.2rem;border:0;border-radius:.6rem;"
    "background:#1d3557;color:#fff;cursor:pointer}button:focus-visible{outline:3px solid #f4a261;outline-offset:2px}"
)
_HASH: Final = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
_REACHED: Final = {
    "razorpay": "https://api.razorpay.com https://checkout.razorpay.com https://lumberjack.razorpay.com",
    "cashfree": (
        "https://sdk.cashfree.com https://api.cashfree.com https://sandbox.cashfree.com https://payments.cashfree.com"
        " https://payments-test.cashfree.com"
    ),
}
"""What the providers' scripts call and frame, as they document it for such policies."""


def policy(account: PaymentAccount | None) -> str:
    """The page's content security policy: itself, and the provider's checkout."""
    reached = _REACHED[account.provider] if account else ""
    script = urlsplit(_source(account)) if account else None
    origin = f"{script.scheme}://{script.netloc}" if script else ""
    parts = {
        "default-src": "'none'",
        "script-src": f"'sha256-{_HASH}' {origin}",
        "style-src": "'unsafe-inline'",  # the checkouts lay themselves over the page
        "img-src": "data: https:",
        "connect-src": reached or "'none'",
        "frame-src": reached or "'none'",
        "form-action": reached or "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value.strip()}" for name, value in parts.items())


def payment_page(record: Record, account: PaymentAccount | None, now: int, *, returned: bool) -> str:
    """What is to be paid with a button for it, or why there is nothing to pay."""
    supplier, owed = read_party(record["from"]), records.outstanding(record)
    what = f"<p class='muted'>{escape(records.billed_title(record))} {escape(record['no'])}</p>"
    whom = f"<p>{escape(supplier.legal_name)}</p>"
    if record["st"] == "void":
        return _document(f"{what}<h1>Cancelled</h1>{whom}<p>There is nothing to pay.</p>")
    if not owed:
        return _document(f"{what}<h1>Paid</h1>{whom}<p>₹{grouped(record.get('paid', 0))} received. Thank you.</p>")
    head = f"{what}<h1>₹{grouped(owed)}</h1>{whom}"
    if returned:
        waits = "<p>Waiting for the bank's confirmation. This page looks again by itself; you may also close it.</p>"
        return _document(f"{head}{waits}", refresh=True)
    order = usable_payable(record, "order", account.provider, now) if account else None
    if order is None or account is None:
        again = f"<p>This payment page has expired. Ask {escape(supplier.legal_name)} for a new one.</p>"
        return _document(f"{head}{again}")
    data = json.dumps(_checkout(record, order, account)).replace("<", "\\u003c")
    body = (
        f"{head}<button id='pay' type='button'>Pay ₹{grouped(owed)}</button>"
        f"<p id='fault' role='alert' hidden>The provider's checkout could not be loaded. Reload the page.</p>"
        f"<script type='application/json' id='order'>{data}</script>"
        f"<script src='{escape(_source(account))}'></script><script>{_SCRIPT}</script>"
    )
    return _document(body)


def _checkout(record: Record, order: Record, account: PaymentAccount) -> dict[str, object]:
    """What the provider's checkout is opened with."""
    if account.provider == "cashfree":
        mode = "production" if account.mode == "live" else "sandbox"
        options = {"paymentSessionId": order["session"], "redirectTarget": "_self"}
        return {"provider": "cashfree", "mode": mode, "options": options}
    supplier, recipient = read_party(record["from"]), read_party(record["to"])
    filled = {"name": recipient.legal_name, "email": recipient.email, "contact": recipient.phone}
    options = {
        "key": account.key_id,
        "order_id": order["id"],
        "amount": order["amt"],
        "currency": "INR",
        "name": supplier.trade_name or supplier.legal_name,
        "description": f"{records.billed_title(record)} {record['no']}",
        "prefill": {name: value for name, value in filled.items() if value},
    }
    return {"provider": "razorpay", "options": options}


def _source(account: PaymentAccount) -> str:
    return settings().razorpay_script if account.provider == "razorpay" else settings().cashfree_script


def _document(body: str, *, refresh: bool = False) -> str:
    again = "<meta http-equiv='refresh' content='5'>" if refresh else ""
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<meta name='robots' content='noindex'>{again}<title>Pay</title><style>{_STYLE}</style>"
        f"<body><main>{body}</main></body></html>"
    )
