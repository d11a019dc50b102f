"""What stands for Razorpay on one machine: its API of payment links and orders, its checkout, and a page to pay on.

`RAZORPAY_URL` leads here. The page sends the webhook that Razorpay would send, signed with the key's secret: save that
as the account's webhook secret too. No money moves. The routes do not exist on AWS.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import threading
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qs

from local.server import Request, Response

PATH = "/local/razorpay"
_CHECKOUT = """window.Razorpay = function (options) {
  this.open = () => location.assign('/local/razorpay/pay/' + encodeURIComponent(options.order_id)
    + '?back=' + encodeURIComponent(location.pathname));
};
"""
"""What stands for the checkout: it leads to the page, which leads back to the page of the order."""

_HTML = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]


@dataclass
class _Link:
    id: str
    secret: str
    content: dict[str, Any]
    status: str = "created"
    back: str = ""

    @property
    def is_order(self) -> bool:
        return self.id.startswith("order_")


class Payments:
    """A page of the gateway. `url` is the gateway's own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._links: dict[str, _Link] = {}
        self._lock = threading.Lock()

    def page(self, request: Request) -> Response | None:
        """None for every other path."""
        if not request.path.startswith(f"{PATH}/"):
            return None
        rest = request.path.removeprefix(f"{PATH}/")
        if rest == "v1/payment_links" and request.method == "POST":
            return self._made(request)
        if rest.startswith("v1/payment_links/"):
            return self._state(rest.removeprefix("v1/payment_links/"))
        if rest == "v1/orders" and request.method == "POST":
            return self._ordered(request)
        if rest.startswith("v1/orders/"):
            return self._order_state(rest.removeprefix("v1/orders/"))
        if rest == "v1/checkout.js":
            return Response(200, [("Content-Type", "text/javascript; charset=utf-8")], _CHECKOUT.encode())
        link = self._links.get(rest.removeprefix("pay/"))
        if link is None:
            return Response.message(404, "Not Found")
        if request.method != "POST":
            back = parse_qs(request.query).get("back", [""])[0]
            link.back = back if back.startswith("/api/v1/billing/pay/") else link.back
            return Response(200, _HTML, _page(link).encode())
        if "fail" in request.query:
            return self._told("payment.failed", link, "failed", "The payment failed.")
        if "refund" in request.query:
            return self._refunded(link)
        return self._paid(link, silent="silent" in request.query)

    def _made(self, request: Request) -> Response:
        secret = _secret(request)
        if not secret:
            return _refused(401, "Authentication failed")
        content = json.loads(request.body)
        with self._lock:
            if any(each.content.get("reference_id") == content["reference_id"] for each in self._links.values()):
                return _refused(400, "payment link with given reference_id already exists")
            link = _Link(f"plink_{secrets.token_hex(7)}", secret, content)
            self._links[link.id] = link
        return Response.json(200, {**content, "id": link.id, "short_url": self._address(link), "status": "created"})

    def _state(self, id: str) -> Response:
        link = self._links.get(id)
        if link is None:
            return _refused(400, "The id does not exist")
        paid = {"payment_id": _payment_id(link), "amount": link.content["amount"], "status": "captured"}
        payments = [paid] if link.status == "paid" else []
        return Response.json(200, {**link.content, "id": link.id, "status": link.status, "payments": payments})

    def _ordered(self, request: Request) -> Response:
        """An order. Unlike links, any number may have one receipt."""
        secret = _secret(request)
        if not secret:
            return _refused(401, "Authentication failed")
        content = json.loads(request.body)
        with self._lock:
            link = _Link(f"order_{secrets.token_hex(7)}", secret, content)
            self._links[link.id] = link
        return Response.json(200, _order(link))

    def _order_state(self, rest: str) -> Response:
        id, _, part = rest.partition("/")
        link = self._links.get(id)
        if link is None:
            return _refused(400, "The id does not exist")
        if part != "payments":
            return Response.json(200, _order(link))
        items = [_payment(link, "captured")] if link.status == "paid" else []
        return Response.json(200, {"entity": "collection", "count": len(items), "items": items})

    def _address(self, link: _Link) -> str:
        return f"{self._url}{PATH}/pay/{link.id}"

    def _paid(self, link: _Link, *, silent: bool) -> Response:
        """Sends the webhook, as often as the button is pressed: the receiver has to count it once.

        `silent` sends none, as when it is lost on the way: then the schedule finds the payment.
        """
        link.status = "paid"
        if silent:
            return Response(200, _HTML, _document("<h1>Paid. The webhook is lost.</h1>").encode())
        return self._told("order.paid" if link.is_order else "payment_link.paid", link, "captured", "Paid. Thank you.")

    def _refunded(self, link: _Link) -> Response:
        if link.status != "paid":
            return Response(409, _HTML, _document("<h1>Nothing was paid.</h1>").encode())
        return self._told("refund.processed", link, "captured", "Refunded.")

    def _told(self, event: str, link: _Link, status: str, said: str) -> Response:
        """Sends a webhook of the event, signed, and shows how it was answered."""
        import urllib3

        payment = _payment(link, status)
        entity = {**link.content, "id": link.id, "status": link.status, "amount_paid": link.content["amount"]}
        payload: dict[str, Any] = {"payment": {"entity": payment}}
        payload |= {"order": {"entity": _order(link)}} if link.is_order else {"payment_link": {"entity": entity}}
        if event == "refund.processed":
            refund = {**payment, "id": f"rfnd_{_link_name(link)}", "payment_id": payment["id"]}
            payload = {"refund": {"entity": {**refund, "entity": "refund", "status": "processed"}}}
        body = json.dumps({"entity": "event", "event": event, "payload": payload}).encode()
        headers = {
            "content-type": "application/json",
            "x-razorpay-signature": hmac.digest(link.secret.encode(), body, "sha256").hex(),
            "x-razorpay-event-id": secrets.token_hex(7),
        }
        target = str(link.content.get("notes", {}).get("webhook", ""))
        ours = target.startswith(f"{self._url}/api/v1/billing/webhooks/")
        answer = urllib3.PoolManager().request("POST", target, body=body, headers=headers).status if ours else 404
        text = said if answer == 200 else f"The webhook was answered with {answer}."
        more = f'<p><a id="back" href="{escape(link.back)}?returned=1">Back to the invoice</a></p>' if link.back else ""
        return Response(200, _HTML, _document(f"<h1>{escape(text)}</h1>{more}").encode())


def _payment_id(link: _Link) -> str:
    return f"pay_{_link_name(link)}"


def _link_name(link: _Link) -> str:
    return link.id.rpartition("_")[2]


def _payment(link: _Link, status: str) -> dict[str, Any]:
    return {
        "id": _payment_id(link) if status == "captured" else f"{_payment_id(link)}x",
        "entity": "payment",
        "amount": link.content["amount"],
        "currency": link.content["currency"],
        "status": status,
        **({"order_id": link.id} if link.is_order else {}),
    }


def _order(link: _Link) -> dict[str, Any]:
    amount = link.content["amount"]
    paid = amount if link.status == "paid" else 0
    sums = {"amount_paid": paid, "amount_due": amount - paid}
    return {**link.content, "id": link.id, "entity": "order", "status": link.status, **sums}


def _secret(request: Request) -> str:
    """The secret of the key that the request shows; empty without one."""
    key = base64.b64decode((request.header("authorization") or "").partition(" ")[2] or b"").decode()
    name, _, secret = key.partition(":")
    return secret if name else ""


def _refused(status: int, why: str) -> Response:
    return Response.json(status, {"error": {"code": "BAD_REQUEST_ERROR", "description": why}})


def _page(link: _Link) -> str:
    amount = link.content["amount"]
    return _document(
        f"<p>{escape(str(link.content.get('description', '')))}</p>"
        f"<h1>₹{amount // 100:,}.{amount % 100:02d}</h1><p>No money moves on this page.</p>"
        f'<form method="post"><button id="pay">Pay ₹{amount // 100:,}.{amount % 100:02d}</button></form>'
        '<form method="post" action="?fail"><button class="other">Let the payment fail</button></form>'
        '<form method="post" action="?silent"><button class="other">Pay, and lose the webhook</button></form>'
        '<form method="post" action="?refund"><button class="other">Refund it</button></form>'
    )


def _document(body: str) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Pay</title><meta name="viewport" '
        'content="width=device-width"><style>body{font:18px system-ui;max-width:26rem;margin:4rem auto;padding:0 1rem}'
        "button{font:inherit;padding:.8rem 1.6rem;border:0;border-radius:.5rem;background:#1d3557;color:#fff}"
        "form{margin:.6rem 0}button.other{background:#e6e9ed;color:#1d3557;padding:.5rem 1rem}</style>"
        f"<body>{body}</body></html>"
    )
