"""Cashfree's payment gateway: payment links and orders, and its webhooks.

Shapes after its public documentation, version 2023-08-01: cashfree.com/docs/api-reference/payments, "Payment links",
"Orders", "Payments", "Webhooks". It takes rupees. An order takes one successful payment: what is paid twice by mistake
it returns by itself, so a payment goes by the name of its order, as its refunds do.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from ..money import INR_SCALE
from ..settings import settings
from .payment_port import (
    LinkRequest,
    LinkState,
    ProviderAccess,
    ProviderEvent,
    ProviderFault,
    ProviderLink,
    ProviderOrder,
)
from .provider_calls import (
    faulting,
    json_content,
    json_object,
    json_objects,
    link_of,
    link_state_of,
    provider_id,
    rupees_of,
    same_signature,
    send,
)

CASHFREE_VERSION: Final = "2023-08-01"


class Cashfree:
    @faulting
    def create_link(self, access: ProviderAccess, wanted: LinkRequest) -> ProviderLink:
        content = {
            "link_id": wanted.reference,
            "link_amount": _in_rupees(wanted),
            "link_currency": "INR",
            "link_purpose": wanted.purpose[:500],
            "customer_details": _customer_details(wanted),
            "link_expiry_time": _moment(wanted.expires_at),
            "link_notify": {"send_sms": False, "send_email": False},
            "link_meta": {"notify_url": wanted.notify_url},
        }
        url = f"{self._url(access)}/pg/links"
        return link_of(json_object(send("POST", url, self._headers(access), content)), "link_id", "link_url")

    @faulting
    def link_state(self, access: ProviderAccess, link: str) -> LinkState:
        url, headers = f"{self._url(access)}/pg/links/{quote(link, safe='')}", self._headers(access)
        answer = json_object(send("GET", url, headers))
        orders = json_objects(json_content(send("GET", f"{url}/orders", headers)))
        payments = [
            _paid_event(each["order_id"], each.get("order_amount"), each.get("order_currency"), link)
            for each in orders
            if each.get("order_status") == "PAID"
        ]
        return link_state_of(answer.get("link_status"), "PAID", ("EXPIRED", "CANCELLED"), payments)

    @faulting
    def create_order(self, access: ProviderAccess, wanted: LinkRequest) -> ProviderOrder:
        meta = {"return_url": wanted.return_url, "notify_url": wanted.notify_url}
        content = {
            "order_id": wanted.reference,
            "order_amount": _in_rupees(wanted),
            "order_currency": "INR",
            # Its own id of a customer: here each invoice has one, as nobody is to be recognised by it.
            "customer_details": {"customer_id": wanted.reference.partition("-")[0], **_customer_details(wanted)},
            "order_meta": {name: value for name, value in meta.items() if value},
            "order_expiry_time": _moment(wanted.expires_at),
            "order_note": wanted.purpose[:200],
        }
        answer = json_object(send("POST", f"{self._url(access)}/pg/orders", self._headers(access), content))
        return ProviderOrder(provider_id(answer["order_id"]), _checkout_session(answer["payment_session_id"]))

    @faulting
    def order_state(self, access: ProviderAccess, order: str, reference: str) -> LinkState:
        url, headers = f"{self._url(access)}/pg/orders/{quote(order, safe='')}", self._headers(access)
        answer = json_object(send("GET", url, headers))
        payments = [
            _paid_event(order, each.get("payment_amount"), each.get("payment_currency"), reference)
            for each in json_objects(json_content(send("GET", f"{url}/payments", headers)))
            if each.get("payment_status") == "SUCCESS"
        ]
        return link_state_of(answer.get("order_status"), "PAID", ("EXPIRED", "TERMINATED"), payments[:1])

    def _url(self, access: ProviderAccess) -> str:
        """Its sandbox has an address of its own, and refuses live keys, as the other refuses test keys."""
        return settings().cashfree_url if access.mode == "live" else settings().cashfree_sandbox_url

    def _headers(self, access: ProviderAccess) -> dict[str, str]:
        return {"x-client-id": access.key_id, "x-client-secret": access.secret, "x-api-version": CASHFREE_VERSION}

    def signed(self, headers: Mapping[str, str], body: bytes, secret: bytes) -> bool:
        stamp = headers.get("x-webhook-timestamp", "")
        digest = hmac.digest(secret, stamp.encode() + body, "sha256")
        return bool(stamp) and same_signature(headers.get("x-webhook-signature"), base64.b64encode(digest).decode())

    def event(self, body: bytes) -> ProviderEvent:
        content = json_object(body)
        data, name = content.get("data") or {}, content.get("type")
        if name == "PAYMENT_LINK_EVENT":
            order = data.get("order") or {}
            if order.get("transaction_status") == "SUCCESS":
                link, currency = str(data.get("link_id") or ""), data.get("link_currency")
                return _paid_event(order["order_id"], order.get("order_amount"), currency, link)
        if name == "PAYMENT_SUCCESS_WEBHOOK":
            # Of a link as well, whose order has a name of Cashfree's own: that is no reference of ours.
            order, payment = data.get("order") or {}, data.get("payment") or {}
            if payment.get("payment_status") == "SUCCESS":
                id = order["order_id"]
                return _paid_event(id, payment.get("payment_amount"), payment.get("payment_currency"), str(id))
        if name == "REFUND_STATUS_WEBHOOK":
            refund = data.get("refund") or {}
            if refund.get("refund_status") == "SUCCESS":
                amount, currency = rupees_of(refund.get("refund_amount")), str(refund.get("refund_currency"))
                id = provider_id(refund["cf_refund_id"])
                return ProviderEvent("refunded", provider_id(refund["order_id"]), amount, currency, refund=id)
        if name == "DISPUTE_CLOSED":
            dispute, order = data.get("dispute") or {}, data.get("order_details") or {}
            if str(dispute.get("dispute_status")).endswith(("_MERCHANT_LOST", "_MERCHANT_ACCEPTED")):
                amount = rupees_of(dispute.get("dispute_amount"))
                currency = str(dispute.get("dispute_amount_currency") or order.get("order_currency"))
                id = f"dispute_{provider_id(dispute['dispute_id'])}"
                return ProviderEvent("refunded", provider_id(order["order_id"]), amount, currency, refund=id)
        return ProviderEvent("other")


def _paid_event(order: Any, amount: Any, currency: Any, reference: str) -> ProviderEvent:
    return ProviderEvent("paid", provider_id(order), rupees_of(amount), str(currency), reference)


def _customer_details(wanted: LinkRequest) -> dict[str, str]:
    if wanted.phone is None:
        raise ProviderFault("Cashfree needs the customer's phone number")
    phone, email = wanted.phone.removeprefix("+91"), wanted.email
    details = {"customer_phone": phone, "customer_name": wanted.name[:100]}
    return {**details, "customer_email": email} if email else details


def _in_rupees(wanted: LinkRequest) -> Decimal:
    return Decimal(wanted.amount).scaleb(-INR_SCALE)


def _moment(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _checkout_session(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 1000 or not value.isascii() or not value.isprintable():
        raise ValueError("not a payment session")
    return value
